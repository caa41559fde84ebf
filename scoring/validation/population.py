"""Draw test sets from an endless population of people, and systems that embed them.

A person is a point of a normal distribution in a few dimensions; an image lies around it at the person's own distance:
some people are hard for every system, and all are each other's distractors. Each person has 1 to 6 queries and 1 to 6
gallery images, so that queries of one person depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.annotations import Annotations, Column
from scoring.manifest import Manifest

DIMENSIONS: Final = 8
MAX_IMAGES: Final = 6
#: Spread of the logarithm of people's difficulty.
DIFFICULTY: Final = 0.4
#: Share of an image's deviation that all systems have in common: what is hard to see is hard for everyone.
COMMON: Final = 0.5
TRACK: Final = "simulated"

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Noise at which rank-1 is about the level, by number of identities; found by bisection.
NOISE: Final[dict[int, dict[float, float]]] = {
    50: {0.5: 0.713, 0.85: 0.375, 0.97: 0.230, 0.99: 0.178},
    200: {0.5: 0.544, 0.85: 0.295, 0.97: 0.185, 0.99: 0.143},
    808: {0.5: 0.434, 0.85: 0.242, 0.97: 0.156, 0.99: 0.120},
}


@dataclass(frozen=True)
class Sample:
    """Hold the people of one test set and their images.

    Attributes
    ----------
    annotations : Annotations
        One track, everything public.
    person : int64 array of shape (n_images,)
        Queries first.
    n_queries : int
    centres : float64 array of shape (n_identities, DIMENSIONS)
    common : float64 array of shape (n_images, DIMENSIONS)
        The part of the images' deviations that all systems share, of unit variance.
    difficulty : float64 array of shape (n_identities,)
    """

    annotations: Annotations
    person: IntArray
    n_queries: int
    centres: FloatArray
    common: FloatArray
    difficulty: FloatArray


@dataclass(frozen=True)
class Embeddings:
    """Hold a system's embeddings of queries, (n_queries, DIMENSIONS), and gallery, (n_items, DIMENSIONS)."""

    queries: FloatArray
    gallery: FloatArray


def generator(*numbers: int) -> np.random.Generator:
    """Return the random numbers of one replicate: they depend on nothing that was drawn before."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(numbers)))


def draw_sample(draw: np.random.Generator, identities: int, *, name: str) -> Sample:
    """Draw a test set; its name stands for its hash, so that every test set has signs and resamples of its own."""
    queries, items = draw.integers(1, MAX_IMAGES + 1, size=(2, identities))
    people = np.arange(identities)
    person = np.concatenate([np.repeat(people, queries), np.repeat(people, items)])
    return Sample(
        annotations=_annotations(person, int(queries.sum()), identities, name),
        person=person,
        n_queries=int(queries.sum()),
        centres=draw.standard_normal((identities, DIMENSIONS)),
        common=draw.standard_normal((len(person), DIMENSIONS)),
        difficulty=np.exp(DIFFICULTY * draw.standard_normal(identities)),
    )


def embed(draw: np.random.Generator, sample: Sample, noise: float | FloatArray) -> Embeddings:
    """Embed a test set by a new system.

    Parameters
    ----------
    noise : float or float64 array of shape (n_identities,)
        How far the images of a person of usual difficulty lie from it.
    """
    own = draw.standard_normal(sample.common.shape)
    deviation = np.sqrt(COMMON) * sample.common + np.sqrt(1.0 - COMMON) * own
    scale = (sample.difficulty * noise)[sample.person]
    images = sample.centres[sample.person] + scale[:, None] * deviation
    return Embeddings(images[: sample.n_queries], images[sample.n_queries :])


def _annotations(person: IntArray, n_queries: int, identities: int, name: str) -> Annotations:
    images, rows = tuple(map(str, range(len(person)))), np.arange(len(person))
    names = tuple(f"p{number:04d}" for number in range(identities))
    is_item = rows >= n_queries
    return Annotations(
        manifest=Manifest({TRACK: images[:n_queries]}, {TRACK: images[n_queries:]}),
        columns={
            "pid": Column(person, names),
            "cluster": Column(person, names),
            "camid": Column(is_item.astype(np.intp), ("query", "gallery")),
            "split": Column(np.zeros(len(person), dtype=np.intp), ("public",)),
        },
        rows={TRACK: {"query": rows[:n_queries], "gallery": rows[n_queries:]}},
        sha256=name,
    )
