"""Every page at every width, light and dark: no sideways scroll, nothing in the console; the board's rows to the pixel."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.browser.crowd import PUBLISHED

WIDTHS = (320, 390, 900, 1280)
THEMES = ("light", "dark")
PAGES = (
    "/",
    "/competitions/",
    "/c/agsynth/",
    "/c/agsynth/data/",
    "/c/agsynth/rules/",
    "/c/agsynth/team/",
    "/c/agsynth/submit/",
    "/c/agsynth/submissions/",
    "/c/agsynth/leaderboard/",
    "/c/agsynth/leaderboard/?track=aerial_ground&methods=plain&sort=last",
    "/c/agreid2023/",
    "/c/agreid2023/leaderboard/",
    "/c/agreid2023/submit/",
    "/status/",
    "/accounts/password/change/",
)
ROW = 37
BLOCK = 72


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways_or_complains(watched: Watched, entry: str, site, width: int, theme: str) -> None:
    watched.page.context.add_cookies([{"name": "theme", "value": theme, "url": site.address}])
    watched.page.set_viewport_size({"width": width, "height": 900})

    overhangs = {path: (watched.open(path), watched.overhang())[1] for path in (*PAGES, entry)}

    assert {path: pixels for path, pixels in overhangs.items() if pixels} == {}
    assert watched.page.locator("html").get_attribute("data-theme") == theme


@pytest.mark.parametrize(("width", "height"), [(1280, ROW), (900, ROW), (899, BLOCK), (390, BLOCK), (320, BLOCK)])
@pytest.mark.parametrize("path", ["/c/agsynth/leaderboard/", "/c/agreid2023/leaderboard/"])
def test_rows_of_a_board_have_their_height(watched: Watched, entry: str, width: int, height: int, path: str) -> None:
    watched.page.set_viewport_size({"width": width, "height": 900})

    page = watched.open(path)
    found = page.locator(".board tbody tr:not(.section)").evaluate_all(
        "rows => rows.map(row => row.getBoundingClientRect().height)"
    )

    assert len(found) > 10
    assert all(abs(pixels - height) <= 2 for pixels in found), found


def test_the_own_row_is_pinned_with_the_way_to_its_place(watched: Watched, entry: str) -> None:
    page = watched.open("/c/agsynth/leaderboard/")

    pinned = page.locator(".board tbody tr").first
    expect(pinned).to_have_class("participant own pinned")
    page.get_by_role("link", name="Go to row").click()
    page.wait_for_url("**/?page=2")

    expect(page.locator(".board tr.own")).to_have_count(1)
    expect(page.locator(".board tr.pinned")).to_have_count(0)


def test_the_reported_body_stands_after_the_computed_one(watched: Watched, entry: str) -> None:
    page = watched.open("/c/agsynth/leaderboard/")

    computed, reported = page.locator("tbody.computed").bounding_box(), page.locator("tbody.reported").bounding_box()
    assert computed is not None
    assert reported is not None
    assert computed["y"] + computed["height"] <= reported["y"] + 1
    expect(page.locator("tbody.reported tr").last).to_contain_text(PUBLISHED)


@pytest.mark.parametrize("width", [1280, 900, 390])
def test_marks_stand_under_the_ticks_of_the_axis(watched: Watched, entry: str, width: int) -> None:
    watched.page.set_viewport_size({"width": width, "height": 900})
    page = watched.open("/c/agreid2023/leaderboard/")

    def middles(selector: str) -> list[float]:
        return page.locator(selector).evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => box.x + box.width / 2)"
        )

    ticks = middles(".ticks text")
    lines = middles(".board tbody tr:first-child .axis .grid")

    assert len(ticks) >= 3
    assert all(abs(tick - line) <= 1.5 for tick, line in zip(ticks, lines, strict=True))


def test_no_pill_is_cut(watched: Watched, entry: str) -> None:
    for width in WIDTHS:
        watched.page.set_viewport_size({"width": width, "height": 900})
        page = watched.open("/c/agsynth/leaderboard/")
        cut = page.locator(".board .facet:visible").evaluate_all(
            """pills => pills.filter(pill => {
                const own = pill.getBoundingClientRect(), cell = pill.closest("td").getBoundingClientRect();
                return own.right > cell.right + 0.5 || own.left < cell.left;
            }).map(pill => pill.textContent)"""
        )
        assert cut == [], f"at {width} px"


def test_a_choice_swaps_the_board_and_its_address(watched: Watched, entry: str) -> None:
    page = watched.open("/c/agsynth/leaderboard/")

    page.get_by_role("link", name="Plain protocol").click()
    page.wait_for_url("**/leaderboard/?methods=plain")

    expect(page.locator(".caption")).to_contain_text("Shown are only rows of: plain protocol.")
    page.go_back()
    expect(page.locator(".caption")).not_to_contain_text("Shown are only rows")


@pytest.mark.parametrize("theme", THEMES)
def test_figures_are_drawn_in_the_colours_of_the_theme(watched: Watched, entry: str, site, theme: str) -> None:
    watched.page.context.add_cookies([{"name": "theme", "value": theme, "url": site.address}])
    page = watched.open(entry)

    page.locator(".plot").last.scroll_into_view_if_needed()
    expect(page.locator(".plot.ready")).to_have_count(2)
    line = page.locator(".plot .scatterlayer .js-line").last.evaluate("line => getComputedStyle(line).stroke")

    assert line == {"light": "rgb(0, 98, 122)", "dark": "rgb(98, 197, 221)"}[theme]
