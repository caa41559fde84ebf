"""What is written down about a picture of a vehicle is what its pixels show."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop
from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import CARGOES, MODELS, VOCABULARY, Vehicle
from challenges.synth.vehicles.factors import factor_values
from challenges.synth.vehicles.fittings import vehicle_model
from challenges.synth.vehicles.plan import plan_part
from challenges.synth.vehicles.render import render, render_layers
from challenges.synth.vehicles.scenes import PRESETS
from challenges.synth.vehicles.shot import Occluder, Placed, Shot
from challenges.synth.vehicles.sites import SENSORS


def _with(shot: Shot, **changes: object) -> Shot:
    return replace(shot, target=replace(shot.target, vehicle=replace(shot.target.vehicle, **changes)))


def _bytes(shot: Shot) -> bytes:
    return render(shot).pixels.tobytes()


@pytest.mark.parametrize("name", VOCABULARY)
def test_each_value_of_each_attribute_changes_pixels(shot: Shot, name: str) -> None:
    seen_from_behind = replace(shot, azimuth=0.4)
    pictures = {
        value: (_bytes(_with(shot, **{name: value})), _bytes(_with(seen_from_behind, **{name: value})))
        for value in VOCABULARY[name]
    }

    assert len(set(pictures.values())) == len(VOCABULARY[name])


@pytest.mark.parametrize("kind", MODELS)
def test_each_model_of_a_type_has_a_shape_of_its_own(shot: Shot, kind: str) -> None:
    pictures = {_bytes(_with(shot, type=kind, model=number)) for number in range(MODELS[kind])}

    assert len(pictures) == MODELS[kind]


def test_each_cargo_looks_different(shot: Shot) -> None:
    assert len({_bytes(_with(shot, type="lorry", model=1, cargo=cargo)) for cargo in CARGOES}) == len(CARGOES)


FACTORS: dict[str, Callable[[Shot], Shot]] = {
    "elevation": lambda shot: replace(shot, depression=80 / 360),
    "pixel_size": lambda shot: replace(shot, scale=16.0),
    "visible": lambda shot: replace(shot, occluder=Occluder("tree", 900.0, 800.0, 3600.0, 4)),
    "light": lambda shot: replace(shot, light=replace(shot.light, shaded=True)),
    "blur": lambda shot: replace(shot, blur=Blur(40, 0, 0)),
    "bearing": lambda shot: replace(shot, azimuth=0.6),
}


@pytest.mark.parametrize("name", FACTORS)
def test_each_nuisance_changes_pixels_and_its_own_value(shot: Shot, name: str) -> None:
    changed = FACTORS[name](shot)
    before, after = render(shot), render(changed)

    assert before.pixels.tobytes() != after.pixels.tobytes()
    assert factor_values(shot, before)[name] != factor_values(changed, after)[name]


def test_viewpoints_are_the_side_of_the_vehicle_that_is_seen(shot: Shot) -> None:
    turned, picture = replace(shot, target=replace(shot.target, heading=0.3)), render(shot)
    sides = {"front": 0.3, "left": 0.55, "rear": 0.8, "right": 0.05}

    seen = {name: factor_values(replace(turned, azimuth=turn), picture) for name, turn in sides.items()}

    assert [values["viewpoint"] for values in seen.values()] == list(sides)


def test_pixel_size_follows_the_pinhole(shot: Shot) -> None:
    """Seen from straight above its side, a car is its length times the pixels of a metre."""
    above = replace(shot, azimuth=0.25, depression=0.24, distance=400_000.0)
    length = vehicle_model(shot.target.vehicle).length

    assert abs(render(above).size - 28.0 * length / 1000.0) <= 4


def test_altitude_is_that_of_the_drone(shot: Shot) -> None:
    items = plan_part("test", Stream("altitude"), identities=4, strength=PRESETS["agreid"])[:8]

    for item in items:
        row = item.render()[1]
        assert int(row["altitude"]) == dict(item.identity.session.drones)[item.camid]


@pytest.mark.parametrize(
    "occluder", [Occluder("tree", 800.0, 700.0, 3600.0, 9), Occluder("pole", 250.0, 2600.0, 0.0, 9)]
)
def test_trees_and_posts_hide_part_of_the_vehicle(shot: Shot, occluder: Occluder) -> None:
    assert 0.05 < render(replace(shot, occluder=occluder)).visible < 0.985


def test_a_bus_between_hides_a_car(shot: Shot) -> None:
    bus = replace(shot.target.vehicle, type="bus", model=0)
    low = replace(shot, depression=30 / 360, azimuth=0.25, others=(Placed(bus, 0.0, 5000.0, 0.0),))

    assert render(replace(low, others=())).visible > 0.97
    assert render(low).visible < 0.8


def test_a_crop_at_the_frame_hides_part_of_the_vehicle(shot: Shot) -> None:
    cut = replace(shot, crop=Crop(0.05, 0.05, 0.05, -0.3))
    picture = render(cut)

    assert picture.visible < 0.9
    assert factor_values(cut, picture)["visible_label"] == "frame"
    assert render(shot).visible > 0.97


def test_drones_render_the_same_scene_differently(shot: Shot) -> None:
    assert len({_bytes(replace(shot, camid=camid)) for camid in SENSORS}) == len(SENSORS)


def test_front_is_not_rear_and_left_is_not_right(shot: Shot) -> None:
    assert len({_bytes(replace(shot, azimuth=turn)) for turn in (0.0, 0.25, 0.5, 0.75)}) == 4


def test_place_and_neighbours_leave_the_vehicle_as_it_is(shot: Shot) -> None:
    other: Vehicle = replace(shot.target.vehicle, colour="blue")
    elsewhere = replace(shot, place=replace(shot.place, seed=8, layout=2, lane=2550, edges=(-90_000, 90_000)))
    crowded = replace(shot, others=(Placed(other, 0.0, 4800.0, 0.0),))

    assert render(shot).visible == render(elsewhere).visible == render(crowded).visible
    assert len({_bytes(one) for one in (shot, elsewhere, crowded)}) == 3


def test_without_the_vehicle_nothing_of_it_is_left(shot: Shot) -> None:
    (picture, red), (_, white) = render_layers(shot), render_layers(_with(shot, colour="white"))

    assert picture.pixels.tobytes() == _bytes(shot)
    assert red.background.tobytes() == white.background.tobytes()
    assert red.mask.tobytes() == white.mask.tobytes()
    assert 0.3 < red.mask.mean() / 255 < 0.8
    changed = (picture.pixels.astype(int) != red.background.astype(int)).any(axis=2)
    assert changed[red.mask > 127].mean() > 0.95


def test_twenty_images_are_pinned() -> None:
    """A change of any pixel raises VEHICLE_REVISION and this value together."""
    items = plan_part("test", Stream("pinned"), identities=4, strength=PRESETS["agreid"])[:20]
    digest = hashlib.sha256()
    for item in items:
        pixels, row = item.render()
        digest.update(f"{pixels.shape}{sorted(row.items())}".encode())
        digest.update(np.ascontiguousarray(pixels).tobytes())

    assert len(items) == 20
    assert digest.hexdigest()[:32] == "711359d1950450d60493041eadf7c4cc"
