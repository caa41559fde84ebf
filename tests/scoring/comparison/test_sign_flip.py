"""The test of a difference, against the enumeration of all patterns of signs."""

import dataclasses
import io
import math
from itertools import product

import numpy as np
import pytest

from scoring import Protocol
from scoring.comparison import ComparisonError, Entry, compare
from scoring.comparison.draws import flipped_totals, seed_of, words
from scoring.intervals.student import t_quantile
from tests.scoring.comparison.boards import entry, ground_truth, n_queries
from tests.scoring.sets import random_answers, random_set, ranking_csv, score

MASK = (1 << 64) - 1


def word(seed, number):
    """SplitMix64 in Python's whole numbers, as its authors print it."""
    mixed = (seed + (number + 1) * 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31)


def difference(annotations, first, second, *, protocol=None, metric="mAP", split="all", **more):
    protocol = protocol or Protocol()
    one, other = (entry(annotations, values, protocol=protocol) for values in (first, second))
    return compare(one, other, annotations=annotations, protocol=protocol, metric=metric, split=split, **more)


def exact_p(totals):
    observed = abs(sum(totals))
    sums = [abs(sum(sign * total for sign, total in zip(signs, totals, strict=True))) for signs in patterns(totals)]
    return sum(total >= observed - 1e-12 for total in sums) / len(sums)


def patterns(totals):
    return product((1, -1), repeat=len(totals))


def test_the_generator_gives_the_published_numbers():
    assert words(np.uint64(1234567), 3).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert words(np.uint64(MASK), 50).tolist() == [word(MASK, number) for number in range(50)]


def test_a_seed_depends_on_ground_truth_protocol_and_purpose():
    seeds = {int(seed_of(*names)) for names in (("a", "b", "c"), ("b", "a", "c"), ("a", "b", "d"), ("a", "bc", ""))}
    assert len(seeds) == 4


def test_signs_are_the_bits_of_the_numbers():
    totals = np.arange(1, 71, dtype=np.int64)
    found = flipped_totals(np.uint64(5), totals, 3)
    for replicate in range(3):
        bits = word(5, 2 * replicate) | word(5, 2 * replicate + 1) << 64
        assert found[replicate] == sum(-total if bits >> at & 1 else total for at, total in enumerate(totals.tolist()))


@pytest.mark.parametrize("seed", range(4))
def test_p_is_the_share_of_all_patterns(seed):
    # Twenty people, of whom eleven differ: signs of the others change nothing.
    draw = np.random.default_rng(seed)
    annotations = ground_truth(20)
    first = np.full(20, 0.5)
    first[:11] += draw.choice([-0.4, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4], size=11)
    found = difference(annotations, first, np.full(20, 0.5), replicates=40_000)
    assert found.p_value == pytest.approx(exact_p((first[:11] - 0.5).round(3).tolist()), abs=0.011)


def test_a_difference_that_no_pattern_exceeds():
    found = difference(ground_truth(20), np.ones(20), np.zeros(20), metric="rank-1", replicates=999)
    assert (found.difference, found.p_value) == (1.0, 0.001)
    assert (found.won, found.lost, found.equal, found.identities) == (20, 0, 0, 20)
    assert (found.low, found.high) == (1.0, 1.0)


def test_ties_count_as_at_least_as_large():
    # One person differs: both signs give the same sum, so every pattern reaches it.
    first = np.zeros(20)
    first[3] = 0.3
    assert difference(ground_truth(20), first, np.zeros(20)).p_value == 1.0


def test_equal_submissions_do_not_differ():
    found = difference(ground_truth(20), np.full(20, 0.3), np.full(20, 0.3))
    assert (found.difference, found.p_value, found.low, found.high) == (0.0, 1.0, 0.0, 0.0)


def test_exchanging_the_entries_changes_signs_alone():
    draw = np.random.default_rng(3)
    annotations = ground_truth(30, queries=3, seed=4)
    first, second = draw.random((2, n_queries(annotations)))
    one, other = difference(annotations, first, second), difference(annotations, second, first)
    assert (one.p_value, one.won, one.low) == (other.p_value, other.lost, -other.high)
    assert one.difference == -other.difference


def test_a_person_has_one_sign_for_all_tracks():
    # The first is better in one track by what it is worse in the other: with signs per track it would often be beaten.
    annotations = ground_truth(20, tracks=("a", "b"))
    first = np.concatenate([np.ones(20), np.zeros(20)])
    assert difference(annotations, first, 1 - first, metric="rank-1").p_value == 1.0


def test_micro_and_macro():
    annotations = ground_truth(25, tracks=("a", "b"), queries=4, seed=7)
    counts = [len(annotations.manifest.queries(track)) for track in ("a", "b")]
    first = np.concatenate([np.ones(counts[0]), np.zeros(counts[1])])
    nothing = np.zeros_like(first)
    assert difference(annotations, first, nothing).first == counts[0] / sum(counts)
    assert difference(annotations, first, nothing, protocol=Protocol(aggregate="macro")).first == 0.5


def test_the_interval_is_that_of_the_paired_differences():
    draw = np.random.default_rng(1)
    annotations = ground_truth(24)
    first, second = draw.random((2, 24))
    found = difference(annotations, first, second)
    apart = first - second
    half = t_quantile(23) * math.sqrt(np.var(apart, ddof=1) / 24)
    assert (found.low, found.high) == pytest.approx((apart.mean() - half, apart.mean() + half))


def test_fewer_than_twenty_identities_have_neither_test_nor_interval():
    found = difference(ground_truth(19), np.ones(19), np.zeros(19))
    assert (found.p_value, found.low, found.high, found.difference) == (None, None, None, 1.0)


def test_the_split_counts_its_own_people():
    annotations = ground_truth(60, private=range(25))
    first = np.where(np.arange(60) < 25, 1.0, 0.0)
    found = {split: difference(annotations, first, np.zeros(60), split=split) for split in ("public", "private", "all")}
    assert [(one.first, one.identities) for one in found.values()] == [(0.0, 35), (1.0, 25), (25 / 60, 60)]


def test_the_parquet_gives_what_the_result_gives():
    rows = random_set(6, identities=30)
    result = score(rows, ranking_csv(random_answers(rows, 1)))
    file = io.BytesIO()
    result.write_per_query(file)
    names = {"annotations_sha256": result.annotations_sha256, "protocol_hash": result.protocol_hash}
    read = Entry.read(io.BytesIO(file.getvalue()), **names)
    for metric in ("rank-1", "rank-10", "mAP", "mINP"):
        assert read.values(metric).tolist() == Entry.of(result).values(metric).tolist()


def test_what_cannot_be_compared_is_refused():
    annotations = ground_truth(20)
    good = entry(annotations, np.ones(20))
    other_rows = entry(ground_truth(21), np.ones(21)).columns

    def code(second, **change):
        options = {"annotations": annotations, "protocol": Protocol(), "metric": "mAP", "split": "all"} | change
        with pytest.raises(ComparisonError) as error:
            compare(good, second, **options)
        return error.value.code

    assert code(dataclasses.replace(good, annotations_sha256="0")) == "other_ground_truth"
    assert code(dataclasses.replace(good, protocol_hash="0")) == "other_protocol"
    assert code(dataclasses.replace(good, columns=other_rows)) == "other_queries"
    assert code(entry(annotations, np.ones(20), valid=np.arange(20) > 0)) == "other_queries"
    assert code(good, metric="TPR@FPR") == "unknown_metric"
    assert code(good, metric="rank-3") == "unknown_metric"
    assert code(good, split="test") == "unknown_split"
    assert code(good, split="private") == "no_queries"


def test_cut_rankings_have_no_full_average_precision():
    annotations = ground_truth(20)
    cut = entry(annotations, np.ones(20))
    cut = dataclasses.replace(cut, columns={**cut.columns, "found": np.zeros(20, dtype=np.int64)})
    options = {"annotations": annotations, "protocol": Protocol(), "split": "all"}
    assert compare(cut, cut, metric="mAP@10", **options).first == 1.0
    with pytest.raises(ComparisonError, match="mAP"):
        compare(cut, cut, metric="mAP", **options)


def test_a_broken_table_is_refused():
    with pytest.raises(ComparisonError, match="cannot be read"):
        Entry.read(io.BytesIO(b"PAR1 but no table"), annotations_sha256="", protocol_hash="")
