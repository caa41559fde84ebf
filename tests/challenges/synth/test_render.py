import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from challenges.synth.body import Part
from challenges.synth.factors import factor_values
from challenges.synth.layout import FIRST, SECOND, SEED
from challenges.synth.materials import person_materials
from challenges.synth.plan import plan_part
from challenges.synth.population import build_of
from challenges.synth.populations import Settings
from challenges.synth.render import render, wearer_mesh
from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop, Occluder, Shot
from challenges.synth.sites import SITES
from challenges.synth.skeleton import Pose, posed
from challenges.synth.stream import Stream


def _posed(shot: Shot, pose: Pose) -> Shot:
    return replace(shot, wearer=replace(shot.wearer, pose=pose))


FACTORS: dict[str, Callable[[Shot], Shot]] = {
    "elevation": lambda shot: replace(shot, depression=0.09),
    "pixel_height": lambda shot: replace(shot, pixels=90.0),
    "visible": lambda shot: replace(shot, occluder=Occluder("pole", 20.0, 600.0, None, 4)),
    "light": lambda shot: replace(shot, light=replace(shot.light, shaded=True)),
    "blur": lambda shot: replace(shot, blur=Blur(40, 0, 0)),
    "pose": lambda shot: _posed(shot, Pose(phase=0.6, stride=1.0)),
}


@pytest.mark.parametrize("name", FACTORS)
def test_each_nuisance_changes_pixels_and_its_own_value(shot: Shot, name: str) -> None:
    changed = FACTORS[name](shot)
    before, after = render(shot), render(changed)

    assert before.pixels.tobytes() != after.pixels.tobytes()
    assert factor_values(shot, before)[name] != factor_values(changed, after)[name]


def test_crop_at_the_frame_hides_part_of_the_body(shot: Shot) -> None:
    cut = replace(shot, crop=Crop(0.05, 0.05, 0.05, -0.3))
    picture = render(cut)

    assert picture.visible < 0.85
    assert factor_values(cut, picture)["visible_label"] == "frame"
    assert render(shot).visible > 0.97


@pytest.mark.parametrize("kind", ["pole", "plant", "person"])
def test_occluders_hide_part_of_the_body(shot: Shot, kind: str) -> None:
    other = replace(shot.wearer, heading=0.4, tints=("other",), garments=("other",))
    hidden = replace(shot, occluder=Occluder(kind, 60.0, 600.0, other, 9))

    assert 0.05 < render(hidden).visible < 0.95


def test_defocus_and_motion_are_told_apart(shot: Shot) -> None:
    soft, moving = replace(shot, blur=Blur(0, 0, 5)), replace(shot, blur=Blur(48, 0, 0))

    assert factor_values(soft, render(soft))["blur_label"] == "defocus"
    assert factor_values(moving, render(moving))["blur_label"] == "motion"


def _seen_from(shot: Shot, azimuth: float, depression: float = 0.005) -> np.ndarray:
    return render(replace(shot, azimuth=azimuth, depression=depression)).pixels


def test_front_is_not_back_and_left_is_not_right(shot: Shot) -> None:
    standing = _posed(shot, Pose(phase=0.0, stride=0.0))
    labels = replace(standing.wearer.labels, upper_pattern="print", bag="shoulder")
    dressed = replace(standing, wearer=replace(standing.wearer, labels=labels))
    sides = [_seen_from(dressed, azimuth) for azimuth in (0.0, 0.25, 0.5, 0.75)]

    assert len({side.tobytes() for side in sides}) == 4
    left, right = sides[1], sides[3]
    assert left.shape != right.shape or left.tobytes() != right[:, ::-1].tobytes()


def test_a_person_seen_from_above_is_short_in_the_image(shot: Shot) -> None:
    beside, above = render(shot), render(replace(shot, depression=0.24))

    assert above.body_height < 0.6 * beside.body_height


def test_pixel_height_follows_the_pinhole(shot: Shot) -> None:
    # Standing, seen level from far away: the projection is focal · stature / distance, which `pixels` states.
    far = replace(_posed(shot, Pose(0.0, 0.0)), distance=60_000.0, depression=0.0, pixels=150.0)

    assert abs(render(far).body_height - 150) <= 4


def test_feet_stand_on_the_ground_through_the_whole_step(shot: Shot) -> None:
    body = build_of(shot.wearer.labels, ("body",))
    for step in range(12):
        wearer = replace(shot.wearer, pose=Pose(step / 12, 1.0))
        lowest = wearer_mesh(wearer, 0.0, 0.0).vertices[:, 2].min() / 16
        assert abs(lowest) < 0.02 * body.stature


def test_knees_bend_backward_only(shot: Shot) -> None:
    for step in range(12):
        bones = posed(shot.wearer.build, Pose(step / 12, 1.0))
        for leg in (bones.left_leg, bones.right_leg):
            thigh, shank = leg.upper.up, leg.lower.up
            assert thigh.cross(shank).dot(leg.upper.left) >= 0.0


def test_cameras_render_the_same_scene_differently(shot: Shot) -> None:
    pictures = {camid: render(replace(shot, camid=camid)).pixels for camid in SITES}

    assert len({picture.tobytes() for picture in pictures.values()}) == len(SITES)
    tints = {camid: tuple(np.round(p.reshape(-1, 3).mean(axis=0) / p.mean(), 3)) for camid, p in pictures.items()}
    assert len(set(tints.values())) == len(SITES)


def test_background_differs_between_places_while_the_person_stays(shot: Shot) -> None:
    elsewhere = replace(shot, surroundings=replace(shot.surroundings, seed=8, ground=0, wall=0))

    assert render(shot).visible == render(elsewhere).visible
    assert render(shot).pixels.tobytes() != render(elsewhere).pixels.tobytes()


def test_plain_preset_fixes_every_factor() -> None:
    items = plan_part("test", Stream("plain"), Settings(0, 2, "plain"))

    assert {item.shot.occluder.kind for item in items} == {"none"}
    assert {(item.shot.blur.right, item.shot.blur.down, item.shot.blur.defocus) for item in items} == {(0, 0, 0)}
    assert not any(item.shot.light.shaded for item in items)


def test_look_alikes_wear_one_print_in_tints_of_their_own() -> None:
    """What a print shows is drawn from its surface's seed: another one would be a cue that no label names."""
    wearer = plan_part("test", Stream("people"), Settings(0, 1, "plain"))[0].shot.wearer
    printed = replace(wearer, labels=replace(wearer.labels, upper_pattern="print"))
    first, second = (person_materials(replace(printed, tints=("tint", name))) for name in ("a", "b"))

    assert first[Part.UPPER, SEED] == second[Part.UPPER, SEED]
    assert first[Part.UPPER, FIRST:SECOND].tolist() != second[Part.UPPER, FIRST:SECOND].tolist()
    assert first[Part.FACE, SEED] != second[Part.FACE, SEED]


def test_twenty_images_are_pinned() -> None:
    """A change of any pixel raises GENERATOR_REVISION and this value together."""
    items = plan_part("test", Stream("pinned"), Settings(0, 4, "agreid"))[::5][:20]
    digest = hashlib.sha256()
    for item in items:
        pixels = render(item.shot).pixels
        digest.update(f"{pixels.shape}".encode())
        digest.update(pixels.tobytes())

    assert len(items) == 20
    assert digest.hexdigest()[:32] == "819de9ce582cbfb9a2dd6a796a9a7105"
