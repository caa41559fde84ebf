"""What the check of a wrong file shows: every problem that the scorer can report, from a real file through the real check."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.wrong_files import RIGHT, WRONG, codes_of_the_scorer, is_warning


def test_every_code_of_the_scorer_has_a_wrong_file() -> None:
    assert codes_of_the_scorer() == {wrong.code for wrong in WRONG.values()}


def _names() -> Iterator[object]:
    """Yield the wrong files; those whose code an earlier one has already are for the long tests."""
    seen: set[str] = set()
    for name, wrong in WRONG.items():
        yield pytest.param(name, marks=[pytest.mark.long] if wrong.code in seen else [])
        seen.add(wrong.code)


@pytest.mark.parametrize("name", list(_names()))
def test_a_problem_says_what_where_and_how_to_mend_it(visit: Visitors, checked: Mapping[str, str], name: str) -> None:
    wrong = WRONG[name]
    watched = visit("sender")
    page = watched.open(f"/u/{checked[name]}/")
    warns = is_warning(wrong)

    block = page.locator(f".problem#{wrong.code}")
    expect(block.locator(".problem-word")).to_have_text("Warning" if warns else "Error")
    assert len(block.locator("h3").inner_text()) > 8
    assert block.locator(".problem-mend").inner_text().endswith(".")
    expect(page.locator("#found-title")).to_contain_text(wrong.filename)
    if warns:
        expect(page.get_by_role("button", name="Submit all the same")).to_be_enabled()
    else:
        expect(page.get_by_role("link", name="Choose another file")).to_be_visible()
        expect(page.get_by_role("button", name="Submit", exact=True)).to_have_count(0)
        expect(page.locator(".lead")).to_contain_text("Nothing was charged and nothing was stored.")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert watched.overhang() == 0, width


@pytest.mark.parametrize("name", [name for name in RIGHT if name != "to be submitted"])
def test_an_odd_file_that_is_right_is_complete(visit: Visitors, checked: Mapping[str, str], name: str) -> None:
    page = visit("sender").open(f"/u/{checked[f'right, {name}']}/")

    expect(page.locator("#found-title")).to_contain_text("is complete")
    expect(page.locator(".problem")).to_have_count(0)


def test_an_excerpt_marks_the_faulty_words_of_the_line(visit: Visitors, checked: Mapping[str, str]) -> None:
    page = visit("sender").open(f"/u/{checked['ranking, endings']}/")
    block = page.locator(".problem#unknown_gallery_ids")

    expect(block.locator(".excerpt-line")).to_have_count(2)
    assert all(text.endswith(".jpg") for text in block.locator("mark").all_inner_texts()[:2])
    assert block.locator("mark").first.evaluate("mark => getComputedStyle(mark).textDecorationStyle") == "wavy"
    expect(block.locator(".problem-mend")).to_contain_text("without its ending")


def test_the_same_problem_of_two_tracks_has_two_lists(visit: Visitors, checked: Mapping[str, str]) -> None:
    page = visit("sender").open(f"/u/{checked['ranking, same ranking']}/")

    ids = page.locator(".problem").evaluate_all("all => all.map(one => one.id)")
    assert ids == ["same_ranking", "same_ranking-2"]
    page.locator("#same_ranking-2").get_by_role("link", name="Show all").click()

    expect(page.locator("#same_ranking-2 .item-list")).to_be_visible()
    expect(page.locator("#same_ranking .item-list")).to_have_count(0)


def test_the_full_list_has_pages_and_closes(visit: Visitors, checked: Mapping[str, str]) -> None:
    page = visit("sender").open(f"/u/{checked['ranking, endings']}/")

    page.get_by_role("link", name="Show the first 1,000 of").click()
    expect(page.locator(".item-list li")).to_have_count(200)
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".problem .pages")).to_contain_text("201 to 400 of 1,000")
    page.get_by_role("link", name="Close the list").click()

    expect(page.locator(".item-list")).to_have_count(0)


def test_the_list_of_all_problems_is_a_file(visit: Visitors, checked: Mapping[str, str]) -> None:
    page = visit("sender").open(f"/u/{checked['labels, missing queries']}/")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the full list").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()

    assert rows[0] == "severity,code,line,id"
    assert len(rows) == 12
    assert all(row.startswith("error,missing_queries,,") for row in rows[1:])


def test_another_file_can_be_chosen(visit: Visitors, checked: Mapping[str, str]) -> None:
    page = visit("sender").open(f"/u/{checked['labels, unknown identity']}/")

    page.get_by_role("link", name="Choose another file").click()
    page.wait_for_url("**/submit/?phase=labels")

    expect(page.locator(".drop")).to_be_visible()
