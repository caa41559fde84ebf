"""Which vehicles a release holds, and how they are seen."""

from collections import Counter
from dataclasses import replace

import pytest

from challenges.synth.populations import Settings
from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import ATTRIBUTE_NAMES, MARKS, MODELS, VOCABULARY, draw_vehicle
from challenges.synth.vehicles.population import USUAL_WORLD, Identity, draw_population
from challenges.synth.vehicles.scenes import FACTORS, PRESETS, draw_shot
from challenges.synth.vehicles.sites import NEW, USUAL
from challenges.synth.vehicles.traffic import VEHICLES
from challenges.synth.vehicles.traffic_sheet import vehicle_strips


@pytest.fixture(scope="module")
def people() -> tuple[Identity, ...]:
    return draw_population(Stream("many"), identities=400, world=USUAL_WORLD)


def test_labels_are_words_of_the_vocabulary(people: tuple[Identity, ...]) -> None:
    for identity in people:
        for name in ATTRIBUTE_NAMES:
            assert getattr(identity.vehicle, name) in VOCABULARY[name]


def test_white_black_and_gray_and_cars_dominate_as_in_vrai(people: tuple[Identity, ...]) -> None:
    colours = Counter(identity.vehicle.colour for identity in people)
    types = Counter(identity.vehicle.type for identity in people)

    assert sum(colours[name] for name in ("white", "black", "gray")) > 0.5 * len(people)
    assert sum(types[name] for name in ("sedan", "hatchback", "suv")) > 0.6 * len(people)
    assert set(types) == set(VOCABULARY["type"])


def test_three_in_ten_stand_in_groups_that_differ_in_one_cue(people: tuple[Identity, ...]) -> None:
    groups: dict[str, list[Identity]] = {}
    for identity in people:
        if identity.group:
            groups.setdefault(identity.group, []).append(identity)

    assert 118 <= sum(map(len, groups.values())) <= 120
    for members in groups.values():
        assert 2 <= len(members) <= 5
        assert len({(one.vehicle.type, one.vehicle.model, one.vehicle.colour) for one in members}) == 1
        assert len({one.session.name for one in members}) == 1
        looks = {replace(one.vehicle, tint=()) for one in members}
        assert len(looks) == len(members), "two members look alike"
        leader = next(one.vehicle for one in members if one.cue == "leader")
        for one in members:
            if one.cue != "leader":
                changed = [name for name in ATTRIBUTE_NAMES if getattr(one.vehicle, name) != getattr(leader, name)]
                assert len(changed) <= 1
                assert bool(changed) != (one.vehicle.marks != leader.marks)


def test_a_vehicle_is_seen_by_two_drones_at_different_altitudes(people: tuple[Identity, ...]) -> None:
    for identity in people:
        (first, low), (second, high) = identity.session.drones
        assert first != second
        assert low != high


def test_pictures_of_a_tracklet_share_place_light_and_scale(people: tuple[Identity, ...]) -> None:
    one = people[0]
    camid = one.session.drones[0][0]
    shots = [draw_shot(one, camid, ("t",), moment, PRESETS["agreid"]) for moment in range(3)]

    assert len({(shot.place, shot.light, shot.target.vehicle) for shot in shots}) == 1
    assert max(shot.scale for shot in shots) < 1.2 * min(shot.scale for shot in shots)
    assert len({shot.azimuth for shot in shots}) == 3


def test_two_drones_never_see_the_same_place(people: tuple[Identity, ...]) -> None:
    one = people[0]
    places = {draw_shot(one, camid, ("t",), 0, PRESETS["plain"]).place.seed for camid, _ in one.session.drones}

    assert len(places) == 2


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_alone_leaves_the_others_as_they_are_drawn(people: tuple[Identity, ...], factor: str) -> None:
    one = people[1]
    camid, usual = one.session.drones[0][0], PRESETS["agreid"]
    before = draw_shot(one, camid, ("t", 5), 1, usual)
    after = draw_shot(one, camid, ("t", 5), 1, {**usual, factor: 0.0})
    free = {
        "elevation": {"depression", "distance", "scale"},
        "size": {"scale"},
        "occlusion": {"occluder", "crop"},
        "light": {"light"},
        "blur": {"blur"},
        "viewpoint": {"azimuth"},
    }[factor]

    assert {name for name in vars(before) if getattr(before, name) != getattr(after, name)} <= free


def test_plain_preset_fixes_every_factor() -> None:
    items = VEHICLES.plan(Stream("plain"), Settings(1, 4, "plain"))["test"]
    shots = [item.shot for item in items]

    assert {shot.occluder.kind for shot in shots} == {"none"}
    assert {(shot.blur.right, shot.blur.down, shot.blur.defocus) for shot in shots} == {(0, 0, 0)}
    assert {round(shot.depression * 360, 6) for shot in shots} == {55.0}
    assert {shot.scale for shot in shots} == {24.0}
    assert not any(shot.light.shaded for shot in shots)


def test_shift_tests_on_other_drones_models_and_places() -> None:
    plan = VEHICLES.plan(Stream("shift"), Settings(1, 30, "shift"))
    seen = {
        part: {(item.identity.vehicle.type, item.identity.vehicle.model) for item in items}
        for part, items in plan.items()
    }

    assert {item.camid for item in plan["test"]} == set(NEW)
    assert {item.camid for item in plan["train"]} <= set(USUAL)
    assert not seen["test"] & (seen["train"] | seen["val"])


def test_options_follow_the_type() -> None:
    drawn = [draw_vehicle(Stream("options", number)) for number in range(600)]

    assert not any(one.luggage_rack == "yes" for one in drawn if one.type in ("sedan", "truck"))
    assert any(one.spare_tyre == "yes" for one in drawn if one.type == "suv")
    assert all(one.cargo == "none" for one in drawn if one.type in ("sedan", "bus", "hatchback", "suv"))


def test_half_have_a_double_in_hard() -> None:
    plan = VEHICLES.plan(Stream("hard"), Settings(1, 60, "hard"))
    grouped = {item.identity.pid for item in plan["test"] if item.identity.group}

    assert 29 <= len(grouped) <= 30


def test_the_sheet_shows_every_factor_model_colour_and_part() -> None:
    strips = {strip.title: strip.cells for strip in vehicle_strips(Stream("sheet 2"), Settings(1, 6, "agreid"))}

    assert {f"{name} alone" for name in FACTORS} <= set(strips)
    assert {f"models of {name}" for name in MODELS} <= set(strips)
    assert [cell.label for cell in strips["colours"]] == list(VOCABULARY["colour"])
    assert set(MARKS) <= {cell.label for cell in strips["parts"]}
    open_, *hidden = (float(cell.label.removeprefix("visible ")) for cell in strips["occlusion alone"])
    assert max(hidden) < 0.95 < open_
    assert all(len({cell.pixels.tobytes() for cell in cells}) == len(cells) for cells in strips.values())
