"""Watch a page: what its console says, what it asks of whom, and what fails."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response


@dataclass
class Watched:
    """A page and everything that went wrong on it; `origin` is the site's own."""

    page: Page
    origin: str
    said: list[str] = field(default_factory=list)
    #: Addresses that may answer with an error: the page that shows it, and nothing that it loads.
    refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Listen from now on."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.said.append(f"{self.page.url}: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        # Waiting for a chooser switches its interception on without waiting for the answer, so a key pressed at once can
        # open the real one, which nobody sees. With a listener from the start it is on before the first page.
        self.page.on("filechooser", lambda _: None)

    def open(self, path: str, *, status: int = 200) -> Page:
        """Open a page, whose answer has this status; its scripts are modules or deferred, so they have run."""
        if status != 200:
            self.refused.add(path)
        response = self.page.goto(path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        return self.page

    def forget(self) -> list[str]:
        """Return what was said so far and begin anew."""
        said, self.said, self.refused = self.said, [], set()
        return said

    def overhang(self) -> int:
        """Return by how many pixels the page can be scrolled sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def _path(self, url: str) -> str:
        return url.removeprefix(self.origin)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium itself reports the status of a page that is an error page on purpose.
        if "Failed to load resource" in message.text and self._path(message.location["url"]) in self.refused:
            return
        self.said.append(f"{self.page.url}: {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it was still asking for; that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.said.append(f"{self.page.url}: {request.url} failed: {request.failure}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.said.append(f"{self.page.url}: asked a third party: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and self._path(response.url) not in self.refused:
            self.said.append(f"{self.page.url}: {response.url} answered {response.status}")
