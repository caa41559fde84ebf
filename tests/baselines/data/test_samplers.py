"""Samplers against their descriptions (reference: fast-reid, layumi, centroids-reid, BENTO)."""

from collections import Counter

import numpy as np
import pytest

from baselines.data import build_sampler
from baselines.images import DataError
from tests.baselines.data.sets import training_set

UNEVEN = training_set([9, 4, 7, 12, 5, 8, 3, 6, 10, 4])
TABLES = [
    {"kind": "random", "batch": 8},
    {"kind": "pk", "p": 4, "k": 4},
    {"kind": "pk_cross_camera", "p": 4, "k": 3},
    {"kind": "pk_per_camera", "p": 2, "k": 2},
    {"kind": "once_per_epoch", "p": 3, "k": 4},
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["kind"])
def test_epochs_depend_on_seed_and_number_alone(table: dict) -> None:
    in_order = build_sampler(table, training_set=UNEVEN, seed=3)
    epochs = [in_order.epoch(number) for number in range(4)]

    resumed = build_sampler(table, training_set=UNEVEN, seed=3)

    assert np.array_equal(resumed.epoch(3), epochs[3])
    assert np.array_equal(resumed.epoch(1), epochs[1])
    assert not np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(build_sampler(table, training_set=UNEVEN, seed=4).epoch(0), epochs[0])


@pytest.mark.parametrize("table", TABLES[:4], ids=lambda table: table["kind"])
def test_an_epoch_is_the_number_of_images_over_the_batch(table: dict) -> None:
    sampler = build_sampler(table, training_set=UNEVEN, seed=0)
    batch = {"random": 8, "pk": 16, "pk_cross_camera": 12, "pk_per_camera": 12}[table["kind"]]

    assert sampler.batches_per_epoch == len(UNEVEN) // batch
    assert sampler.epoch(0).shape == (len(UNEVEN) // batch, batch)
    assert sampler.epoch(0).dtype == np.int64


def test_an_epoch_may_be_given_in_iterations() -> None:
    sampler = build_sampler({"kind": "pk", "p": 2, "k": 2, "iters_per_epoch": 100}, training_set=UNEVEN, seed=0)

    assert sampler.epoch(0).shape == (100, 4)


def test_random_takes_each_image_at_most_once_a_pass() -> None:
    sampler = build_sampler({"kind": "random", "batch": 16}, training_set=UNEVEN, seed=0)
    batches = np.concatenate([sampler.epoch(number) for number in range(3)])

    for one_pass in batches.reshape(3, -1):
        assert len(set(one_pass)) == len(one_pass)
    assert len(set(batches.reshape(-1))) > len(UNEVEN) * 0.9


def naive_pass(labels: np.ndarray, p: int, k: int, pop: list[list[int]]) -> int:
    """Walk one pass of fast-reid's naive sampler over given batches; return how many batches it holds.

    `pop` is the batches as identities. The rules: P different identities that still have images; K images of each
    leave; an identity with fewer than K left leaves; the pass ends when fewer than P identities are left.
    """
    left = Counter(labels.tolist())
    there = set(left)
    for number, identities in enumerate(pop):
        if len(there) < p:
            return number
        assert len(identities) == p
        assert set(identities) <= there
        for label in identities:
            left[label] -= k
            if left[label] < k:
                there.remove(label)
    return len(pop)


def test_pk_keeps_the_rules_of_the_naive_identity_sampler() -> None:
    p, k = 4, 4
    sampler = build_sampler({"kind": "pk", "p": p, "k": k, "iters_per_epoch": 60}, training_set=UNEVEN, seed=1)
    batches = sampler.epoch(0)
    identities = [list(dict.fromkeys(UNEVEN.labels[batch].tolist())) for batch in batches]

    start = passes = 0
    while start < len(batches):
        length = naive_pass(UNEVEN.labels, p, k, identities[start:])
        enough = np.isin(
            UNEVEN.labels[batches[start : start + length]], np.flatnonzero(np.bincount(UNEVEN.labels) >= k)
        )
        used = batches[start : start + length][enough]
        assert len(set(used)) == len(used), "an image came twice in a pass"
        start, passes = start + length, passes + 1
    assert passes > 10
    assert all(
        (UNEVEN.labels[batch].reshape(p, k) == UNEVEN.labels[batch].reshape(p, k)[:, :1]).all() for batch in batches
    )


def test_pk_draws_every_identity_and_image_alike() -> None:
    even = training_set([6] * 12)
    sampler = build_sampler({"kind": "pk", "p": 3, "k": 2, "iters_per_epoch": 2000}, training_set=even, seed=2)

    counts = np.bincount(sampler.epoch(0).reshape(-1), minlength=72)

    # Without replacement the spread is below that of independent draws: 5 standard deviations of a binomial.
    assert np.abs(counts - 12000 / 72).max() < 5 * np.sqrt(12000 / 72)


def test_pk_repeats_images_of_an_identity_that_has_too_few() -> None:
    few = training_set([1, 8, 8])
    batch = build_sampler({"kind": "pk", "p": 3, "k": 4}, training_set=few, seed=0).epoch(0)[0]

    assert (batch == 0).sum() == 4


def test_cross_camera_takes_one_image_and_the_rest_from_other_cameras() -> None:
    table = {"kind": "pk_cross_camera", "p": 5, "k": 3, "iters_per_epoch": 40}
    batches = build_sampler(table, training_set=UNEVEN, seed=0).epoch(0)

    for pair in batches.reshape(20, 10, 3):
        # A pass is all ten identities, each once.
        assert sorted(UNEVEN.labels[pair[:, 0]].tolist()) == list(range(10))
    groups = batches.reshape(-1, 3)
    assert (UNEVEN.labels[groups] == UNEVEN.labels[groups[:, :1]]).all()
    assert (UNEVEN.cameras[groups[:, 1:]] != UNEVEN.cameras[groups[:, :1]]).all()
    large = np.bincount(UNEVEN.labels)[UNEVEN.labels[groups[:, 0]]] >= 8
    # Others are drawn without replacement where there are at least K of them.
    assert (groups[large, 1] != groups[large, 2]).all()


def test_per_camera_takes_k_images_of_every_camera() -> None:
    table = {"kind": "pk_per_camera", "p": 5, "k": 2, "iters_per_epoch": 20}
    batches = build_sampler(table, training_set=training_set([9] * 10), seed=0).epoch(0).reshape(20, 5, 3, 2)
    whole = training_set([9] * 10)

    assert (whole.cameras[batches] == np.arange(3)[None, None, :, None]).all()
    assert (whole.labels[batches] == whole.labels[batches[:, :, :1, :1]]).all()
    assert (batches[..., 0] != batches[..., 1]).all()


def test_once_per_epoch_uses_each_image_at_most_once_and_nearly_all() -> None:
    uneven = training_set([16, 9, 4, 4, 8, 12, 5, 7, 2])
    sampler = build_sampler({"kind": "once_per_epoch", "p": 3, "k": 4}, training_set=uneven, seed=0)
    groups = [4, 2, 1, 1, 2, 3, 1, 1, 1]

    assert sampler.batches_per_epoch == sum(groups) // 3
    for number in range(20):
        batches = sampler.epoch(number)
        assert batches.shape == (5, 12)
        used = batches[uneven.labels[batches] != 8]
        assert len(set(used)) == len(used)
        assert all(len(set(uneven.labels[batch])) == 3 for batch in batches)


def test_once_per_epoch_is_bounded_by_the_largest_identity() -> None:
    lopsided = training_set([400, 4, 4, 4])
    sampler = build_sampler({"kind": "once_per_epoch", "p": 2, "k": 4}, training_set=lopsided, seed=0)

    assert sampler.batches_per_epoch == 3
    assert all(len(set(lopsided.labels[batch])) == 2 for batch in sampler.epoch(0))


@pytest.mark.parametrize("kind", ["pk", "pk_cross_camera", "pk_per_camera", "once_per_epoch"])
def test_one_image_of_every_identity_is_an_error(kind: str) -> None:
    with pytest.raises(DataError, match=r"one image only.*person0, person1"):
        build_sampler({"kind": kind, "p": 2, "k": 2}, training_set=training_set([1] * 8), seed=0)


def test_fewer_identities_than_a_batch_wants_is_an_error() -> None:
    with pytest.raises(DataError, match="3 identities, fewer than the 4"):
        build_sampler({"kind": "pk", "p": 4, "k": 2}, training_set=training_set([9] * 3), seed=0)


def test_fewer_images_than_a_batch_is_an_error() -> None:
    with pytest.raises(DataError, match="12 images, fewer than one batch of 16"):
        build_sampler({"kind": "random", "batch": 16}, training_set=training_set([4, 4, 4]), seed=0)


def test_identity_without_the_needed_camera_is_named() -> None:
    lacking = training_set([4, 3, 4], [0, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1])

    with pytest.raises(DataError, match="one camera only: person1;"):
        build_sampler({"kind": "pk_cross_camera", "p": 2, "k": 2}, training_set=lacking, seed=0)
    with pytest.raises(DataError, match=r"person1 \(no camera0\);"):
        build_sampler({"kind": "pk_per_camera", "p": 2, "k": 2}, training_set=lacking, seed=0)


def test_missing_cameras_may_be_filled_from_others() -> None:
    lacking = training_set([4, 3, 4], [0, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1])
    across = {"kind": "pk_cross_camera", "p": 3, "k": 3, "missing_camera": "other"}
    each = {"kind": "pk_per_camera", "p": 2, "k": 1, "missing_camera": "other", "iters_per_epoch": 30}

    batch = build_sampler(across, training_set=lacking, seed=0).epoch(0)[0].reshape(3, 3)
    (own,) = [group for group in batch if lacking.labels[group[0]] == 1]
    assert (lacking.labels[own] == 1).all()
    assert (own[1:] != own[0]).all()
    filled = build_sampler(each, training_set=lacking, seed=0).epoch(0)
    assert {4, 5, 6} <= set(filled.reshape(-1))


def test_batch_must_agree_with_p_and_k() -> None:
    with pytest.raises(ValueError, match="batch is 32, but p and k make 16"):
        build_sampler({"kind": "pk", "p": 4, "k": 4, "batch": 32}, training_set=UNEVEN, seed=0)


def test_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match='unknown sampler "kp"'):
        build_sampler({"kind": "kp"}, training_set=UNEVEN, seed=0)
