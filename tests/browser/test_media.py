"""Other ways to look at a page: larger text, less motion, the system's colours, paper, no scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext, Visitors
from tests.browser.staging import Staged
from tests.browser.states import STATES, State

#: One state of each page, the richest one.
_EACH = (
    *("home", "home of a participant", "competitions", "overview", "data", "rules changed", "team", "status", "board"),
    *("board, archive", "submit", "entries", "entry scored", "entry queued", "sign up", "404", "notifications"),
)
_STATES = tuple(state for state in STATES if state.name in _EACH)
# Controls whose words do not fit: what scrolls by itself or ends in dots with its title is not cut.
_CUT = """() => [...document.querySelectorAll("button, .button, .tag, summary, .tabs a, .segments > *, label, h1, h2, h3")]
  .filter(one => one.checkVisibility() && !one.matches(".sr-only") && !one.closest(".sr-only"))
  .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible"
                 && getComputedStyle(one).textOverflow !== "ellipsis")
  .map(one => one.textContent.trim().slice(0, 60))"""


def _open(visit: Visitors, staged: Staged, state: State) -> Page:
    return visit(state.visitor).open(state.path.format(**staged.refs), status=state.status)


@pytest.mark.parametrize("state", _STATES, ids=[state.name for state in _STATES])
def test_text_of_twice_the_size_still_fits(visit: Visitors, staged: Staged, state: State) -> None:
    page = _open(visit, staged, state)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")

    for width in (1280, 640):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        assert page.evaluate(_CUT) == [], width


@pytest.mark.parametrize("state", _STATES, ids=[state.name for state in _STATES])
def test_paper_shows_the_content_alone(visit: Visitors, staged: Staged, state: State) -> None:
    page = _open(visit, staged, state)
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    page.emulate_media(media="print", color_scheme="dark")
    try:
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert (
            page.locator(".bar, .foot, .tabs, .head-action, .skip").evaluate_all(
                "all => all.filter(one => one.checkVisibility()).map(one => one.className)"
            )
            == []
        )
        # Dark ink on white paper, whatever the screen's theme is.
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 24, 28)"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        stuck = "all => all.filter(one => ['sticky', 'fixed'].includes(getComputedStyle(one).position)).length"
        assert page.locator(".board *").evaluate_all(stuck) == 0
    finally:
        page.emulate_media(media="screen", color_scheme="light")


def test_nothing_moves_for_those_who_ask_for_less_motion(visit: Visitors, staged: Staged) -> None:
    page = visit("heron").open("/s/{entry-scoring}/".format(**staged.refs))
    running = "document.getAnimations().filter(one => one.playState === 'running').length"

    assert page.evaluate(running) > 0
    page.emulate_media(reduced_motion="reduce")

    assert page.evaluate(running) == 0
    page.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_and_choices_are_told_apart_in_the_systems_colours(visit: Visitors, scheme: str) -> None:
    page = visit("heron").open("/c/agsynth/leaderboard/?page=2")
    page.emulate_media(forced_colors="active", color_scheme=scheme)  # type: ignore[arg-type]
    try:
        colours = page.evaluate(
            """() => {
                const of = (selector, what) => getComputedStyle(document.querySelector(selector))[what];
                return {
                    page: of("body", "backgroundColor"), ink: of("body", "color"), dot: of(".axis.participant .dot", "fill"),
                    whisker: of(".axis .whisker", "stroke"), chosen: of(".segments > [aria-current]", "backgroundColor"),
                    other: of(".segments > a:not([aria-current])", "backgroundColor"),
                    own: of(".board .own .c-who", "outlineStyle") + of(".board .own > td", "borderInlineStartWidth"),
                };
            }"""
        )
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    finally:
        page.emulate_media(forced_colors="none", color_scheme="light")

    assert colours["ink"] != colours["page"]
    assert colours["dot"] == colours["ink"]
    assert colours["whisker"] != colours["page"]
    assert colours["chosen"] != colours["other"]
    assert colours["own"].endswith("3px")
    assert outline == "solid"


def test_pages_work_without_scripts(new_context: NewContext, staged: Staged) -> None:
    context = new_context("heron", java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto("/c/agreid2023/leaderboard/")
        page.get_by_role("link", name="Plain protocol").click()
        assert page.locator(".board tbody tr").count() == 7
        page.goto("/c/agsynth/leaderboard/")
        page.get_by_role("searchbox").fill("heron")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=heron")
        expect(page.locator(".board tbody.computed tr")).to_have_count(1)
        page.goto("/c/agsynth/submit/")
        expect(page.locator(".no-script")).to_contain_text("needs JavaScript")
        expect(page.locator("#offline")).to_contain_text("python -m challenges check agsynth")
        page.get_by_role("button", name="Theme: system").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        page.goto("/s/{entry-scored}/".format(**staged.refs))
        page.get_by_text("Data as table").first.click()
        expect(page.get_by_role("cell", name="66.3").first).to_be_visible()
    finally:
        context.close()
