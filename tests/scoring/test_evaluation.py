"""Every protocol option against the slow oracle, and the rules that scores obey."""

import io
import json
import random

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import InvalidSubmissionError, Protocol, ProtocolError, SubmissionFormat
from tests.scoring.oracle import Oracle
from tests.scoring.sets import labels_csv, random_answers, random_set, ranking_csv, score, values

OPTIONS = [
    {},
    {"ap": "trapezoid"},
    {"no_match": "zero"},
    {"no_match": "zero", "ap": "trapezoid", "aggregate": "macro"},
    {"junk": []},
    {"junk": [["camid"]]},
    {"junk": [["pid", "domain"]]},
    {"junk": [["image_id"], ["pid", "camid"]]},
    {"junk": [["pid", "camid"], ["domain"]]},
    {"junk_pids": ["P001", "P002", "P007"]},
    {"distractor_pids": ["P001", "P002", "P007"]},
    {"junk_pids": ["P003"], "distractor_pids": ["P004"], "junk": [["camid"]]},
    {"depth": 10},
    {"depth": 10, "denominator": "min_relevant_k"},
    {"depth": 10, "denominator": "found"},
    {"depth": 7, "denominator": "found", "ap": "trapezoid", "junk": [["camid"]]},
    {"depth": 1, "denominator": "min_relevant_k", "no_match": "zero"},
]


def expected(rows, protocol, answers, **more):
    return Oracle(rows, protocol.to_mapping(), answers, **more).scores()


@pytest.mark.parametrize("options", OPTIONS, ids=json.dumps)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_protocol_option_agrees_with_the_oracle(options, seed):
    protocol = Protocol.from_mapping(options)
    rows = random_set(seed, long_names=seed == 2)
    answers = random_answers(rows, seed)

    found = values(score(rows, ranking_csv(answers), protocol=protocol))

    assert found == pytest.approx(expected(rows, protocol, answers), abs=1e-12)


@pytest.mark.parametrize("depth", [1, 5, 50])
def test_short_rankings_agree_with_the_oracle(depth):
    rows, protocol = random_set(3), Protocol(no_match="zero")
    answers = random_answers(rows, 3, depth=depth)

    result = score(rows, ranking_csv(answers), protocol=protocol, described=SubmissionFormat(depth=depth))

    assert values(result) == pytest.approx(expected(rows, protocol, answers, depth=depth), abs=1e-12)
    assert result.interval == "gallery fixed"


@pytest.mark.parametrize("policy", ["skip", "zero"])
def test_labels_agree_with_the_oracle(policy):
    rows, draw = random_set(4), random.Random(4)
    protocol = Protocol(no_match=policy)
    answers = {
        row["image_id"]: row["pid"] if draw.random() < 0.6 else f"P{draw.randrange(40):03d}"
        for row in rows
        if row["role"] == "query"
    }

    result = score(rows, labels_csv(answers), protocol=protocol, described=SubmissionFormat(kind="labels"))

    assert values(result) == pytest.approx(expected(rows, protocol, answers, kind="labels"), abs=1e-12)
    assert {item.metric for item in result.scores} == {"rank-1"}


def test_a_cut_beyond_the_depth_of_the_format_changes_the_hash_alone():
    rows = random_set(5)
    answers = random_answers(rows, 5, depth=10)
    described = SubmissionFormat(depth=10)

    wide = score(rows, ranking_csv(answers), protocol=Protocol(depth=50), described=described)
    none = score(rows, ranking_csv(answers), protocol=Protocol(), described=described)

    assert values(wide) == values(none)
    assert wide.protocol_hash != none.protocol_hash


def test_cmc_beyond_the_depth_and_minp_of_cut_rankings_are_not_given():
    rows = random_set(6)
    result = score(rows, ranking_csv(random_answers(rows, 6)), protocol=Protocol(depth=6))

    assert {item.metric for item in result.scores} == {"rank-1", "rank-2", "rank-5", "mAP@6"}


def test_a_junk_rule_over_a_missing_column_is_an_error():
    rows = random_set(6)
    with pytest.raises(ProtocolError, match="altitude"):
        score(rows, ranking_csv(random_answers(rows, 6)), protocol=Protocol(junk=(("pid", "altitude"),)))


def test_an_invalid_file_is_not_scored_and_brings_its_report():
    rows = random_set(6)
    answers = random_answers(rows, 6)
    answers.popitem()
    with pytest.raises(InvalidSubmissionError) as caught:
        score(rows, ranking_csv(answers))
    assert [problem.code for problem in caught.value.report.problems] == ["missing_queries"]


def test_counts_name_what_was_skipped():
    rows = random_set(7)
    result = score(rows, ranking_csv(random_answers(rows, 7)))
    oracle = Oracle(rows, Protocol().to_mapping(), {})
    for count in result.counts:
        tracks = ("ag", "ga") if count.track in ("micro", "macro") else (count.track,)
        counted = [row for track in tracks for row in oracle.counted(count.split, track)]
        assert count.queries == len(counted)
        assert count.identities == len({row["pid"] for row in counted})
    total = next(count for count in result.counts if (count.split, count.track) == ("all", "micro"))
    assert total.queries + total.skipped == sum(row["role"] == "query" for row in rows)


def test_queries_of_a_track_without_any_match_are_skipped_and_counted():
    rows = random_set(7, identities=6)
    # The gallery of one track holds one person, and its queries are the others.
    rows = [row for row in rows if row["track"] == "ag" or (row["role"] == "gallery") == (row["pid"] == "P005")]
    result = score(rows, ranking_csv(random_answers(rows, 7)))
    assert result.value(split="all", track="ga", metric="mAP") is None
    for name in ("micro", "macro"):
        total = next(count for count in result.counts if (count.split, count.track) == ("all", name))
        assert total.queries + total.skipped == sum(row["role"] == "query" for row in rows)


def test_per_query_results_average_to_the_scores():
    rows = random_set(8)
    result = score(rows, ranking_csv(random_answers(rows, 8)))
    file = io.BytesIO()

    result.write_per_query(file)

    table = pyarrow.parquet.read_table(io.BytesIO(file.getvalue())).to_pandas()
    counted = table[table["valid"] & (table["track"] == "ag")]
    assert counted["ap"].mean() == pytest.approx(result.value(split="all", track="ag", metric="mAP"))
    assert (counted["first_match_rank"] == 1).mean() == pytest.approx(
        result.value(split="all", track="ag", metric="rank-1")
    )
    assert list(table["query_id"]) == [row["image_id"] for row in rows if row["role"] == "query"]
    assert table["inp"].isna().equals(~table["valid"])


def test_a_reversed_ranking_is_called_reversed_or_shifted():
    rows = random_set(9)
    answers = {query: items[::-1] for query, items in random_answers(rows, 9, skill=3.0).items()}

    result = score(rows, ranking_csv(answers))

    assert len(result.warnings) == 2
    assert "probably reversed or shifted" in result.warnings[0]
    assert not score(rows, ranking_csv(random_answers(rows, 9, skill=3.0))).warnings


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_the_order_of_rows_of_file_and_gallery_changes_no_byte(seed):
    rows = random_set(seed, identities=24)
    answers = random_answers(rows, seed)
    shuffled = list(answers.items())
    random.Random(seed).shuffle(shuffled)
    gallery = [row for row in rows if row["role"] == "gallery"]
    random.Random(seed).shuffle(gallery)
    moved = sorted([row for row in rows if row["role"] == "query"] + gallery, key=lambda row: row["track"])

    first = score(rows, ranking_csv(answers))

    assert score(rows, ranking_csv(dict(shuffled))).scores == first.scores
    again = score(moved, ranking_csv(answers))
    assert values(again) == values(first)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_new_names_for_images_and_identities_change_no_score(seed):
    rows = random_set(seed, identities=24)
    answers = random_answers(rows, seed)
    draw = random.Random(seed)
    names = {}
    for row in rows:
        names.setdefault(row["image_id"], f"{draw.getrandbits(60):x}.{len(names)}")
    renamed = [{**row, "image_id": names[row["image_id"]], "pid": "x" + row["pid"][::-1]} for row in rows]
    renamed_answers = {names[query]: [names[item] for item in items] for query, items in answers.items()}

    assert score(renamed, ranking_csv(renamed_answers)).scores == score(rows, ranking_csv(answers)).scores


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(-5, 5), st.floats(0.1, 7))
def test_shifting_or_bending_the_distances_behind_a_ranking_changes_nothing(seed, shift, power):
    rows = random_set(seed, identities=24, tracks=("ag",))
    draw = np.random.default_rng(seed)
    items = [row["image_id"] for row in rows if row["role"] == "gallery"]
    distances = {row["image_id"]: draw.random(len(items)) for row in rows if row["role"] == "query"}

    def ranked(change):
        return {q: [items[at] for at in np.argsort(change(d), kind="stable")] for q, d in distances.items()}

    plain = score(rows, ranking_csv(ranked(lambda d: d)))
    assert score(rows, ranking_csv(ranked(lambda d: d + shift))).scores == plain.scores
    assert score(rows, ranking_csv(ranked(lambda d: np.exp(power * d)))).scores == plain.scores


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_moving_a_match_forward_never_lowers_a_score(seed):
    rows = random_set(seed, identities=24, tracks=("ag",))
    answers = random_answers(rows, seed)
    pids = {row["image_id"]: row["pid"] for row in rows}
    before = values(score(rows, ranking_csv(answers), protocol=Protocol(junk=())))
    better = {}
    for query, items in answers.items():
        moved = sorted(range(len(items)), key=lambda at: at - (1.5 if pids[items[at]] == pids[query] else 0))
        better[query] = [items[at] for at in moved]

    after = values(score(rows, ranking_csv(better), protocol=Protocol(junk=())))

    assert all(after[key] >= before[key] - 1e-12 for key in before)
