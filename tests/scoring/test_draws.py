"""Draws and tracklets against the slow oracle, with their intervals, and the rules that stored draws obey."""

import subprocess
import sys

import pytest

from scoring import Protocol, ProtocolError, SubmissionFormat
from scoring.draws import draw_galleries
from scoring.intervals.wilson import wilson_interval
from tests.scoring.oracle import Oracle, jackknife_error, query_role_error, splitmix
from tests.scoring.sets import (
    asked_images,
    labels_csv,
    random_answers,
    random_set,
    ranking_csv,
    score,
    values,
    with_draws,
    with_tracklets,
)

RULES = [
    {},
    {"ap": "trapezoid", "junk": []},
    {"junk": [["camid"]], "no_match": "zero"},
    {"depth": 9, "junk_pids": ["P003"]},
]


def drawn_set(options, seed, **more):
    """Return a test set that the options can be used on."""
    if options["draw"] == "resplit":
        return with_draws(asked_images(seed, **more), options["draws"], seed)
    rows = random_set(seed, **more)
    if options["draw"] == "fixed":
        rows = with_draws(rows, 1, seed)
    return with_tracklets(rows, 2) if options.get("image_to_track") else rows


DRAWS = [
    {"draw": "fixed"},
    {"draw": "resplit", "draws": 3},
    {"draw": "per_query", "draws": 7, "draw_seed": 5},
    {"draw": "all", "image_to_track": True},
    {"draw": "fixed", "image_to_track": True},
]


@pytest.mark.parametrize("drawn", DRAWS, ids=str)
@pytest.mark.parametrize("rules", RULES, ids=str)
def test_every_draw_agrees_with_the_oracle(drawn, rules):
    protocol = Protocol.from_mapping({**rules, **drawn})
    rows = drawn_set(drawn, 6)
    answers = random_answers(rows, 6, skill=1.0)

    result = score(rows, ranking_csv(answers), protocol=protocol)

    expected = Oracle(rows, protocol.to_mapping(), answers).scores()
    assert values(result) == pytest.approx(expected, abs=1e-12)
    assert {count.draws for count in result.counts} == {drawn.get("draws", 1)}


@pytest.mark.parametrize("drawn", DRAWS, ids=str)
@pytest.mark.parametrize("rules", [{}, {"distractor_pids": ["P005", "P006"], "junk_pids": ["P007"]}], ids=str)
def test_two_roles_equal_brute_force(drawn, rules):
    protocol = Protocol.from_mapping({**rules, **drawn})
    rows = drawn_set(drawn, 11, identities=26, clusters=24, queries=3, gallery=3)
    answers = random_answers(rows, 11, skill=2.0)
    mapping = protocol.to_mapping()

    result = score(rows, ranking_csv(answers), protocol=protocol)

    assert result.interval == "gallery and query"
    for key in [("all", "micro", "rank-1"), ("all", "micro", "mAP"), ("all", "macro", "mINP"), ("all", "ga", "rank-2")]:
        found = next(item for item in result.scores if (item.split, item.track, item.metric) == key)
        oracle = Oracle(rows, mapping, answers)
        tracks = oracle.tracks() if key[1] in ("micro", "macro") else [key[1]]
        asked = [row for pool in oracle.pools("all", tracks) for row, _ in pool]
        units = len({oracle.unit(row) for row in asked})
        if units < 20:
            assert found.low is None
            continue
        error = jackknife_error(rows, mapping, answers, key)
        assert (found.low, found.high) == pytest.approx(
            wilson_interval(found.value, error, units, len(asked)), abs=1e-9
        )


@pytest.mark.parametrize("drawn", DRAWS, ids=str)
def test_cut_rankings_of_draws_know_the_query_role_alone(drawn):
    protocol = Protocol.from_mapping(drawn)
    rows = drawn_set(drawn, 13, identities=34, queries=3)
    answers = random_answers(rows, 13, depth=20, skill=2.0)

    result = score(rows, ranking_csv(answers), protocol=protocol, described=SubmissionFormat(depth=20))

    assert result.interval == "gallery fixed"
    mapping = protocol.to_mapping()
    oracle = Oracle(rows, mapping, answers, depth=20)
    assert values(result) == pytest.approx(oracle.scores(), abs=1e-12)
    for key in [("all", "micro", "rank-1"), ("all", "macro", "mAP@20")]:
        found = next(item for item in result.scores if (item.split, item.track, item.metric) == key)
        asked = [row for pool in oracle.pools("all", oracle.tracks()) for row, _ in pool]
        units = len({oracle.unit(row) for row in asked})
        error = query_role_error(rows, mapping, answers, key, depth=20)
        assert (found.low, found.high) == pytest.approx(
            wilson_interval(found.value, error, units, len(asked)), abs=1e-12
        )


def test_draws_are_the_same_everywhere_and_hold_one_image_of_each_identity():
    pids = ["a", "b", "a", "0", "a", "b", "0"]
    drawn = draw_galleries(pids, draws=20, seed=1, undrawn=["0"])
    for draw in map(str, range(1, 21)):
        rows = [at for at, names in enumerate(drawn) if draw in names.split()]
        assert sorted(pids[at] for at in rows) == ["0", "0", "a", "b"]
        state = splitmix((splitmix(1) + int(draw) - 1) % 2**64)
        assert [0, 2, 4][splitmix(state) % 3] in rows
        assert [1, 5][splitmix((state + 1) % 2**64) % 2] in rows
    assert draw_galleries(pids, draws=20, seed=2) != draw_galleries(pids, draws=20, seed=1)
    assert len(set(drawn[:3])) > 1


@pytest.mark.parametrize(
    ("protocol", "drawn", "message"),
    [
        (Protocol(draw="fixed"), [None, None], 'lack the column "draws"'),
        (Protocol(draw="fixed"), ["2", ""], 'holds "2"; expected 1'),
        (Protocol(draw="resplit", draws=2), ["1 1", "2"], "distinct numbers from 1 to 2"),
        (Protocol(draw="resplit", draws=2), ["1 2", "2"], 'Draw 2 has two gallery images of the identity "a"'),
        (Protocol(image_to_track=True), [None, None], 'lack the column "tracklet"'),
    ],
)
def test_annotations_that_do_not_store_what_the_protocol_needs_are_refused(protocol, drawn, message):
    same = {"track": "t", "pid": "a", "camid": "1"}
    rows = [{**same, "role": "query", "image_id": "q"}]
    rows += [{**same, "role": "gallery", "image_id": f"g{at}", "draws": drawn[at]} for at in range(2)]
    with pytest.raises(ProtocolError, match=message):
        score(rows, ranking_csv({"q": ["g0", "g1"]}), protocol=protocol)


def test_a_tracklet_of_two_people_is_refused():
    same = {"track": "t", "camid": "1", "tracklet": "x", "role": "gallery"}
    rows = [{**same, "role": "query", "image_id": "q", "pid": "a"}]
    rows += [{**same, "image_id": "g0", "pid": "a"}, {**same, "image_id": "g1", "pid": "b"}]
    with pytest.raises(ProtocolError, match='tracklet "x" holds images of two identities'):
        score(rows, ranking_csv({"q": ["g0", "g1"]}), protocol=Protocol(image_to_track=True))


@pytest.mark.parametrize("draw", ["per_query", "resplit"])
def test_labels_cannot_be_scored_over_drawn_galleries(draw):
    rows = with_draws(random_set(1), 1, 1)
    answers = {row["image_id"]: row["pid"] for row in rows if row["role"] == "query"}
    with pytest.raises(ProtocolError, match="Labels name no image"):
        score(rows, labels_csv(answers), protocol=Protocol(draw=draw), described=SubmissionFormat(kind="labels"))


def test_per_query_results_of_draws_that_ask_differently_name_the_draw():
    rows = drawn_set({"draw": "resplit", "draws": 2}, 4, identities=8)
    result = score(rows, ranking_csv(random_answers(rows, 4)), protocol=Protocol(draw="resplit", draws=2, junk=()))
    table = result.per_query
    assert set(table["draw"].tolist()) == {1, 2}
    for draw in (1, 2):
        gallery = {row["image_id"] for row in rows if str(draw) in row.get("draws", "").split()}
        asked = table["query_id"][table["draw"] == draw].tolist()
        assert asked == [row["image_id"] for row in rows if row["role"] == "query" and row["image_id"] not in gallery]
    total = next(count for count in result.counts if (count.split, count.track) == ("all", "micro"))
    assert total.queries + total.skipped == len(table["draw"])


FRESH = """
from scoring.native import FAMILY
from tests.scoring.test_draws import DRAWS, Protocol, drawn_set, random_answers, ranking_csv, score
for drawn in DRAWS:
    rows = drawn_set(drawn, 6, identities=6)
    score(rows, ranking_csv(random_answers(rows, 6)), protocol=Protocol.from_mapping(drawn))
print(sorted(name for name, kernel in FAMILY.kernels.items() if sum(kernel.stats.cache_misses.values())))
"""


def test_a_fresh_process_compiles_nothing_for_draws():
    subprocess.run([sys.executable, "-m", "scoring.compile"], check=True, capture_output=True)
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"
