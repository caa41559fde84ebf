import itertools
import json

from agora.submissions.figures import LABEL_APART, Point, Series, cmc_figure, first_match_figure
from agora.submissions.pills import pills
from challenges.facets import to_mask


def curve(value: float) -> dict[int, Point]:
    return {rank: Point(min(1.0, value + rank / 1000)) for rank in (1, 2, 5, 10, 20, 50)}


def test_labels_at_the_line_ends_never_cover_each_other():
    figure = cmc_figure([Series(f"Team {place}", curve(0.5 + place / 1000)) for place in range(4)], where="")

    layout = figure.json["layout"]
    low, high = layout["yaxis"]["range"]
    height = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    heights = sorted((note["y"] - low) / (high - low) * height + note["yshift"] for note in layout["annotations"])

    assert all(upper - lower >= LABEL_APART - 0.2 for lower, upper in itertools.pairwise(heights))


def test_names_of_teams_are_no_markup_in_a_chart():
    figure = cmc_figure([Series("<b>x</b>", curve(0.5)), Series("y", curve(0.4))], where="")

    assert "<b>" not in json.dumps([note["text"] for note in figure.json["layout"]["annotations"]])


def test_an_entry_with_one_rank_alone_has_no_curve():
    assert cmc_figure([Series("labels", {1: Point(0.5)})], where="").json is None


def test_first_matches_add_up_to_all_queries():
    points = {rank: Point(value) for rank, value in ((1, 0.5), (5, 0.7), (10, 0.8), (20, 0.9), (50, 0.95))}

    figure = first_match_figure(points, 200, where="", steps=1000)

    assert [row[2] for row in figure.rows] == ["100", "40", "20", "20", "10", "10"]


def test_numbers_of_queries_are_not_guessed_from_rounded_shares():
    points = {rank: Point(0.5 + rank / 200) for rank in (1, 5, 10, 20, 50)}

    figure = first_match_figure(points, 8499, where="", steps=1000)

    assert figure.headers == ("Rank", "%")


def test_two_facets_are_shown_and_the_others_are_counted():
    shown = pills(to_mask(["rerank", "ensemble", "tta", "extra_data"]), inferred=to_mask(["extra_data"]))

    assert [pill.label for pill in shown.shown] == ["re-ranking", "test-time views"]
    assert shown.more_title == "ensemble, extra data (inferred from the paper's text)"


def test_perfect_entries_alone_have_an_axis_too():
    perfect = {rank: Point(1.0) for rank in (1, 2, 5)}
    figure = cmc_figure([Series("One", perfect), Series("Two", perfect)], where="")

    assert figure.json["layout"]["yaxis"]["range"] == [95.0, 100.0]
