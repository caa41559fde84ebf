"""One site with real workers and every state staged on it, one Chromium, one page for each visitor."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import DEADLINE_MS, chromium
from tests.browser.sending import FILES
from tests.browser.staging import Staged, checked_files, staged_site
from tests.browser.states import State
from tests.browser.watching import Watched
from tests.live.site import LiveSite

PASSWORD = "seven grey herons over the weir"


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """Return the one site that the tests share."""
    yield from staged_site(tmp_path_factory.mktemp("browser") / "var")


@pytest.fixture(scope="session")
def site(staged: Staged) -> LiveSite:
    """Return the running site."""
    return staged.site


@pytest.fixture(scope="session")
def checked(staged: Staged, request: pytest.FixtureRequest) -> Iterator[Mapping[str, str]]:
    """Return the name of each wrong file to its upload's reference; those that the session's tests name are sent at once."""
    plan = [name for item in request.session.items for name in _asked_for(item)]
    with checked_files(staged, plan=plan) as files:
        yield files


def _asked_for(item: pytest.Item) -> list[str]:
    """Return the names of the files that stand in the parameters of a test: by themselves, or in the address of a state."""
    given = getattr(item, "callspec", None)
    name, state = (given.params.get(what) for what in ("name", "state")) if given else (None, None)
    fields = [field for _, field, _, _ in Formatter().parse(state.path)] if isinstance(state, State) else []
    return [one for one in (name, f"right, {name}", *fields) if one in FILES]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser of all tests."""
    with chromium() as browser:
        yield browser


NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def new_context(browser: Browser, staged: Staged) -> NewContext:
    """Return a function that opens a session: of a visitor by name, of nobody for an empty name."""

    def new(visitor: str = "", **options: object) -> BrowserContext:
        given = {"base_url": staged.site.address, "viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**given)  # type: ignore[arg-type]
        context.set_default_timeout(DEADLINE_MS)
        if visitor:
            cookie = {"name": "sessionid", "value": staged.cookies[visitor], "url": staged.site.address}
            context.add_cookies([cookie])  # type: ignore[list-item]
        return context

    return new


@dataclass
class Visitors:
    """One page for each visitor, kept open for all tests."""

    new: NewContext
    origin: str
    pages: dict[str, Watched] = field(default_factory=dict)

    def __call__(self, name: str) -> Watched:
        """Return the visitor's page, wide and in the light theme, with nothing said on it yet."""
        if name not in self.pages:
            self.pages[name] = Watched(self.new(name, color_scheme="light").new_page(), self.origin)
        watched = self.pages[name]
        watched.page.set_viewport_size({"width": 1280, "height": 900})
        watched.forget()
        return watched


@pytest.fixture(scope="session")
def _visitors(new_context: NewContext, site: LiveSite, checked: Mapping[str, str]) -> Visitors:
    """Return the visitors of the session; from its first page on the worker has files to check."""
    return Visitors(new_context, site.address)


@pytest.fixture
def visit(_visitors: Visitors) -> Iterator[Visitors]:
    """Return the visitors' pages; what any of them says, asks of others or fails to load fails the test."""
    yield _visitors
    said = [line for watched in _visitors.pages.values() for line in watched.forget()]
    assert said == []


@pytest.fixture
def fresh(new_context: NewContext, site: LiveSite) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a page in a session of its own, watched like those of the visitors."""
    opened: list[Watched] = []

    def new(visitor: str = "", **options: object) -> Watched:
        watched = Watched(new_context(visitor, **options).new_page(), site.address)
        opened.append(watched)
        return watched

    yield new
    said = [line for watched in opened for line in watched.forget()]
    for watched in opened:
        watched.page.context.close()
    assert said == []
