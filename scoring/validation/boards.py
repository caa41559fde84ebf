"""Count how often equal systems are told apart: by the test of two, and by the tiers of a board.

All systems of one kind have one mean by construction: each person is easy for one half of them, drawn anew for every
system, and hard for the other, by the same factor. So two such systems are better on different halves of the people, and
exchanging them changes no probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.comparison.draws import seed_of
from scoring.comparison.entries import Entry, lay_ground
from scoring.comparison.influence import influence_of
from scoring.comparison.sign_flip import difference_on
from scoring.comparison.tiers import tiers_of
from scoring.validation.engine import METRICS, PROTOCOL, score_embeddings
from scoring.validation.population import NOISE, Sample, draw_sample, embed, generator
from scoring.validation.shares import Share

#: A person's noise is this much larger or smaller for a system.
FACTOR: Final = 1.25
#: Systems that are worse than the equal ones: noise as a multiple.
WORSE: Final = (1.05, 1.1, 1.2, 1.4)
EQUAL: Final = 4
LEVEL: Final = 0.05
MOST_FALSE_POSITIVES: Final = 0.06
MOST_DEMOTIONS: Final = 0.05
#: Draws of signs and resamples in simulations: fewer than in use, since each replicate has its own.
DRAWS: Final = 999
_PURPOSES: Final = {"test": 2, "tiers": 3}


@dataclass(frozen=True)
class Counted:
    """Hold what was counted for one metric in one cell; `other` is shown and not judged."""

    identities: int
    level: float
    metric: str
    share: Share
    other: Share


def false_positives(identities: int, level: float, *, replicates: int, seed: int) -> list[Counted]:
    """Test two equal systems and count p ≤ 5 %; beside it, tests of a system against one with 1.1 times its noise."""
    equal, worse = dict.fromkeys(METRICS, 0), dict.fromkeys(METRICS, 0)
    for replicate in range(replicates):
        draw = generator(seed, _PURPOSES["test"], identities, round(1000 * level), replicate)
        sample = draw_sample(draw, identities, name=f"test {seed} {replicate}")
        entries = [_system(draw, sample, NOISE[identities][level] * factor) for factor in (1.0, 1.0, WORSE[1])]
        ground = lay_ground(sample.annotations, PROTOCOL, entries)
        for metric in METRICS:
            for counts, other in ((equal, 1), (worse, 2)):
                found = difference_on(ground, entries[0], entries[other], metric=metric, split="all", replicates=DRAWS)
                counts[metric] += found.p_value is not None and found.p_value <= LEVEL
    return [
        Counted(
            identities,
            level,
            metric,
            Share(equal[metric], replicates, most=MOST_FALSE_POSITIVES),
            Share(worse[metric], replicates),
        )
        for metric in METRICS
    ]


def demotions(identities: int, level: float, *, replicates: int, seed: int) -> list[Counted]:
    """Sort boards of four equal and four worse systems, and count those that demote an equal one.

    Notes
    -----
    An equal entry is demoted when it is not in the first tier. Beside it, boards of the four equal entries alone: there
    the best and the worst of them are drawn apart by nothing but chance.
    """
    board, alone = dict.fromkeys(METRICS, 0), dict.fromkeys(METRICS, 0)
    factors = (1.0,) * EQUAL + WORSE
    for replicate in range(replicates):
        draw = generator(seed, _PURPOSES["tiers"], identities, round(1000 * level), replicate)
        sample = draw_sample(draw, identities, name=f"tiers {seed} {replicate}")
        entries = [_system(draw, sample, NOISE[identities][level] * factor) for factor in factors]
        for metric in METRICS:
            board[metric] += _is_demoted(sample, entries, metric)
            alone[metric] += _is_demoted(sample, entries[:EQUAL], metric)
    return [
        Counted(
            identities,
            level,
            metric,
            Share(board[metric], replicates, most=MOST_DEMOTIONS),
            Share(alone[metric], replicates, most=MOST_DEMOTIONS),
        )
        for metric in METRICS
    ]


def _system(draw: np.random.Generator, sample: Sample, noise: float) -> Entry:
    """Embed and score a test set by a system that finds a half of the people easier and the other harder."""
    side = draw.integers(0, 2, size=len(sample.centres))
    return score_embeddings(sample, embed(draw, sample, noise * np.where(side > 0, FACTOR, 1.0 / FACTOR))).entry


def _is_demoted(sample: Sample, entries: list[Entry], metric: str) -> bool:
    ground = lay_ground(sample.annotations, PROTOCOL, entries)
    found = influence_of(entries, ground, metric=metric, counted=ground.counted)
    seed = seed_of(ground.annotations_sha256, ground.protocol_hash, "tiers")
    sorted_board = tiers_of(found, seed=seed, resamples=DRAWS)
    return sorted_board.tiers is not None and max(sorted_board.tiers[:EQUAL]) > 1
