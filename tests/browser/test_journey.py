"""The way of a visitor from the home page to the board, and what goes wrong on it."""

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Watched
from tests.live.site import LiveSite


def choose(watched: Watched, name: str, content: bytes) -> None:
    watched.page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content})


def test_the_entry_is_scored_and_on_the_board(watched: Watched, entry: str) -> None:
    page = watched.open(entry)
    expect(page.locator(".way li.done")).to_have_count(5)
    expect(page.locator(".standing").first).to_contain_text("on the board")

    watched.open("/c/agsynth/leaderboard/")

    own = page.locator(".board tr.own")
    expect(own).to_have_count(1)
    expect(own).to_contain_text("heron")


def test_the_receipt_is_reached_by_the_keyboard(watched: Watched, entry: str) -> None:
    page = watched.open("/")

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator(".yours a", has_text="Submissions").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/submissions/")
    page.locator(".entries a.file").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/*/")
    page.get_by_role("link", name="Receipt (JSON)").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt.json")

    assert "protocol_hash" in page.content()


def test_keys_lead_to_tabs_search_pages_and_help(watched: Watched, signed_in: str) -> None:
    page = watched.open("/c/agsynth/")

    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/leaderboard/")
    page.keyboard.press("]")
    page.wait_for_url("**/leaderboard/?page=2")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#keys")).to_be_hidden()


def test_a_bad_file_gets_every_error_at_once(watched: Watched, sample: bytes) -> None:
    lines = sample.decode().splitlines()
    bad = [
        lines[0],
        *lines[2:6],
        lines[4],
        "zzz," + lines[7].split(",")[1],
        lines[8].replace(" ", ".png ", 3),
        *lines[9:],
    ]
    page = watched.open("/c/agsynth/submit/")

    choose(watched, "heron_v2.csv", "\n".join(bad).encode())
    page.wait_for_url("**/u/*/")

    expect(page.locator("#found-title")).to_have_text("heron_v2.csv cannot be scored yet")
    expect(page.locator(".problem.error")).to_have_count(4)
    expect(page.get_by_role("link", name="Choose another file")).to_be_visible()


def test_a_picture_is_told_from_a_table(watched: Watched, signed_in: str) -> None:
    page = watched.open("/c/agsynth/submit/")

    choose(watched, "photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    page.wait_for_url("**/u/*/")

    expect(page.locator("#found-title")).to_have_text("photo.csv cannot be read")
    expect(page.locator(".problem")).to_contain_text("PNG image")


def test_an_empty_file_is_refused_beside_the_drop_zone(watched: Watched, signed_in: str) -> None:
    page = watched.open("/c/agsynth/submit/")

    choose(watched, "empty.csv", b"")

    expect(page.locator(".sending-fault")).to_contain_text("empty.csv is empty")
    expect(page.locator(".drop")).to_be_visible()


def test_an_upload_can_be_cancelled(watched: Watched, sample: bytes) -> None:
    page = watched.open("/c/agsynth/submit/")
    page.route("**/u/*/content", lambda _: None)  # the bytes go nowhere until the visitor gives up

    choose(watched, "large.csv", sample)
    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(".sending-fault")).to_contain_text("Cancelled. Nothing was stored")
    expect(page.locator(".drop")).to_be_visible()


def test_a_broken_connection_is_said_and_the_drop_zone_is_back(watched: Watched, sample: bytes) -> None:
    page = watched.open("/c/agsynth/submit/")
    page.route("**/u/*/content", lambda route: route.abort("connectionreset"))

    choose(watched, "heron_v3.csv", sample)

    expect(page.locator(".sending-fault")).to_contain_text("The connection broke. Nothing was stored")
    expect(page.locator(".drop")).to_be_visible()
    # The browser itself reports a failed request; nothing else may be said.
    assert [said for said in watched.said if "ERR_CONNECTION_RESET" not in said] == []
    watched.said.clear()


def test_the_same_file_is_asked_about(watched: Watched, entry: str, sample: bytes) -> None:
    page = watched.open("/c/agsynth/submit/")

    choose(watched, "again.csv", sample)
    page.wait_for_url("**/u/*/")

    expect(page.get_by_role("button", name="Submit it again")).to_be_visible()
    expect(page.locator(".notice.warn")).to_contain_text("You submitted this very file")


def test_a_missing_note_is_said_at_its_field(watched: Watched, sample: bytes) -> None:
    page = watched.open("/c/agsynth/submit/")
    choose(watched, "noted.csv", sample.replace(b"\n", b"\r\n"))
    page.wait_for_url("**/u/*/")

    page.get_by_label("Note", exact=True).fill("   ")
    page.get_by_role("button", name="Submit").click()

    expect(page.locator(".fault")).to_have_text("Write a note: it tells your entries apart.")


def test_pages_work_without_scripts(context: BrowserContext, site: LiveSite, signed_in: str) -> None:
    assert context.browser is not None
    plain = context.browser.new_context(base_url=site.address, java_script_enabled=False)
    try:
        plain.add_cookies(context.cookies())  # type: ignore[arg-type]
        page = plain.new_page()
        page.goto("/c/agreid2023/leaderboard/")
        page.get_by_role("link", name="Plain protocol").click()
        assert page.locator(".board tbody tr").count() == 7
        page.goto("/c/agsynth/submit/")
        expect(page.locator(".no-script")).to_contain_text("needs JavaScript")
        expect(page.locator("#offline")).to_contain_text("python -m challenges check agsynth")
    finally:
        plain.close()
