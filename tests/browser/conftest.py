"""One site with real workers, one Chromium, one context: what the pages do where people see them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.live.site import LiveSite

_EXECUTABLE = "/usr/bin/chromium"
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
_SETTINGS = {"AGORA_PERIOD_SWEEP": "1", "AGORA_PERIOD_REAPER": "1"}
_DEADLINE_MS = 30_000
PASSWORD = "seven grey herons over the weir"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """Return the running site with its demo content and, in AG-Synth, more teams than a page of the board holds."""
    site = LiveSite(tmp_path_factory.mktemp("browser") / "var", _SETTINGS, ("--demo-identities=6",))
    with site:
        _crowd(site.var)
        yield site
    site.wait_until_gone()


def _crowd(var: Path) -> None:
    """Fill the board in a process of its own, which reads the running site's addresses as an operator's command does."""
    foreign = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in foreign}
    environment |= {"AGORA_VAR": str(var), "DJANGO_SETTINGS_MODULE": "agora.config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.crowd"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium; a machine without it fails, it does not skip."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_EXECUTABLE, args=list(_ARGUMENTS))
        expect.set_options(timeout=_DEADLINE_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser, site: LiveSite) -> Iterator[BrowserContext]:
    """Return the one session that the tests share: that of a visitor who has an account after the journey."""
    context = browser.new_context(base_url=site.address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_DEADLINE_MS)
    yield context
    context.close()


@dataclass
class Watched:
    """A page and everything that its console said."""

    page: Page
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page; its scripts are modules or deferred, so they have run when this returns."""
        self.page.goto(path)
        return self.page

    def overhang(self) -> int:
        """Return by how many pixels the page can be scrolled sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Watched]:
    """Return a page whose console has to stay empty."""
    page = context.new_page()
    watched = Watched(page)
    page.on("console", lambda message: watched.said.append(f"{page.url}: {message.type}: {message.text}"))
    page.on("pageerror", lambda error: watched.said.append(f"{page.url}: {error}"))
    yield watched
    page.close()
    assert watched.said == []


@pytest.fixture(scope="session")
def signed_in(context: BrowserContext, site: LiveSite) -> str:
    """Make an account, join AG-Synth and accept its rules, all by the pages; return the handle."""
    handle = "heron"
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Get a score on AG-Synth").click()
    page.get_by_role("link", name="Sign in to join").click()
    page.get_by_role("link", name="Create one").click()
    page.get_by_label("E-mail").fill(f"{handle}@example.org")
    page.get_by_label("Handle").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    # A local site shows the link that its mail holds.
    page.get_by_role("link", name="Confirm the e-mail address").click()
    page.get_by_role("button", name="Confirm").click()
    page.goto("/c/agsynth/")
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/rules/**")
    page.get_by_role("button", name="accept").click()
    page.goto("/c/agsynth/")
    expect(page.get_by_role("link", name="Submit", exact=True).first).to_be_visible()
    page.close()
    return handle


@pytest.fixture(scope="session")
def sample(context: BrowserContext, signed_in: str) -> bytes:
    """Return the release's valid ranking, downloaded in the visitor's session."""
    response = context.request.get("/c/agsynth/data/sample_submission.csv")
    assert response.ok
    return response.body()


@pytest.fixture(scope="session")
def entry(context: BrowserContext, sample: bytes) -> str:
    """Submit the sample by the pages and return the address of the scored entry."""
    page = context.new_page()
    page.goto("/c/agsynth/submit/")
    page.set_input_files("#file", {"name": "heron_v1.csv", "mimeType": "text/csv", "buffer": sample})
    page.wait_for_url("**/u/*/")
    page.get_by_label("Note", exact=True).fill("The sample, as it is.")
    page.get_by_label("Method, as the board shows it").fill(
        "Random order of the sample file, with a long name for a small phone"
    )
    for facet in ("Re-ranking", "Ensemble", "Extra data"):
        page.get_by_label(facet).check()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/s/*/")
    expect(page.locator(".big-score strong")).to_be_visible()
    address = page.url
    page.close()
    return address
