"""Start Debian's Chromium in the one way that the tests and the pictures share."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

DEADLINE_MS = 30_000
_EXECUTABLE = "/usr/bin/chromium"
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Return a running browser; a machine without it fails, it does not skip."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_EXECUTABLE, args=list(_ARGUMENTS))
        expect.set_options(timeout=DEADLINE_MS)
        yield browser
        browser.close()
