"""An organiser's way through a run: start it, watch it, cancel it; start another, and find its entry."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors

_LONG_MS = 120_000


def test_a_run_is_started_watched_and_ends_on_the_board(visit: Visitors) -> None:
    page = visit("operator").open("/c/agsynth/runs/")
    page.get_by_role("link", name="Start a run").click()
    page.get_by_label("Recipe", exact=True).select_option("random")
    page.get_by_label("Seed").fill("77")
    page.get_by_label("Device").select_option("cpu")
    page.get_by_role("button", name="Start").click()

    expect(page.get_by_role("heading", name="Random order")).to_be_visible()
    # Nobody reloads: the page asks by itself and shows the end.
    expect(page.get_by_role("heading", name="Finished.")).to_be_visible(timeout=_LONG_MS)
    expect(page.locator("[data-log]")).to_contain_text("wrote the rankings")
    with page.expect_download() as download:
        page.get_by_role("link", name="ranking.csv").click()
    assert download.value.path().read_bytes().startswith(b"query_id,gallery_ids\n")
    page.get_by_role("link", name="the entry").click()
    expect(page.locator("main")).to_contain_text("Platform-run, recipe random")


def test_a_run_is_cancelled_by_two_presses(visit: Visitors) -> None:
    page = visit("operator").open("/c/agsynth/runs/start?recipe=bot_r50_tiny")
    # A device that no worker of this machine serves: the run waits for as long as the test looks.
    page.get_by_label("Device").select_option("cuda")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Queued.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("No worker with a GPU answers now.")

    page.locator(".run-ask > summary").click()
    page.get_by_role("button", name="Cancel the run").click()

    expect(page.get_by_role("heading", name="Cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


@pytest.mark.parametrize("is_followed", [True, False])
def test_the_log_is_followed_until_its_reader_says_otherwise(
    visit: Visitors, staged: object, is_followed: bool
) -> None:
    page = visit("operator").open(f"/r/{staged.refs['run-running']}/")  # type: ignore[attr-defined]
    page.get_by_label("Follow").set_checked(is_followed)

    # In one go, for the page asks for news meanwhile and puts another box in the place of this one.
    at, end = page.evaluate(
        """isFollowed => {
          const log = () => document.querySelector("[data-log]");
          if (!isFollowed) log().scrollTop = 40;
          document.dispatchEvent(new CustomEvent("agora:refreshing"));
          document.dispatchEvent(new CustomEvent("agora:refreshed", {detail: {region: document.body}}));
          return [log().scrollTop, log().scrollHeight - log().clientHeight];
        }""",
        is_followed,
    )

    assert end > 1000
    assert at == (pytest.approx(end, abs=2) if is_followed else 40)
