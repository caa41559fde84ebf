"""List the populations by the slug of the pack that each fills."""

from __future__ import annotations

from collections.abc import Mapping

from challenges.synth.persons import PERSONS
from challenges.synth.populations import Population
from challenges.synth.vehicles.traffic import VEHICLES

POPULATIONS: Mapping[str, Population] = {population.slug: population for population in (PERSONS, VEHICLES)}
