"""Choose the images of every batch: at random, by identity (PK), across cameras, for each camera, or once per epoch.

An epoch is n_train // batch batches whatever the sampler, as fast-reid counts it, unless the recipe gives a number or the
sampler itself fixes it (once per epoch). What an epoch holds depends on the seed and its number alone, so that a resumed
run needs no state. The identity samplers draw in passes over the identities that run on over the ends of epochs, as
upstream's endless stream does: pass number j has its own random stream, made from (seed, j).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baselines.data.training_set import TrainingSet
from baselines.images import DataError, first_few

Integers = NDArray[np.int64]


class Sampler(Protocol):
    """Give the batches of an epoch."""

    @property
    def batches_per_epoch(self) -> int:
        """Return the number of iterations of an epoch."""
        ...

    def epoch(self, number: int) -> Integers:
        """Return the images of epoch `number` (0, 1, ...), int64 (batches_per_epoch, batch), indices into the set."""
        ...


@dataclass
class Stream:
    """Cut an endless stream of batches, drawn pass by pass, into epochs.

    `draw(generator)` yields the batches of one pass. Epochs asked for in order cost one pass each; another order starts
    again from the first pass.
    """

    draw: Callable[[np.random.Generator], Iterator[Integers]]
    batches_per_epoch: int
    seed: int
    _next: int = 0
    _batches: Iterator[Integers] = field(init=False)

    def __post_init__(self) -> None:
        self._batches = self._endless()

    def epoch(self, number: int) -> Integers:
        """Return the batches of one epoch, int64 (batches_per_epoch, batch)."""
        if number != self._next:
            self._batches, self._next = self._endless(), number
            skipped = number * self.batches_per_epoch
            next(islice(self._batches, skipped, skipped), None)
        self._next += 1
        return np.stack(list(islice(self._batches, self.batches_per_epoch)))

    def _endless(self) -> Iterator[Integers]:
        number = 0
        while True:
            yield from self.draw(_generator(self.seed, number))
            number += 1


@dataclass(frozen=True)
class Single:
    """Draw each epoch for itself: `draw(generator)` returns its batches, int64 (batches_per_epoch, batch)."""

    draw: Callable[[np.random.Generator], Integers]
    batches_per_epoch: int
    seed: int

    def epoch(self, number: int) -> Integers:
        """Return the batches of one epoch, int64 (batches_per_epoch, batch)."""
        return self.draw(_generator(self.seed, number))


def build_sampler(table: Mapping[str, Any], *, training_set: TrainingSet, seed: int) -> Sampler:
    """Return the sampler that a recipe's `[train] sampler` asks for.

    Keys
    ----
    kind : random, pk, pk_cross_camera, pk_per_camera or once_per_epoch
    p, k : identities in a batch and images of each (of each camera with pk_per_camera); not for random
    batch : images in a batch; only random needs it, elsewhere it must agree with p and k
    iters_per_epoch : "n_train_div_batch" (the default) or a number
    missing_camera : "error" (the default) or "other": what the camera samplers do with an identity that lacks a camera

    Raises
    ------
    DataError if no identity has two images, if there are fewer than `p` identities or fewer images than a batch, or if
    an identity lacks a camera that the sampler needs.
    """
    kind = table["kind"]
    if kind not in SAMPLERS:
        raise ValueError(f'unknown sampler "{kind}" (there are {", ".join(SAMPLERS)})')
    if kind != "random":
        _check_identities(training_set, p=table["p"])
    return SAMPLERS[kind](table, training_set, seed)


def _random(table: Mapping[str, Any], training_set: TrainingSet, seed: int) -> Sampler:
    """Shuffle all images and drop what does not fill a batch [layumi train.py]."""
    size, batch = len(training_set), table["batch"]
    batches = _epoch_length(table, training_set, batch)

    def one_pass(generator: np.random.Generator) -> Iterator[Integers]:
        order = generator.permutation(size)[: size // batch * batch]
        yield from order.reshape(-1, batch)

    return Stream(one_pass, batches, seed)


def _pk(table: Mapping[str, Any], training_set: TrainingSet, seed: int) -> Sampler:
    """Draw P identities and K images of each, every image at most once a pass [fast-reid NaiveIdentitySampler].

    Each identity's images are shuffled. P identities are drawn without replacement and give K images each; one with
    fewer than K left leaves, and the pass ends when fewer than P are left. An identity that has fewer than K images
    gives K draws with replacement.
    """
    p, k = table["p"], table["k"]
    images = _by_identity(training_set)

    def one_pass(generator: np.random.Generator) -> Iterator[Integers]:
        groups = [_groups(own, k, generator) for own in images]
        left = np.array([len(group) for group in groups])
        there = np.arange(len(images))
        while len(there) >= p:
            chosen = generator.choice(there, p, replace=False)
            yield np.concatenate([groups[one][left[one] - 1] for one in chosen])
            left[chosen] -= 1
            there = there[left[there] > 0]

    return Stream(one_pass, _epoch_length(table, training_set, _product(table, p * k)), seed)


def _pk_cross_camera(table: Mapping[str, Any], training_set: TrainingSet, seed: int) -> Sampler:
    """Draw P identities, one image of each, and K - 1 of its other cameras [fast-reid BalancedIdentitySampler].

    A pass takes all identities in random order and drops those that do not fill a batch. The K - 1 images are drawn
    without replacement if there are at least K to draw from, as upstream has it, else with replacement. With
    `missing_camera = "other"` an identity of one camera gives other images of that camera, or its only image K times,
    as upstream does.
    """
    p, k = table["p"], table["k"]
    images = _by_identity(training_set)
    cameras = training_set.cameras
    single = [label for label, own in enumerate(images) if len(set(cameras[own].tolist())) == 1]
    if single and table.get("missing_camera", "error") == "error":
        raise DataError(f"identities seen by one camera only: {_named(training_set, single)}; {_CAMERA_HINT}")

    def one_pass(generator: np.random.Generator) -> Iterator[Integers]:
        order = generator.permutation(len(images))
        for start in range(0, len(order) // p * p, p):
            parts = []
            for label in order[start : start + p]:
                own = images[label]
                first = generator.choice(own)
                others = own[cameras[own] != cameras[first]]
                pool = others if len(others) else own[own != first] if len(own) > 1 else own
                parts += [[first], generator.choice(pool, k - 1, replace=len(pool) < k)]
            yield np.concatenate(parts)

    return Stream(one_pass, _epoch_length(table, training_set, _product(table, p * k)), seed)


def _pk_per_camera(table: Mapping[str, Any], training_set: TrainingSet, seed: int) -> Sampler:
    """Draw P identities and K images of each from every camera: a batch is P x cameras x K [S003 A.3, A.5].

    A pass takes all identities in random order and drops those that do not fill a batch; images are drawn without
    replacement where a camera has K of the identity. The paper leaves open what an identity without one of the
    cameras gives; `missing_camera = "other"` draws that camera's share from all its images.
    """
    p, k = table["p"], table["k"]
    cells = [
        [own[training_set.cameras[own] == camera] for camera in range(len(training_set.camids))]
        for own in _by_identity(training_set)
    ]
    lacking = [
        f"{training_set.pids[label]} (no {training_set.camids[camera]})"
        for label, row in enumerate(cells)
        for camera, cell in enumerate(row)
        if not len(cell)
    ]
    if lacking and table.get("missing_camera", "error") == "error":
        raise DataError(f"identities without a camera that the sampler needs: {first_few(lacking)}; {_CAMERA_HINT}")
    cells = [[cell if len(cell) else np.concatenate(row) for cell in row] for row in cells]

    def one_pass(generator: np.random.Generator) -> Iterator[Integers]:
        order = generator.permutation(len(cells))
        for start in range(0, len(order) // p * p, p):
            chosen = order[start : start + p]
            yield np.concatenate([_draw(cell, k, generator) for label in chosen for cell in cells[label]])

    batch = _product(table, p * k * len(training_set.camids))
    return Stream(one_pass, _epoch_length(table, training_set, batch), seed)


def _once_per_epoch(table: Mapping[str, Any], training_set: TrainingSet, seed: int) -> Sampler:
    """Use each image at most once an epoch, in groups of K of P different identities [centroids-reid].

    Each identity's shuffled images are cut into groups of K; what is left over waits for another epoch, and an identity
    of fewer than K images gives one group drawn with replacement (upstream pads it with masked dummies). An epoch is as
    many batches as can be filled with P different identities; it is fixed by the sizes of the identities alone.
    """
    p, k = table["p"], table["k"]
    _product(table, p * k)
    images = _by_identity(training_set)
    counts = np.array([max(1, len(own) // k) for own in images])
    batches = _most_batches(counts, p)

    def epoch(generator: np.random.Generator) -> Integers:
        groups = [_groups(own, k, generator) for own in images]
        left = _thinned(np.minimum(counts, batches), p * batches, generator)
        rows = []
        for still in range(batches, 0, -1):
            # An identity with a group for every batch still to come must be in this one, or it could not be used up.
            must = np.flatnonzero(left == still)
            may = np.flatnonzero((left > 0) & (left < still))
            chosen = generator.permutation(np.concatenate([must, generator.choice(may, p - len(must), replace=False)]))
            rows.append(np.concatenate([groups[one][left[one] - 1] for one in chosen]))
            left[chosen] -= 1
        return np.stack(rows)

    return Single(epoch, batches, seed)


SAMPLERS: Mapping[str, Callable[[Mapping[str, Any], TrainingSet, int], Sampler]] = {
    "random": _random,
    "pk": _pk,
    "pk_cross_camera": _pk_cross_camera,
    "pk_per_camera": _pk_per_camera,
    "once_per_epoch": _once_per_epoch,
}

_CAMERA_HINT = 'leave them out, or set missing_camera = "other"'


def _generator(seed: int, number: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, number))))


def _by_identity(training_set: TrainingSet) -> list[Integers]:
    """Return each identity's images in the order of the set."""
    order = np.argsort(training_set.labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(training_set.labels))[:-1])


def _groups(own: Integers, k: int, generator: np.random.Generator) -> Integers:
    """Return an identity's shuffled images in groups of K, (groups, k); what does not fill a group is left out."""
    if len(own) < k:
        return generator.choice(own, k, replace=True)[None]
    return generator.permutation(own)[: len(own) // k * k].reshape(-1, k)


def _draw(pool: Integers, number: int, generator: np.random.Generator) -> Integers:
    return generator.choice(pool, number, replace=len(pool) < number)


def _most_batches(counts: Integers, p: int) -> int:
    """Return the most batches of P different identities that these numbers of groups can fill."""
    batches = int(counts.sum()) // p
    while np.minimum(counts, batches).sum() < p * batches:
        batches = int(np.minimum(counts, batches).sum()) // p
    return batches


def _thinned(counts: Integers, total: int, generator: np.random.Generator) -> Integers:
    """Leave out groups at random until `total` are left."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return np.bincount(generator.choice(owners, total, replace=False), minlength=len(counts))


def _epoch_length(table: Mapping[str, Any], training_set: TrainingSet, batch: int) -> int:
    if len(training_set) < batch:
        raise DataError(f"the training set has {len(training_set):,} images, fewer than one batch of {batch:,}")
    asked = table.get("iters_per_epoch", "n_train_div_batch")
    return len(training_set) // batch if asked == "n_train_div_batch" else int(asked)


def _product(table: Mapping[str, Any], batch: int) -> int:
    if table.get("batch", batch) != batch:
        raise ValueError(f"the sampler's batch is {table['batch']}, but p and k make {batch}")
    return batch


def _check_identities(training_set: TrainingSet, *, p: int) -> None:
    counts = np.bincount(training_set.labels)
    if len(counts) < p:
        raise DataError(f"the training set has {len(counts):,} identities, fewer than the {p:,} of one batch")
    if counts.max() == 1:
        named = _named(training_set, range(len(counts)))
        raise DataError(
            f"every identity has one image only, so none has a positive: {named}; give at least two of each"
        )


def _named(training_set: TrainingSet, labels: Iterable[int]) -> str:
    return first_few([training_set.pids[label] for label in labels])
