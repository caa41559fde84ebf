"""The population of AG-Synth: rendered persons before a drone, CCTV cameras and a wearable camera."""

from __future__ import annotations

from typing import Final

from challenges.synth.annotations import HIDDEN_COLUMNS
from challenges.synth.persons_sheet import person_strips
from challenges.synth.persons_text import README
from challenges.synth.plan import TRACKS, plan_persons
from challenges.synth.populations import Population
from challenges.synth.presets import FACTORS, PRESETS
from challenges.synth.sizes import SIZES

GENERATOR_REVISION: Final = 7
"""Raised by the commit that changes any byte of any release."""

PERSONS: Final = Population(
    slug="agsynth",
    revision=GENERATOR_REVISION,
    tracks=tuple(TRACKS),
    presets=tuple(PRESETS),
    sizes=SIZES,
    nuisances=FACTORS,
    columns=HIDDEN_COLUMNS,
    identities=(2, 2_000),
    plan=plan_persons,
    readme=README,
    strips=person_strips,
)
