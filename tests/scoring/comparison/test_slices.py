"""Slices: their scores, and what their combinations tell."""

from fractions import Fraction

import numpy as np
import pytest

from scoring import Protocol
from scoring.comparison import ComparisonError, score_slices
from scoring.intervals.wilson import MIN_IDENTITIES, wilson_interval
from tests.scoring.comparison.boards import entry, ground_truth, n_queries


def sliced(annotations, columns, *, values=None, protocol=None, metrics=("mAP",), split="all"):
    protocol = protocol or Protocol()
    if values is None:
        values = np.random.default_rng(0).random(n_queries(annotations))
    one = entry(annotations, values, protocol=protocol)
    return score_slices(one, annotations=annotations, protocol=protocol, columns=columns, metrics=metrics, split=split)


def shown(found):
    return {(one.column, one.value) for one in found.slices}


def withheld(found):
    return {(one.column, one.value): one.reason for one in found.withheld}


def test_scores_counts_and_intervals():
    annotations = ground_truth(60, columns={"height": lambda person, *_: 15 if person < 20 else 30}, queries=2)
    values = np.repeat(np.where(np.arange(60) < 20, 1.0, 0.25), 2)
    values[0] = 0.5
    found = sliced(annotations, ["height"], values=values)
    low, high = found.slices
    assert (low.column, low.value, low.queries, low.identities) == ("height", "15", 40, 20)
    assert low.scores[0].value == 39.5 / 40
    error = np.sqrt(20 / 19 * (np.sum(((values[:40] - 39.5 / 40).reshape(20, 2).sum(axis=1)) ** 2))) / 40
    assert (low.scores[0].low, low.scores[0].high) == pytest.approx(wilson_interval(39.5 / 40, error, 20, 40))
    assert (high.scores[0].value, found.whole.queries, found.withheld) == (0.25, 120, ())
    assert found.whole.scores[0].value == pytest.approx((39.5 + 20) / 120)


def test_a_small_slice_is_withheld_and_so_is_what_would_tell_it():
    annotations = ground_truth(100, columns={"bag": lambda person, *_: "no" if person < 81 else "yes"})
    found = sliced(annotations, ["bag"])
    # The whole less "no" is "yes".
    assert shown(found) == set()
    assert withheld(found) == {("bag", "no"): "differencing", ("bag", "yes"): "few_identities"}


def test_two_small_slices_hide_each_other():
    size = {**dict.fromkeys(range(81, 91), "b"), **dict.fromkeys(range(91, 101), "c")}
    annotations = ground_truth(101, columns={"bag": lambda person, *_: size.get(person, "a")})
    found = sliced(annotations, ["bag"])
    assert shown(found) == {("bag", "a")}
    assert withheld(found) == {("bag", "b"): "few_identities", ("bag", "c"): "few_identities"}


def test_an_empty_value_is_no_slice_but_can_be_told():
    annotations = ground_truth(100, columns={"bag": lambda person, *_: "no" if person < 81 else ""})
    assert withheld(sliced(annotations, ["bag"])) == {("bag", "no"): "differencing"}


def test_columns_that_differ_by_few_people_are_not_both_shown():
    columns = {
        "session": lambda person, *_: "am" if person < 50 else "pm",
        "weather": lambda person, *_: "sun" if person < 40 else "rain",
    }
    found = sliced(ground_truth(100, columns=columns), ["session", "weather"])
    assert shown(found) == {("session", "am"), ("session", "pm")}
    assert set(withheld(found).values()) == {"differencing"}
    assert shown(sliced(ground_truth(100, columns=columns), ["weather"])) == {("weather", "sun"), ("weather", "rain")}


def test_unions_of_slices_count_as_well():
    # a + b and x + y are the same people but for ten, though no two slices are alike.
    columns = {
        "one": lambda person, *_: "abcd"[person // 50 % 2 + 2 * (person >= 100)],
        "two": lambda person, *_: "xyzw"[person % 2 + 2 * (person >= 110)],
    }
    found = sliced(ground_truth(200, columns=columns), ["one", "two"])
    assert ("two", "x") not in shown(found) or ("two", "y") not in shown(found)


def test_cameras_that_share_people_are_fine_unless_few_are_on_both():
    # Intervals hold products of what one person has on both cameras.
    both = {"camera": lambda person, _track, number: number}
    assert shown(sliced(ground_truth(30, columns=both, queries=2), ["camera"])) == {("camera", "0"), ("camera", "1")}
    few = {"camera": lambda person, _track, number: number if person < 5 else person % 2}
    found = sliced(ground_truth(60, columns=few, queries=2), ["camera"])
    assert len(found.slices) == 1
    assert list(withheld(found).values()) == ["differencing"]


def test_a_slice_has_enough_people_in_every_track_that_it_stands_in():
    columns = {"place": lambda person, track, _: "hall" if track == "a" or person < 10 else "yard"}
    found = sliced(ground_truth(100, tracks=("a", "b"), columns=columns), ["place"])
    assert withheld(found)["place", "hall"] == "few_identities"


def test_all_shows_what_both_parts_can_show():
    # Twenty-five of sixty people have the value, but five of them alone are private: all less public would tell them.
    columns = {"bag": lambda person, *_: "yes" if person % 12 < 5 else "no"}
    annotations = ground_truth(120, columns=columns, private=range(12))
    assert ("bag", "yes") in shown(sliced(annotations, ["bag"], split="public"))
    assert ("bag", "yes") not in shown(sliced(annotations, ["bag"]))


def test_private_people_change_nothing_of_the_public_slices():
    columns = {"bag": lambda person, *_: "yes" if person % 2 else "no"}
    annotations = ground_truth(120, columns=columns, private=range(60, 120))
    values = np.random.default_rng(1).random(120)
    changed = np.where(np.arange(120) < 60, values, 1 - values)
    assert sliced(annotations, ["bag"], values=values, split="public") == sliced(
        annotations, ["bag"], values=changed, split="public"
    )


def test_adding_a_column_at_the_end_takes_nothing_back():
    columns = random_columns(3)
    annotations = ground_truth(300, columns=columns)
    names = list(columns)
    before = shown(sliced(annotations, names[:2]))
    assert {one for one in shown(sliced(annotations, names)) if one[0] in names[:2]} == before


def random_columns(seed, shares=((0.5, 0.5), (0.7, 0.2, 0.1), (0.6, 0.3, 0.08, 0.02), (0.93, 0.07))):
    draw = np.random.default_rng(seed)
    columns = {}
    for which, share in enumerate(shares):
        values = draw.choice(len(share), size=1000, p=share)
        columns[f"c{which}"] = lambda person, _track, number, values=values: values[person + 500 * (number > 0)]
    return columns


@pytest.mark.parametrize("seed", range(6))
def test_no_combination_of_slices_speaks_of_fewer_than_twenty(seed):
    """Search for a combination with few people: all small sums of groups, and those that vanish on random queries."""
    columns = random_columns(seed)
    annotations = ground_truth(250, columns=columns, queries=2)
    found = sliced(annotations, list(columns))
    groups = memberships(annotations, found)
    people = np.repeat(np.arange(250), 2)
    assert len(found.slices) >= 3
    draw = np.random.default_rng(seed)
    tried = [draw.integers(-1, 2, size=len(groups)) for _ in range(500)]
    tried += [vanishing(groups[:, draw.choice(500, size=len(groups) - 1, replace=False)].T) for _ in range(150)]
    for weights in tried:
        hit = np.abs(weights @ groups) > 1e-9
        assert not hit.any() or len(np.unique(people[hit])) >= MIN_IDENTITIES


def memberships(annotations, found):
    rows = annotations.rows["t"]["query"]
    groups = [np.ones(len(rows))]
    for one in found.slices:
        column = annotations.columns[one.column]
        groups.append(np.array([column.values[code] == one.value for code in column.codes[rows]], dtype=float))
    return np.array(groups)


def vanishing(rows):
    """Return weights that make the sum vanish on the given queries."""
    weights = np.linalg.svd(rows)[2][-1]
    return weights / np.abs(weights).max()


@pytest.mark.parametrize("names", [["height"], ["pid"], ["camid", "camid"], ["split"]])
def test_columns_that_are_none_are_refused(names):
    with pytest.raises(ComparisonError, match="annotations"):
        sliced(ground_truth(20), names)


def test_every_metric_is_given_for_every_slice():
    annotations = ground_truth(40, columns={"bag": lambda person, *_: person % 2})
    found = sliced(annotations, ["bag"], metrics=("rank-1", "mAP", "mINP"))
    assert {tuple(score.metric for score in one.scores) for one in (found.whole, *found.slices)} == {
        ("rank-1", "mAP", "mINP")
    }


def test_the_choice_is_the_same_for_all_entries():
    columns = random_columns(9)
    annotations = ground_truth(200, columns=columns)
    draw = np.random.default_rng(0)
    boards = [sliced(annotations, list(columns), values=draw.random(200)) for _ in range(2)]
    assert shown(boards[0]) == shown(boards[1])
    assert boards[0].withheld == boards[1].withheld


@pytest.mark.parametrize("prime", [2_147_483_647, 2_147_483_629, 2_147_483_587])
def test_ranks(prime):
    from scoring.comparison.disclosure import collect

    draw = np.random.default_rng(1)
    for _ in range(30):
        rows = draw.integers(0, 2, size=(12, 7)).astype(np.uint8)
        rows[:, 5] = rows[:, 0] & ~rows[:, 1] & 1
        rows[:, 6] = rows[:, 2]
        used = np.zeros(12, dtype=np.bool_)
        found = collect(np.arange(13), rows, used, 7, prime)
        assert found == used.sum() == exact_rank(rows.tolist())


def exact_rank(rows):
    rows = [[Fraction(value) for value in row] for row in rows]
    rank = 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rows[rank:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(rank, pivot)
        for row in rows[rank + 1 :]:
            factor = row[column] / pivot[column]
            row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        rank += 1
    return rank
