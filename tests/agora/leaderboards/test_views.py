import re

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agora.competitions.models import ReportedRow
from challenges.facets import to_mask
from tests.agora.factories import (
    make_competition,
    make_member,
    make_open_phase,
    make_phase,
    make_truth,
    make_user,
    platform_entry,
    scored_entry,
)

pytestmark = pytest.mark.django_db
PAGE = 50


@pytest.fixture
def phase(tmp_path):
    return make_open_phase(tmp_path)


@pytest.fixture
def archive():
    competition = make_competition(tags=["archive"], reported_source="Table 3", reported_note="Why.")
    phase = make_phase(competition, primary_metric="rank-1", aggregate="micro", columns=["aerial_ground"])
    rows = (
        ("LENS", "97.73", ["rerank"], 0),
        ("MFE", "92.80", ["ensemble"], to_mask(["ensemble"])),
        ("BoT", "78.42", [], 0),
    )
    for position, (method, value, facets, inferred) in enumerate(rows):
        ReportedRow.objects.create(
            competition=competition,
            method=method,
            backbone="ResNet50",
            facets=to_mask(facets),
            inferred=inferred,
            values={"overall": value, "aerial_ground": value},
            source="Table 3",
            position=position,
        )
    return phase


def board_url(phase, query=""):
    return reverse("leaderboards:board", args=[phase.competition.slug]) + query


def page_of(client, phase, query="", **headers):
    response = client.get(board_url(phase, query), **headers)
    assert response.status_code == 200
    return response.content.decode()


def names(page):
    return re.findall(r'class="who-name"[^>]*>([^<]+)<', page)


def heads(page):
    return re.findall(r'<th role="columnheader"[^>]*class="(c-[a-z]+)"', page)


def test_an_archive_has_no_column_without_a_value(client, archive):
    page = page_of(client, archive)

    assert heads(page) == ["c-who", "c-score", "c-axis", "c-extra", "c-source"]
    assert names(page) == ["LENS", "MFE", "BoT"]
    assert "Numbers as printed in Table 3" in page
    assert "Tags with a dotted ring are inferred" in page


def test_an_archive_counts_methods_and_plain_ones(client, archive):
    page = page_of(client, archive)
    plain = page_of(client, archive, "?methods=plain")

    assert re.search(r'All methods <span class="count">3<', page)
    assert re.search(r'Plain protocol <span class="count">1<', page)
    assert names(plain) == ["BoT"]
    assert "Shown are only rows of: plain protocol." in plain


def test_reported_numbers_stay_as_printed(client, archive):
    assert ">92.80<" in page_of(client, archive)


def test_rows_stand_in_score_order_and_platform_runs_have_no_rank(client, phase):
    people = [make_member(phase.competition) for _ in range(2)]
    scored_entry(phase, people[0], 0.9)
    platform_entry(phase, "colour_texture", 0.8)
    scored_entry(phase, people[1], 0.7)

    page = page_of(client, phase)

    assert names(page) == [f"Team {people[0].handle}", "Colour_texture", f"Team {people[1].handle}"]
    assert re.findall(r'class="c-rank">([^<]+)<', page)[1:] == ["1", "–", "2"]


def test_the_reported_body_follows_the_computed_one(client, phase):
    phase.competition.reported_rows.create(method="BoT", values={"overall": "99.00"}, source="Table 3")
    scored_entry(phase, make_member(phase.competition), 0.5)

    page = page_of(client, phase)

    assert page.index('class="computed"') < page.index('class="reported"') < page.index("Reported in publications")
    assert names(page)[-1] == "BoT"


def test_the_own_row_is_marked_and_linked(client, phase):
    member, other = make_member(phase.competition), make_member(phase.competition)
    own = scored_entry(phase, member, 0.5)
    foreign = scored_entry(phase, other, 0.6)
    client.force_login(member)

    page = page_of(client, phase)

    assert page.count('<span class="tag you">you</span>') == 1
    assert f"/s/{own.ref}/" in page
    assert f"/s/{foreign.ref}/" not in page


def test_the_own_row_is_pinned_above_a_page_that_it_is_not_on(client, phase):
    for place in range(PAGE):
        scored_entry(phase, make_member(phase.competition), 0.9 - place / 1000)
    member = make_member(phase.competition)
    scored_entry(phase, member, 0.1)
    client.force_login(member)

    first, second = page_of(client, phase), page_of(client, phase, "?page=2")

    assert names(first)[0] == f"Team {member.handle}"
    assert "Go to row 51" in first
    assert 'href="?page=2"' in first
    assert "1–50 of 51" in first
    assert names(second) == [f"Team {member.handle}"]
    assert "pinned" not in second


def test_a_filtered_view_shows_its_place_and_the_official_rank(client, phase):
    first, second = make_member(phase.competition), make_member(phase.competition)
    scored_entry(phase, first, 0.9, facets=to_mask(["rerank"]))
    scored_entry(phase, second, 0.8)

    page = page_of(client, phase, "?methods=plain")

    assert names(page) == [f"Team {second.handle}"]
    assert re.search(r'class="c-rank">1 <span class="official"[^>]*>\(2\)<', page)


def test_a_search_without_a_match_says_what_hides_the_rows(client, phase):
    scored_entry(phase, make_member(phase.competition), 0.9)

    page = page_of(client, phase, "?q=kes&methods=plain")

    assert "No row matches." in page
    assert "plain protocol, “kes”" in page
    assert "Clear filters" in page


def test_a_search_is_escaped(client, phase):
    scored_entry(phase, make_member(phase.competition), 0.9)

    page = page_of(client, phase, "?q=%3Cscript%3Ealert(1)%3C/script%3E")

    assert "<script>alert" not in page


def test_an_empty_board_invites(client, phase):
    assert "No entry yet." in page_of(client, phase)


def test_a_swap_gets_the_region_alone(client, phase):
    scored_entry(phase, make_member(phase.competition), 0.9)

    region = page_of(client, phase, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="board")
    restored = page_of(client, phase, HTTP_HX_REQUEST="true", HTTP_HX_HISTORY_RESTORE_REQUEST="true")

    assert region.lstrip().startswith('<section id="board"')
    assert "<html" in restored


def test_an_unknown_choice_shows_the_plain_board(client, phase):
    scored_entry(phase, make_member(phase.competition), 0.9)

    assert names(page_of(client, phase, "?track=none&metric=none&sort=none&page=x&methods=none&board=private"))


def test_an_unknown_phase_is_not_found(client, phase):
    assert client.get(board_url(phase, "?phase=none")).status_code == 404


def test_the_same_address_shows_the_same_board_twice(client, phase):
    tracks = {("public", "aerial_ground", "mAP"): 0.6}
    scored_entry(phase, make_member(phase.competition), 0.9, scores=tracks)

    def rows():
        return page_of(client, phase, "?track=aerial_ground").partition("<tbody")[2].partition("</table>")[0]

    assert ">60.0<" in rows()
    assert rows() == rows()


@pytest.mark.parametrize("who", ["anonymous", "member", "other"])
def test_no_private_number_is_on_any_channel_of_a_board(client, tmp_path, who):
    phase = make_open_phase(tmp_path, make_truth(8, private_from=4))
    member = make_member(phase.competition)
    entry = scored_entry(
        phase, member, 0.5, scores={("private", "macro", "mAP"): 0.87654, ("all", "macro", "mAP"): 0.76543}
    )
    if who != "anonymous":
        client.force_login(member if who == "member" else make_member(phase.competition))

    slug = phase.competition.slug
    urls = [
        f"/c/{slug}/leaderboard/?board=private",
        f"/c/{slug}/leaderboard/mini",
        "/",
        f"/c/{slug}/leaderboard/place/{entry.ref}",
    ]
    urls += [f"/c/{slug}/leaderboard.{ending}?board=private" for ending in ("csv", "json", "tex")]
    for url in urls:
        content = client.get(url).content.decode()
        assert not any(digits in content for digits in ("87.6", "0.876", "87.7", "0.877", "76.5", "0.765")), url


def test_the_private_half_is_a_locked_choice_before_its_release(client, tmp_path):
    phase = make_open_phase(tmp_path, make_truth(8, private_from=4))
    scored_entry(phase, make_member(phase.competition), 0.5)

    page = page_of(client, phase)

    assert re.search(r'aria-disabled="true"[^>]*>Private', page)
    assert "Computed on the public part: 4 of 8 identities, 8 of 16 queries." in page
    assert "The final standings use the other part and may differ." in page


def test_where_an_entry_stands_is_told_to_its_team(client, phase):
    member = make_member(phase.competition)
    scored_entry(phase, member, 0.5)
    entry = scored_entry(phase, member, 0.6)
    url = f"/c/{phase.competition.slug}/leaderboard/place/{entry.ref}"

    anonymous = client.get(url)
    client.force_login(member)

    assert anonymous.status_code == 404
    assert client.get(url).content.decode() == (
        "Your team is at rank 1 of 1 on the board. Your best so far: 10.0 above entry 1."
    )


def test_a_figure_compares_the_first_entries_and_ones_own(client, phase):
    curve = {("public", "macro", f"rank-{rank}"): 0.4 + rank / 100 for rank in (1, 2, 5, 10, 20, 50)}
    members = [make_member(phase.competition) for _ in range(5)]
    for place, member in enumerate(members):
        scored_entry(phase, member, 0.9 - place / 10, scores=curve)
    client.force_login(members[-1])

    page = page_of(client, phase)

    assert "CMC, 4 entries" in page
    assert f"Team {members[-1].handle}" in page.split("figure-cmc", 1)[1]
    assert 'id="plotly.js-style-global"' in page
    assert " style=" not in page


def test_members_of_nothing_see_the_board_too(client, phase):
    scored_entry(phase, make_member(phase.competition), 0.5)
    client.force_login(make_user())

    assert len(names(page_of(client, phase))) == 1


def test_the_policy_knows_plotlys_unused_style():
    """The package's bundle inserts one style of its map at load; its hash in the policy silences the one report."""
    import base64
    import hashlib
    from importlib.resources import files

    bundle = files("plotly").joinpath("package_data", "plotly.min.js").read_text(encoding="utf-8")
    start = bundle.index(".maplibregl-map{font")
    quote = bundle[start - 1]
    style = bundle[start : bundle.index(quote, start)]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"'sha256-{digest}'" == settings.PLOTLY_STYLE_HASH


@pytest.mark.parametrize("address", ["board", "mini", "export"])
def test_tracks_are_read_once_for_all_parts_of_an_answer(client, phase, address):
    scored_entry(phase, make_member(phase.competition), 0.5)
    ending = ["csv"] if address == "export" else []
    url = reverse(f"leaderboards:{address}", args=[phase.competition.slug, *ending])

    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200

    assert len([query for query in seen if 'FROM "competitions_track"' in query["sql"]]) == 1
