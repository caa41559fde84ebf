"""Say what is asked of AG-Synth Vehicles, and what is not: both sides of a search are drones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from challenges.audit.subject import BLUR, LIGHT, Ladder, Nuisance, Subject, elevation, occlusion, size
from challenges.synth.vehicles.attributes import ATTRIBUTE_NAMES
from challenges.synth.vehicles.render import render
from challenges.synth.vehicles.shot import Shot
from challenges.synth.vehicles.traffic import VEHICLES


def pixels_of(shot: Shot) -> NDArray[np.uint8]:
    """Return the picture of a vehicle."""
    return render(shot).pixels


VEHICLES_ASKED = Subject(
    population=VEHICLES,
    junk=(("pid", "camid"),),
    side_of=str,  # Every drone is a side of its own.
    # Left out: what the view must cost. A drone's own tracklets see a vehicle from all round as well.
    least_view_gap=None,
    attributes=ATTRIBUTE_NAMES,
    more_attributes=("model",),
    more="models",
    nuisances=(
        # Left out: elevation. The gallery hangs as high as the query; neither a steep nor a flat view is harder of itself.
        Nuisance("pixel_size", "fewer pixels", False),
        Nuisance("visible", "less of the vehicle visible", False),
        Nuisance("light", "less light", False),
        Nuisance("blur", "more blur", True),
    ),
    ladders=(
        # Plain galleries are seen at 55 degrees and from one side, so these steps go away from what is listed.
        elevation((55.0, 63.0, 71.0, 79.0, 87.0)),
        size("scale"),
        occlusion((0.0, 0.15, 0.3, 0.45, 0.6)),
        LIGHT,
        BLUR,
        Ladder(
            "viewpoint",
            "turns round the vehicle",
            lambda shot, to: replace(shot, azimuth=(shot.azimuth + to) % 1.0),
            (0.0, 0.06, 0.12, 0.18, 0.25),
        ),
    ),
    pixels_of=pixels_of,
)
