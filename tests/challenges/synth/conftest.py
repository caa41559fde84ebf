"""A small release and a tiny one, each rendered once a session, and one shot in plain conditions."""

from pathlib import Path

import pytest

from challenges.synth import synthesize
from challenges.synth.attributes import Attributes
from challenges.synth.population import build_of
from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop, Light, Occluder, Shot, Surroundings, Wearer
from challenges.synth.skeleton import Pose
from tests.challenges.synth.tiny import TINY, Tiny

LABELS = Attributes(
    gender="male",
    age="young",
    stature="medium",
    build="medium",
    skin="medium",
    hair_colour="brown",
    hairstyle="short",
    beard="no",
    moustache="no",
    glasses="none",
    head="none",
    upper="t-shirt",
    upper_colour="red",
    upper_pattern="plain",
    lower="trousers",
    lower_colour="denim",
    feet="trainers",
    feet_colour="white",
    bag="none",
    bag_colour="black",
)


@pytest.fixture(scope="session")
def release(rendered: Path) -> Path:
    """Return the folder of a release with eight test identities."""
    return rendered


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Return the smallest release, written into a folder that is there and empty."""
    calls: list[tuple[int, int]] = []
    made = synthesize(
        tmp_path_factory.mktemp("tiny"), workers=1, progress=lambda done, total: calls.append((done, total)), **TINY
    )
    return Tiny(made, calls)


@pytest.fixture
def shot() -> Shot:
    """Return a sunlit person seen from the front by the wearable camera, 130 px high."""
    body = build_of(LABELS, ("body",))
    wearer = Wearer(LABELS, body, Pose(phase=0.1, stride=1.0), 0.0, ("worn",), ("tint",))
    return Shot(
        wearer=wearer,
        camid="wearable",
        azimuth=0.0,
        depression=0.005,
        distance=5000.0,
        pixels=130.0,
        roll=0.0,
        x=0.0,
        y=0.0,
        light=Light(azimuth=0.1, height=0.12, sun=3200, sky=1500, warmth=300, shaded=False, exposure=330),
        surroundings=Surroundings(1, 2, 0.2, 800.0, 0, 1, 6000.0, 7),
        occluder=Occluder("none", 0.0, 0.0, None, 0),
        crop=Crop(0.05, 0.05, 0.05, 0.05),
        blur=Blur(0, 0, 0),
        seed=3,
    )
