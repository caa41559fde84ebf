"""The population of AG-Synth Vehicles: rendered vehicles before pairs of drones."""

from __future__ import annotations

from typing import Final

from challenges.synth.populations import SMALL, Population
from challenges.synth.vehicles.plan import HIDDEN_COLUMNS, TRACK, plan_vehicles
from challenges.synth.vehicles.scenes import FACTORS, PRESETS
from challenges.synth.vehicles.traffic_sheet import vehicle_strips
from challenges.synth.vehicles.traffic_text import README

VEHICLE_REVISION: Final = 2
"""Raised by the commit that changes any byte of any release of vehicles."""

VEHICLES: Final = Population(
    slug="agsynth-vehicles",
    revision=VEHICLE_REVISION,
    tracks=(TRACK,),
    presets=tuple(PRESETS),
    sizes=(SMALL,),
    nuisances=FACTORS,
    columns=HIDDEN_COLUMNS,
    identities=(2, 15_000),
    plan=plan_vehicles,
    readme=README,
    strips=vehicle_strips,
)
"""Vehicles seen from above, with the attributes of VRAI and the viewpoints of UAV-VeID."""
