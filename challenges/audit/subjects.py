"""List what is asked of each population that can be audited, by the slug of its pack."""

from __future__ import annotations

from collections.abc import Mapping

from challenges.audit.persons import PERSONS_ASKED
from challenges.audit.subject import Subject
from challenges.audit.vehicles import VEHICLES_ASKED

SUBJECTS: Mapping[str, Subject] = {asked.population.slug: asked for asked in (PERSONS_ASKED, VEHICLES_ASKED)}
