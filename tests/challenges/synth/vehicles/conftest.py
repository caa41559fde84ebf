"""A small release, rendered once a session, and one vehicle in plain conditions."""

from pathlib import Path

import pytest

from challenges.synth import synthesize
from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop, Light
from challenges.synth.vehicles.attributes import Vehicle
from challenges.synth.vehicles.shot import Occluder, Place, Placed, Shot

SUV = Vehicle(
    type="suv",
    colour="red",
    skylight="no",
    bumper="no",
    spare_tyre="no",
    luggage_rack="no",
    model=1,
    cargo="none",
    marks=(),
    dust=10,
    tint=("tint", "one"),
)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a release with six test identities."""
    folder = tmp_path_factory.mktemp("vehicles") / "release"
    return synthesize(folder, identities=6, seed=5, population="agsynth-vehicles").folder


@pytest.fixture
def shot() -> Shot:
    """Return a sunlit car in its lane, seen from before its left side at 55 degrees, 28 px a metre."""
    return Shot(
        target=Placed(SUV, 0.0, 1700.0, 0.0),
        others=(),
        camid="uav-1",
        azimuth=0.1,
        depression=55 / 360,
        distance=40_000.0,
        scale=28.0,
        roll=0.0,
        light=Light(azimuth=0.15, height=0.13, sun=3200, sky=1500, warmth=260, shaded=False, exposure=330),
        place=Place(layout=0, direction=0.0, lane=3400, edges=(-6800, 6800), ground=0, verge=1, wear=40, seed=77),
        occluder=Occluder("none", 0.0, 0.0, 0.0, 0),
        crop=Crop(0.05, 0.05, 0.05, 0.05),
        blur=Blur(0, 0, 0),
        seed=5,
    )
