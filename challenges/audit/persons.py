"""Say what is asked of AG-Synth: persons before a drone and cameras on the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from challenges.audit.subject import BLUR, LIGHT, Ladder, Nuisance, Subject, elevation, occlusion, size
from challenges.synth.attributes import ATTRIBUTE_NAMES
from challenges.synth.persons import PERSONS
from challenges.synth.render import render
from challenges.synth.shot import Shot
from challenges.synth.sites import AERIAL, SITES

SOFT_ATTRIBUTES = (
    "gender", "age", "stature", "build", "skin", "hair_colour", "hairstyle", "beard", "moustache", "glasses", "head",
    "upper", "lower", "feet", "bag",
)  # fmt: skip
"""The fifteen soft attributes of AG-ReID.v2 (Nguyen et al., 2024); colours and patterns of garments are none of them."""
AIR, GROUND = "air", "ground"


def side_of(camid: str) -> str:
    """Return whether a camera is in the air or on the ground."""
    return AIR if SITES[camid].platform == AERIAL else GROUND


def pixels_of(shot: Shot) -> NDArray[np.uint8]:
    """Return the picture of a person."""
    return render(shot).pixels


def _bent(shot: Shot, arms: float) -> Shot:
    return replace(shot, wearer=replace(shot.wearer, pose=replace(shot.wearer.pose, bend_left=arms, bend_right=arms)))


PERSONS_ASKED = Subject(
    population=PERSONS,
    junk=(),  # Queries and gallery of a track share no camera.
    side_of=side_of,
    least_view_gap=0.15,
    attributes=SOFT_ATTRIBUTES,
    more_attributes=tuple(name for name in ATTRIBUTE_NAMES if name not in SOFT_ATTRIBUTES),
    more="colours",
    nuisances=(
        # Of the air alone: a ground query from higher up looks more like the gallery, not less.
        Nuisance("elevation", "seen from higher up", True, (AIR,)),
        Nuisance("pixel_height", "fewer pixels", False),
        Nuisance("visible", "less of the body visible", False),
        Nuisance("light", "less light", False),
        Nuisance("blur", "more blur", True),
    ),
    ladders=(
        elevation((24.0, 38.0, 52.0, 66.0, 80.0), AIR),
        size("pixels"),
        occlusion((0.0, 0.2, 0.4, 0.6, 0.75)),
        LIGHT,
        BLUR,
        Ladder("pose", "turns of both arms raised before the body", _bent, (0.0, 0.08, 0.16, 0.24, 0.31)),
    ),
    pixels_of=pixels_of,
)
