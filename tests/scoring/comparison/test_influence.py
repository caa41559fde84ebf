"""Scores of comparisons are the board's, to the last bit, and identities add up to them."""

import numpy as np
import pytest

from scoring import Protocol, SubmissionFormat
from scoring.comparison import Entry, score_slices
from scoring.comparison.entries import lay_ground
from scoring.comparison.influence import influence_of, to_fixed
from scoring.intervals.jackknife import query_role_error
from scoring.intervals.wilson import wilson_interval
from tests.scoring.sets import random_answers, random_set, ranking_csv, read_annotations, score
from tests.scoring.test_draws import drawn_set

OPTIONS = [
    {},
    {"no_match": "zero", "ap": "trapezoid"},
    {"depth": 9},
    {"draw": "fixed"},
    {"draw": "resplit", "draws": 3},
    {"draw": "per_query", "draws": 7, "draw_seed": 5},
]


def scored(options, aggregate):
    protocol = Protocol.from_mapping({**options, "aggregate": aggregate})
    rows = drawn_set({"draw": "all", **options}, 6, identities=45)
    result = score(rows, ranking_csv(random_answers(rows, 6, skill=1.0)), protocol=protocol)
    return protocol, read_annotations(rows), result


@pytest.mark.parametrize("aggregate", ["micro", "macro"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_scores_are_those_of_the_board(options, aggregate):
    protocol, annotations, result = scored(options, aggregate)
    entry = Entry.of(result)
    ground = lay_ground(annotations, protocol, [entry])
    for board in result.scores:
        if board.track == aggregate:
            counted = ground.chosen(board.split)
            found = influence_of([entry], ground, metric=board.metric, counted=counted)
            assert found.values.tolist() == [board.value]
            assert found.share.sum() == pytest.approx(board.value)
            assert found.influence.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("aggregate", ["micro", "macro"])
def test_intervals_are_those_of_cut_rankings(aggregate):
    # Where the board's own interval is that of a fixed gallery, influences give the same one.
    protocol, annotations, result = scored({"depth": 9}, aggregate)
    whole = score_slices(
        Entry.of(result), annotations=annotations, protocol=protocol, columns=(), metrics=("mAP@9",), split="all"
    ).whole
    board = next(
        score for score in result.scores if (score.split, score.track, score.metric) == ("all", aggregate, "mAP@9")
    )
    assert (whole.scores[0].low, whole.scores[0].high) == pytest.approx((board.low, board.high), rel=1e-12)


def test_labels_of_several_identities():
    rows = random_set(3, identities=30)
    queries = [row for row in rows if row["role"] == "query"]
    people = sorted({row["pid"] for row in rows if row["role"] == "gallery"})
    lines = ["image_id,person_id"]
    for number, row in enumerate(queries):
        others = [pid for pid in people if pid != row["pid"]][:2]
        known = [row["pid"]] if row["pid"] in people else []
        named = [known + others, others[:1] + known + others[1:], others][number % 3][:3]
        lines.append(f"{row['image_id']},{' '.join(named)}")
    protocol = Protocol(gallery_labels="released")
    described = SubmissionFormat(kind="labels", top=3)
    result = score(rows, ("\n".join(lines) + "\n").encode(), protocol=protocol, described=described)
    entry = Entry.of(result)
    ground = lay_ground(read_annotations(rows), protocol, [entry])
    for board in result.scores:
        if board.track == "micro":
            found = influence_of([entry], ground, metric=board.metric, counted=ground.chosen(board.split))
            assert found.values.tolist() == [board.value]


def test_an_identity_has_its_own_part_of_the_error():
    protocol, annotations, result = scored({}, "micro")
    entry = Entry.of(result)
    ground = lay_ground(annotations, protocol, [entry])
    found = influence_of([entry], ground, metric="mAP", counted=ground.counted)
    values, units = entry.values("mAP")[ground.counted], ground.query_unit[ground.counted]
    error = query_role_error(found.influence[:, 0], found.n_units)
    sums = [(values[units == unit] - values.mean()).sum() / len(values) for unit in np.unique(units)]
    assert error == pytest.approx(np.sqrt(len(sums) / (len(sums) - 1) * np.square(sums).sum()))
    assert wilson_interval(values.mean(), error, len(sums), len(values)) is not None


def test_whole_numbers_are_as_large_as_sums_allow():
    values = np.array([0.5, -0.25, 0.125])
    fixed, unit = to_fixed(values, terms=100)
    assert (fixed * unit).tolist() == values.tolist()
    assert 2**60 <= 100 * abs(fixed).max() < 2**62
    assert to_fixed(np.zeros(3), terms=5)[0].tolist() == [0, 0, 0]
