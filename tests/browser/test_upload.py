"""Sending a file: cancelled, broken off, refused before its first byte, and asked about when it was sent before."""

import json

import pytest
from playwright.sync_api import Route, expect

from agora.core.errors import ParticipantError, QuotaExceededError, WrongStateError
from agora.submissions import errors
from tests.browser.choosing import choose, choose_large
from tests.browser.conftest import Visitors
from tests.browser.staging import LARGEST_BYTES


def _refusals() -> list[type[ParticipantError]]:
    """Return every error that the site has for an upload, but for the one that stands at a field of the form."""
    found = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind.__module__ == errors.__name__]
    return [*found, QuotaExceededError, WrongStateError]


def test_an_upload_can_be_cancelled(visit: Visitors) -> None:
    page = visit("starter").open("/c/agsynth/submit/")
    page.route("**/u/*/content", lambda _: None)  # the bytes go nowhere until the visitor gives up

    choose(page, "large.csv", b"query_id,gallery_ids\n")
    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(".sending-fault")).to_contain_text("Cancelled. Nothing was stored")
    expect(page.locator(".drop")).to_be_visible()
    page.unroute_all()


def test_a_broken_connection_is_said_and_the_file_can_be_sent_again(visit: Visitors) -> None:
    watched = visit("starter")
    page = watched.open("/c/agsynth/submit/")
    page.route("**/u/*/content", lambda route: route.abort("connectionreset"), times=1)

    choose(page, "heron_v3.csv", b"query_id,gallery_ids\n")

    expect(page.locator(".sending-fault")).to_contain_text("The connection broke. Nothing was stored")
    expect(page.locator(".drop")).to_be_visible()
    # The browser itself reports a failed request; nothing else may be said.
    assert [said for said in watched.forget() if "ERR_CONNECTION_RESET" not in said] == []
    choose(page, "heron_v3.csv", b"query_id,gallery_ids\n")
    page.wait_for_url("**/u/*/")
    expect(page.locator("#found-title")).to_contain_text("heron_v3.csv cannot be scored yet")


@pytest.mark.parametrize("kind", _refusals(), ids=lambda kind: kind.code)
def test_a_refusal_is_said_beside_the_drop_zone(visit: Visitors, kind: type[ParticipantError]) -> None:
    watched = visit("starter")
    page = watched.open("/c/agsynth/submit/")
    error = kind("What was wrong, and how to mend it.", url="/c/agsynth/")
    body = json.dumps({"error": error.to_mapping()})

    def refuse(route: Route) -> None:
        route.fulfill(status=error.status, content_type="application/json", body=body)

    page.route("**/u/*/content", refuse)
    choose(page, "heron_v3.csv", b"query_id,gallery_ids\n")

    expect(page.locator(".sending-fault")).to_contain_text("What was wrong, and how to mend it. Go there")
    expect(page.locator(".drop")).to_be_visible()
    page.unroute_all()
    assert [said for said in watched.forget() if "/content" not in said and "status of" not in said] == []


def test_a_file_over_the_limit_is_refused_by_the_page_and_by_the_site(visit: Visitors) -> None:
    watched = visit("starter")
    page = watched.open("/c/agsynth/submit/")

    choose_large(page, "large.csv", LARGEST_BYTES + 1)
    expect(page.locator(".sending-fault")).to_contain_text("the limit is 16.0 MB")
    page.locator("[data-upload]").evaluate("root => { root.dataset.limit = 1e12; }")
    choose_large(page, "large.csv", LARGEST_BYTES + 1)

    expect(page.locator(".sending-fault")).to_contain_text("The file has 16 MB; the limit is 16 MB. Pack it with gzip.")
    assert [said for said in watched.forget() if "413" not in said] == []


def test_a_team_with_too_many_files_under_way_is_told_to_wait(visit: Visitors) -> None:
    watched = visit("busy")
    page = watched.open("/c/agsynth/submit/")

    choose(page, "one_more.csv", b"query_id,gallery_ids\n")

    expect(page.locator(".sending-fault")).to_contain_text("100 files of your team are being received or checked")
    assert [said for said in watched.forget() if "409" not in said] == []


def test_a_missing_note_is_said_at_its_field_and_the_same_file_is_asked_about(
    visit: Visitors, checked: dict[str, str]
) -> None:
    page = visit("sender").open(f"/u/{checked['right, to be submitted']}/")

    page.get_by_label("Note", exact=True).fill("   ")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".fault")).to_have_text("Write a note: it tells your entries apart.")
    page.get_by_label("Note", exact=True).fill("Once.")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/s/*/")
    content = page.request.get(f"{page.url}file").body()
    page.goto("/c/agsynth/submit/")
    choose(page, "again.csv", content)
    page.wait_for_url("**/u/*/")

    expect(page.get_by_role("button", name="Submit it again")).to_be_visible()
    expect(page.locator(".notice.warn")).to_contain_text("You submitted this very file")
