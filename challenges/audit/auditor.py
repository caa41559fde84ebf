"""Audit the test part of a release: render it, describe it, ask everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from challenges.audit.alone import alone_figures
from challenges.audit.difficulty import difficulty_figures
from challenges.audit.figures import Figure
from challenges.audit.nuisances import nuisance_figures
from challenges.audit.shortcuts import shortcut_figures
from challenges.audit.sights import Progress, TestSet, see
from challenges.audit.subjects import SUBJECTS
from challenges.synth.crew import usual_workers
from challenges.synth.populations import Item, Settings

Measure = Callable[[TestSet], Iterable[Figure]]
MEASURES: tuple[Measure, ...] = (shortcut_figures, difficulty_figures, nuisance_figures)
IDENTITIES = 400
PLAIN = "plain"


@dataclass(frozen=True)
class Audit:
    """Hold the figures of one test part and what it was made from; `population` is the slug of its pack."""

    population: str
    preset: str
    seed: int
    identities: int
    images: int
    figures: tuple[Figure, ...]

    @property
    def passed(self) -> bool:
        """Tell whether every figure that is held against a bar meets it."""
        return all(figure.passed is not False for figure in self.figures)

    def to_mapping(self) -> dict[str, object]:
        """Return the audit as plain JSON values."""
        return {
            "population": self.population,
            "preset": self.preset,
            "seed": self.seed,
            "identities": self.identities,
            "images": self.images,
            "generator_revision": SUBJECTS[self.population].population.revision,
            "passed": self.passed,
            "figures": [figure.to_mapping() for figure in self.figures],
        }


def audit(
    *,
    preset: str,
    seed: int,
    identities: int = IDENTITIES,
    population: str = "agsynth",
    workers: int | None = None,
    alone: int = 0,
    progress: Progress | None = None,
) -> Audit:
    """Render the test part that a release with these settings has, and measure it.

    Parameters
    ----------
    preset, seed, identities, population : as of `challenges.synth.synthesize`, whose small release has this test part.
    workers : processes that render, as many as suit the number of images if left out; no figure depends on it.
    alone : identities of a plain test part on which each nuisance is also studied alone; 0 for none.
    progress : called with (images done, images in all).
    """
    subject = SUBJECTS[population]
    items = items_of(preset=preset, seed=seed, identities=identities, population=population)
    processes = workers or usual_workers(len(items))
    test_set = see(items, subject, workers=processes, progress=progress)
    figures = [figure for measure in MEASURES for figure in measure(test_set)]
    if alone:
        plain = items_of(preset=PLAIN, seed=seed, identities=alone, population=population)
        figures += alone_figures(plain, subject, workers=processes)
    return Audit(population, preset, seed, identities, len(test_set.rows), tuple(figures))


def items_of(*, preset: str, seed: int, identities: int, population: str = "agsynth") -> Sequence[Item]:
    """Return the images of the test part of the release with these settings; SynthesisError names one that is wrong."""
    settings, made = Settings(seed, identities, preset), SUBJECTS[population].population
    made.check(settings)
    return made.plan(made.stream(settings), settings)["test"]
