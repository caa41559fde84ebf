"""The board to the pixel: heights of rows, the own row, the reported body, marks under ticks, facets, its address."""

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitors
from tests.browser.crowd import PUBLISHED
from tests.browser.figures import draw_figures
from tests.browser.stage.competitions import PRIVATE_TEXTS
from tests.browser.staging import Staged

WIDTHS = (320, 390, 900, 1280, 1600)
ROW = 37
BLOCK = 72
#: What may differ between two answers: the instants that the page itself declares, and the token against forged forms.
_DECLARED = (
    r"<time [^>]*>[^<]*</time>",
    r'data-as-of="[^"]*"',
    r'name="csrfmiddlewaretoken" value="[^"]*"',
    r'"X-CSRFToken": "[^"]*"',
    r"resets in [^<]*",
)


@pytest.mark.parametrize("path", ["/c/agsynth/leaderboard/", "/c/agreid2023/leaderboard/", "/c/final/leaderboard/"])
def test_rows_have_their_height(visit: Visitors, staged: Staged, path: str) -> None:
    page = visit("heron").open(path)

    for width, height in ((1600, ROW), (1280, ROW), (900, ROW), (899, BLOCK), (390, BLOCK), (320, BLOCK)):
        page.set_viewport_size({"width": width, "height": 900})
        found = page.locator(".board tbody tr:not(.section)").evaluate_all(
            "rows => rows.map(row => row.getBoundingClientRect().height)"
        )
        assert len(found) >= 3
        assert all(abs(pixels - height) <= 2 for pixels in found), (width, found)


def test_the_own_row_is_pinned_with_the_way_to_its_place(visit: Visitors) -> None:
    page = visit("heron").open("/c/agsynth/leaderboard/")

    expect(page.locator(".board tbody tr").first).to_have_class("participant own pinned")
    page.get_by_role("link", name="Go to row").click()
    page.wait_for_url("**/?page=2")

    expect(page.locator(".board tr.own")).to_have_count(1)
    expect(page.locator(".board tr.pinned")).to_have_count(0)


def test_the_reported_body_stands_after_the_computed_one(visit: Visitors) -> None:
    page = visit("heron").open("/c/agsynth/leaderboard/")

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        computed, reported = (page.locator(f"tbody.{body}").bounding_box() for body in ("computed", "reported"))
        assert computed is not None
        assert reported is not None
        assert computed["y"] + computed["height"] <= reported["y"] + 1
    expect(page.locator("tbody.reported tr").last).to_contain_text(PUBLISHED)


def _middles(page: Page, selector: str) -> list[float]:
    return page.locator(selector).evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => box.x + box.width / 2)"
    )


def test_marks_stand_under_the_ticks_of_the_axis_and_labels_apart(visit: Visitors) -> None:
    page = visit("heron").open("/c/agreid2023/leaderboard/")

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        ticks, lines = _middles(page, ".ticks text"), _middles(page, ".board tbody tr:first-child .axis .grid")
        assert len(ticks) >= 3
        assert all(abs(tick - line) <= 1.5 for tick, line in zip(ticks, lines, strict=True)), width
        boxes = page.locator(".ticks text").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right])"
        )
        assert all(right + 4 <= left for (_, right), (left, _) in itertools.pairwise(boxes)), (width, boxes)


def test_nothing_in_a_row_is_cut_but_names_and_methods(visit: Visitors) -> None:
    page = visit("heron").open("/c/agsynth/leaderboard/")

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        cut = page.locator(
            ".board :is(.facet, .tag, .who-go, .c-score, .c-half, .c-rank, thead th:not(.c-axis))"
        ).evaluate_all(
            """parts => parts.filter(part => part.checkVisibility()).filter(part => {
                const cell = (part.closest("td") ?? part).getBoundingClientRect();
                const range = document.createRange();
                range.selectNodeContents(part);
                const own = range.getBoundingClientRect();
                return own.width && (own.right > cell.right + 0.5 || own.left < cell.left - 0.5);
            }).map(part => `${part.className}: ${part.textContent.trim()}`)"""
        )
        assert cut == [], f"at {width} px"


def test_heads_keep_to_one_line(visit: Visitors) -> None:
    for path in ("/c/agsynth/leaderboard/", "/c/agreid2023/leaderboard/", "/c/many/leaderboard/"):
        page = visit("heron").open(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            heights = page.locator(".board thead th:visible").evaluate_all("all => all.map(one => one.offsetHeight)")
            assert max(heights) <= 34, (path, width, heights)


def test_a_choice_swaps_the_board_and_its_address(visit: Visitors) -> None:
    page = visit("heron").open("/c/agsynth/leaderboard/")

    page.get_by_role("link", name="Plain protocol").click()
    page.wait_for_url("**/leaderboard/?methods=plain")

    expect(page.locator(".caption")).to_contain_text("Shown are only rows of: plain protocol.")
    page.go_back()
    expect(page.locator(".caption")).not_to_contain_text("Shown are only rows")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_are_drawn_in_the_colours_of_the_theme(visit: Visitors, staged: Staged, theme: str) -> None:
    watched = visit("heron")
    watched.page.context.add_cookies([{"name": "theme", "value": theme, "url": staged.site.address}])
    page = watched.open("/s/{entry-scored}/".format(**staged.refs))
    watched.page.context.clear_cookies(name="theme")

    assert page.locator("html").get_attribute("data-theme") == theme
    draw_figures(page)
    expect(page.locator(".plot.ready")).to_have_count(3)
    ranks = page.locator(".plot").first
    line = ranks.locator(".scatterlayer .js-line").last.evaluate("line => getComputedStyle(line).stroke")

    assert line == {"light": "rgb(0, 98, 122)", "dark": "rgb(98, 197, 221)"}[theme]


def test_figures_keep_their_height_when_the_window_is_resized(visit: Visitors, staged: Staged) -> None:
    page = visit("heron").open("/s/{entry-scored}/".format(**staged.refs))
    height = "plot => plot.querySelector('.main-svg').getBoundingClientRect().height"
    page.set_viewport_size({"width": 320, "height": 900})
    draw_figures(page)
    slices = page.locator(".plot").nth(2)
    first = slices.evaluate(height)

    page.set_viewport_size({"width": 1280, "height": 900})
    draw_figures(page)

    assert slices.evaluate(height) == first > page.locator(".plot").first.evaluate(height)


@pytest.mark.parametrize("visitor", ["heron", ""])
def test_no_private_value_is_in_the_bytes_before_the_release(visit: Visitors, staged: Staged, visitor: str) -> None:
    page = visit(visitor).page
    private = re.compile(rf"(?<![\d.])({'|'.join(re.escape(text) for text in PRIVATE_TEXTS)})(?!\d)")
    entry = [f"/s/{staged.refs['halves-entry']}/", f"/s/{staged.refs['halves-entry']}/receipt.json"]
    board = [f"/c/halves/leaderboard{rest}" for rest in ("/", "/?board=private", ".csv", ".json", ".tex", "/mini")]

    for path in ("/", "/c/halves/", "/c/halves/submissions/", *board, *(entry if visitor else [])):
        found = private.findall(page.request.get(path).text())
        assert found == [], path
    released = page.request.get("/c/final/leaderboard/").text()
    assert set(private.findall(released)) >= {"31.4", "27.2", "16.2"}


@pytest.mark.parametrize("path", ["/c/agsynth/leaderboard/?page=2&sort=last", "/c/agreid2023/leaderboard/"])
def test_the_same_address_gives_the_same_bytes(visit: Visitors, path: str) -> None:
    request = visit("heron").page.request
    first, second = (request.get(path).text() for _ in range(2))

    for declared in _DECLARED:
        first, second = re.sub(declared, "", first), re.sub(declared, "", second)
    assert first == second
