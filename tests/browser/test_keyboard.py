"""The keyboard alone: every control in reading order with a focus that is seen, the keys, and a journey to a receipt."""

import re
from collections import ChainMap
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Visitors
from tests.browser.figures import draw_figures
from tests.browser.focus import backwards, controls, focused, tab_to, walk
from tests.browser.staging import Staged
from tests.browser.states import STATES
from tests.browser.watching import Watched

#: One state of each kind of page; what they hold is what other states of the page hold.
_WALKED = (
    *("home", "home of a participant", "competitions", "overview", "data", "rules", "team", "status", "notifications"),
    *("board for anybody", "board, archive", "board, many tracks", "submit", "entries", "entry scored", "sign up"),
    *("check, ranking, endings", "check, labels, same identity", "upload checking", "404", "addresses"),
)
#: Those whose parts stand elsewhere on a phone.
_WALKED_NARROW = ("home", "competitions", "data", "board for anybody", "entries", "submit")
#: What has much in common with another one that is walked: for the long tests.
_ALIKE = (
    *(("home of a participant", 1280), ("board, many tracks", 1280), ("check, labels, same identity", 1280)),
    *(("competitions", 390), ("data", 390), ("entries", 390)),
)
_WALKS = (*((name, 1280) for name in _WALKED), *((name, 390) for name in _WALKED_NARROW))


@pytest.mark.parametrize(
    ("name", "width"), [pytest.param(*walk, marks=pytest.mark.long if walk in _ALIKE else []) for walk in _WALKS]
)
def test_every_control_is_reached_in_reading_order(
    visit: Visitors, staged: Staged, request: pytest.FixtureRequest, name: str, width: int
) -> None:
    state = next(state for state in STATES if state.name == name)
    checked = request.getfixturevalue("checked") if name.startswith("check, ") else {}
    watched = visit(state.visitor)
    watched.page.set_viewport_size({"width": width, "height": 900})
    page = watched.open(state.path.format_map(ChainMap(staged.refs, checked)), status=state.status)

    draw_figures(page)  # one drawn on the way would move what is counted by its place
    stops = walk(page)

    assert stops[0].name == "Skip to the content"
    assert [stop for stop in stops if not stop.is_seen] == []
    assert backwards(stops) == []
    missed = list(set(controls(page)) - {stop.place for stop in stops})
    assert page.evaluate("missed => missed.map(at => document.querySelectorAll('*')[at].outerHTML)", missed) == []


def test_the_skip_link_leads_to_the_content(visit: Visitors) -> None:
    page = visit("").open("/status/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    stop = focused(page)

    assert stop is not None
    assert page.evaluate("at => document.querySelectorAll('*')[at].closest('main') !== null", stop.place)


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("o", "/c/agsynth/"),
        ("d", "/c/agsynth/data/"),
        ("l", "/c/agsynth/leaderboard/"),
        ("r", "/c/agsynth/rules/"),
        ("t", "/c/agsynth/team/"),
        ("s", "/c/agsynth/submissions/"),
    ],
)
def test_g_and_a_letter_lead_to_a_tab(visit: Visitors, staged: Staged, key: str, address: str) -> None:
    page = visit("heron").open("/c/agsynth/submit/")

    page.keyboard.press("g")
    page.keyboard.press(key)

    page.wait_for_url(f"{staged.site.address}{address}")


def test_keys_search_turn_pages_and_help(visit: Visitors) -> None:
    page = visit("heron").open("/c/agsynth/leaderboard/")

    page.keyboard.press("]")
    page.wait_for_url("**/leaderboard/?page=2")
    page.keyboard.press("[")
    page.wait_for_url(re.compile(r"/leaderboard/\??$"))
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("? [ ] g l")
    expect(page.locator("#find")).to_have_value("? [ ] g l")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#keys")).to_be_hidden()


def _opens(page: Page, opener: str, opened: str) -> None:
    """Open by Enter, close by Escape, and look where the focus is before and after."""
    page.locator(opener).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(opened).first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(opened).first).to_be_hidden()
    expect(page.locator(opener).first).to_be_focused()


@pytest.mark.parametrize(
    ("opener", "opened"),
    [
        ("[data-opens=keys]", "#keys"),
        ("[popovertarget=protocol]", "#protocol"),
        (".controls-end .menu > summary", ".controls-end .menu-list"),
        (".bar .menu > summary", ".bar .menu-list"),
    ],
)
def test_what_opens_closes_on_escape_and_gives_the_focus_back(visit: Visitors, opener: str, opened: str) -> None:
    _opens(visit("heron").open("/c/agsynth/leaderboard/"), opener, opened)


def test_a_journey_by_the_keyboard_alone_ends_at_a_receipt(fresh: Callable[..., Watched], staged: Staged) -> None:
    page = fresh(color_scheme="light").open("/")

    def follow(*names: str) -> None:
        for name in names:
            tab_to(page, name)
            with page.expect_navigation():
                page.keyboard.press("Enter")

    follow("Get a score on AG-Synth", "Sign in to join", "Create one")
    for label, text in (("E-mail", "plover@example.org"), ("Handle", "plover"), ("Password", PASSWORD)):
        tab_to(page, label, tag="input")
        page.keyboard.type(text)
    follow("Create the account", "Confirm the e-mail address", "Confirm")
    page.goto("/")
    follow("Get a score on AG-Synth", "Join", "I have read version 1 and accept it")
    page.keyboard.press("g")
    with page.expect_navigation(url="**/data/"):
        page.keyboard.press("d")
    content = page.request.get("/c/agsynth/data/sample_submission.csv").body()
    follow("Submit")
    tab_to(page, "Choose the file to submit")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "plover.csv", "mimeType": "text/csv", "buffer": content})
    page.wait_for_url("**/u/*/")
    expect(page.get_by_label("Note", exact=True)).to_be_visible()
    tab_to(page, "Note", tag="input")
    page.keyboard.type("The sample, as it is.")
    follow("Submit")
    page.wait_for_url("**/s/*/")
    expect(page.locator(".big-score strong")).to_be_visible()
    follow("Receipt (JSON)")

    assert "protocol_hash" in page.content()
