"""Any protocol on small random test sets: the slow oracle, orders made of buckets, and matrices of distances agree."""

import io
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Protocol, SubmissionFormat
from scoring.protocol import CHOICES
from tests.scoring.oracle import Oracle
from tests.scoring.sets import asked_images, random_answers, ranking_csv, score, values, with_draws, with_tracklets

seeds = st.integers(0, 2**32 - 1)
junk_sets = st.sampled_from(
    [[["pid", "camid"]], [], [["camid"]], [["image_id"]], [["pid", "domain"]], [["image_id"], ["pid", "camid"]]]
)


@st.composite
def protocols(draw):
    """Return any protocol that the test sets of `drawn` can be scored under."""
    kind = draw(st.sampled_from(CHOICES["draw"]))
    several = kind in ("per_query", "resplit")
    depth = draw(st.none() | st.integers(1, 15))
    return Protocol.from_mapping(
        {
            "junk": draw(junk_sets),
            "junk_pids": draw(st.sampled_from([[], ["P001"], ["P001", "P004"]])),
            "distractor_pids": draw(st.sampled_from([[], ["P002"]])),
            "draw": kind,
            "draws": draw(st.integers(1, 4)) if several else 1,
            "draw_seed": draw(st.integers(0, 2**63 - 1)) if kind == "per_query" else 0,
            "image_to_track": False if several else draw(st.booleans()),
            "depth": depth,
            "ap": draw(st.sampled_from(CHOICES["ap"])),
            "denominator": "relevant" if depth is None else draw(st.sampled_from(CHOICES["denominator"])),
            "no_match": draw(st.sampled_from(CHOICES["no_match"])),
            "aggregate": draw(st.sampled_from(CHOICES["aggregate"])),
        }
    )


def drawn(protocol, seed, tracks=("ag", "ga")):
    rows = asked_images(seed, identities=7, gallery=4, tracks=tracks)
    return with_tracklets(with_draws(rows, protocol.draws, seed % 1000), 2)


@settings(max_examples=80, deadline=None)
@given(protocols(), seeds)
def test_any_protocol_agrees_with_the_oracle(protocol, seed):
    rows = drawn(protocol, seed)
    answers = random_answers(rows, seed)

    found = values(score(rows, ranking_csv(answers), protocol=protocol))

    assert found == pytest.approx(Oracle(rows, protocol.to_mapping(), answers).scores(), abs=1e-12)


def shuffled_between(rows, answers, seed):
    """Return the answers with the items between two of the query's identity in any order."""
    chance = random.Random(seed)
    pids = {(row["track"], row["image_id"]): row["pid"] for row in rows}
    track_of = {row["image_id"]: row["track"] for row in rows if row["role"] == "query"}
    found = {}
    for query, items in answers.items():
        own = pids[track_of[query], query]
        runs = [[]]
        for item in items:
            if pids[track_of[query], item] == own:
                runs += [[item], []]
            else:
                runs[-1].append(item)
        for run in runs:
            chance.shuffle(run)
        found[query] = [item for run in runs for item in run]
    return found


@settings(max_examples=40, deadline=None)
@given(protocols(), seeds)
def test_items_between_two_of_the_identity_may_stand_in_any_order(protocol, seed):
    rows = drawn(protocol, seed)
    answers = random_answers(rows, seed)

    first = score(rows, ranking_csv(answers), protocol=protocol)

    again = score(rows, ranking_csv(shuffled_between(rows, answers, seed)), protocol=protocol)
    assert again.scores == first.scores
    assert again.counts == first.counts


@settings(max_examples=40, deadline=None)
@given(protocols(), seeds)
def test_distances_give_what_their_order_gives(protocol, seed):
    rows = drawn(protocol, seed, tracks=("ag",))
    answers = random_answers(rows, seed)
    places = {row["image_id"]: at for at, row in enumerate(row for row in rows if row["role"] == "gallery")}
    matrix = np.zeros((len(answers), len(places)), dtype=np.float32)
    for row, items in zip(matrix, answers.values(), strict=True):
        row[[places[item] for item in items]] = np.arange(len(items))
    file = io.BytesIO()
    np.save(file, matrix)

    found = score(rows, file.getvalue(), protocol=protocol, described=SubmissionFormat(kind="distances"))

    assert found.scores == score(rows, ranking_csv(answers), protocol=protocol).scores
