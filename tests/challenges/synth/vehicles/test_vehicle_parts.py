"""A part's box is where its pixels are: the picture without the part differs inside the box and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from challenges.synth.vehicles.attributes import MARKS, Mark
from challenges.synth.vehicles.factors import PART_COLUMNS, part_values
from challenges.synth.vehicles.parts import PARTS
from challenges.synth.vehicles.render import Raw, part_boxes, radiance_of, render, without_part
from challenges.synth.vehicles.shot import Shot

FITTED = ("skylight", "luggage_rack", "spare_tyre", "bumper")
_PAD = 4


def _carrying(shot: Shot, name: str) -> Shot:
    """Return the shot in even light (no shadow moves) of a vehicle with this part, from where it can be seen."""
    vehicle = shot.target.vehicle
    if name in FITTED:
        changed = replace(vehicle, **{name: "yes"})
    elif name == "cargo":
        changed = replace(vehicle, type="lorry", model=1, cargo="boxes")
    else:
        changed = replace(vehicle, marks=(Mark(name, 11),))
    light = replace(shot.light, shaded=True)
    azimuth = 0.42 if name in ("spare_tyre", "rear_sticker") else 0.1
    return replace(shot, target=replace(shot.target, vehicle=changed), light=light, azimuth=azimuth)


def _over(raw: Raw, window: tuple[int, int, int, int]) -> np.ndarray:
    """Return the radiance inside a window given in pixels from the principal point."""
    left, top, right, bottom = (
        (edge - corner + _PAD) * raw.samples for edge, corner in zip(window, raw.corner * 2, strict=True)
    )
    return raw.radiance[top:bottom, left:right]


def _seen_part(shot: Shot, name: str) -> Shot:
    """Return the shot from the first of eight sides that shows the part."""
    for turn in range(8):
        turned = replace(shot, azimuth=(shot.azimuth + turn / 8) % 1.0)
        if name in part_boxes(radiance_of(turned)):
            return turned
    raise AssertionError(f"{name} is seen from no side")


@pytest.mark.parametrize("name", [*MARKS, *FITTED, "cargo"])
def test_the_box_of_a_part_holds_all_that_the_part_changes(shot: Shot, name: str) -> None:
    carrying = _seen_part(_carrying(shot, name), name)
    with_it, without = radiance_of(carrying), radiance_of(without_part(carrying, name))

    x0, y0, x1, y1 = part_boxes(with_it)[name]
    left, top = (max(pair) for pair in zip(with_it.corner, without.corner, strict=True))
    wide, tall = (min(raw.radiance.shape[axis] // raw.samples for raw in (with_it, without)) - 12 for axis in (1, 0))
    window = (left, top, left + wide, top + tall)
    differs = np.argwhere((_over(with_it, window) != _over(without, window)).any(axis=2))
    rows, columns = differs[:, 0] // with_it.samples + top, differs[:, 1] // with_it.samples + left

    assert len(differs) > 0
    column, row = with_it.corner
    assert columns.min() >= column + x0 - 1
    assert columns.max() <= column + x1
    assert rows.min() >= row + y0 - 1
    assert rows.max() <= row + y1


def test_a_part_on_the_far_side_has_an_empty_box(shot: Shot) -> None:
    stuck = _carrying(shot, "rear_sticker")
    front = replace(stuck, azimuth=0.0, depression=50 / 360)
    row = part_values(front.target.vehicle, render(front))

    assert row["part1"] == "rear_sticker"
    assert [row[f"part1_{edge}"] for edge in ("x0", "y0", "x1", "y1")] == [""] * 4
    assert row["part2"] == "windscreen"
    assert int(row["part2_x0"]) < int(row["part2_x1"])


def test_boxes_lie_inside_the_picture(shot: Shot) -> None:
    vehicle = replace(
        shot.target.vehicle, marks=tuple(Mark(name, 3) for name in MARKS), skylight="yes", luggage_rack="yes"
    )
    for turn in (0.1, 0.35, 0.6, 0.85):
        picture = render(replace(shot, azimuth=turn, target=replace(shot.target, vehicle=vehicle)))
        height, width = picture.pixels.shape[:2]
        assert len(picture.parts) >= 4
        for x0, y0, x1, y1 in picture.parts.values():
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height


def test_every_part_has_a_name_of_its_own() -> None:
    assert len(set(PARTS)) == len(PARTS)
    assert set(MARKS) | set(FITTED) | {"cargo", "windscreen"} == set(PARTS[1:])
    assert len(PART_COLUMNS) == 30
