"""What a preset, a size or a nuisance alone changes is what it says, and nothing else."""

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from challenges.cli import main
from challenges.synth.annotations import UNKNOWN, unseen
from challenges.synth.attributes import ATTRIBUTE_NAMES
from challenges.synth.plan import PersonItem, plan_part, plan_persons
from challenges.synth.populations import Settings
from challenges.synth.presets import FACTORS, PRESETS
from challenges.synth.render import render
from challenges.synth.shot import Shot
from challenges.synth.sites import SITES
from challenges.synth.stream import Stream


def _planned(preset: str, *, seed: int = 3, identities: int = 30, **changes: object) -> list[PersonItem]:
    return plan_part("test", Stream("planned", seed), Settings(seed, identities, preset, **changes))


def _values(shot: Shot) -> dict[str, object]:
    return {
        "elevation": (shot.depression, shot.distance),
        "size": shot.pixels,
        "occlusion": (shot.occluder.kind, shot.crop),
        "light": (shot.light.shaded, shot.light.exposure),
        "blur": shot.blur,
        "pose": shot.wearer.pose,
    }


# The picture's size follows from the distance, and blur from the size.
FOLLOWS = {"elevation": {"size", "blur"}, "size": {"elevation", "blur"}}


@pytest.mark.parametrize("name", FACTORS)
def test_a_fixed_nuisance_loses_its_spread_and_leaves_the_others(name: str) -> None:
    usual, fixed = (_planned("agreid", fixed=names)[:200] for names in ((), (name,)))

    assert [item.name for item in usual] == [item.name for item in fixed]
    values = [(_values(a.shot), _values(b.shot)) for a, b in zip(usual, fixed, strict=True)]
    assert any(before[name] != after[name] for before, after in values)
    for other in set(FACTORS) - {name} - FOLLOWS.get(name, set()):
        assert all(before[other] == after[other] for before, after in values), other


def test_scaling_occlusion_scales_how_many_are_hidden() -> None:
    hidden = [
        np.mean([item.shot.occluder.kind != "none" for item in _planned("agreid", scaled=(("occlusion", factor),))])
        for factor in (0.5, 1.0, 2.0)
    ]

    assert hidden == pytest.approx([0.105, 0.21, 0.42], abs=0.09)


def test_hard_has_more_lookalikes_and_wider_factors() -> None:
    grouped, wide = {}, {}
    for preset in ("agreid", "hard"):
        items = _planned(preset, identities=60)
        grouped[preset] = len({item.identity.pid for item in items if item.identity.group}) / 60
        wide[preset] = np.std([item.shot.depression for item in items if item.camid == "uav"])

    assert grouped == pytest.approx({"agreid": 0.3, "hard": 0.5}, abs=0.03)
    assert wide["hard"] > 1.2 * wide["agreid"]


def test_shift_has_other_cameras_sessions_and_garments_in_the_test_alone() -> None:
    parts = {
        part: plan_part(part, Stream("shift", part), Settings(1, 80, "shift")) for part in ("train", "val", "test")
    }
    cameras = {part: {item.camid for item in items} for part, items in parts.items()}

    assert cameras["train"] == cameras["val"] == {"uav", "cctv-1", "cctv-2", "wearable"}
    assert cameras["test"] == {"uav-2", "cctv-3", "wearable-2"}
    bright = {
        part: np.mean([i.identity.labels.upper_colour in {"red", "yellow", "green", "orange", "teal"} for i in items])
        for part, items in parts.items()
    }
    assert bright["test"] > bright["train"] + 0.1


def test_another_size_has_the_counts_of_agreid2023() -> None:
    plan = plan_persons(Stream("full"), Settings(0, None, "agreid", "agreid2023"))
    counts = Counter((item.track, item.role) for item in plan["test"])
    people = {part: len({item.identity.pid for item in items}) for part, items in plan.items()}

    assert counts == {
        ("aerial_ground", "query"): 4348,
        ("aerial_ground", "gallery"): 19259,
        ("ground_aerial", "query"): 4151,
        ("ground_aerial", "gallery"): 21214,
    }
    assert len(plan["train"]) == 51530
    assert people == {"train": 807, "val": 81, "test": 808}
    queries = Counter((item.identity.pid, item.camid) for item in plan["test"] if item.role == "query")
    assert set(queries.values()) <= {1, 2, 3, 4, 5, 6}
    matches = Counter((item.track, item.identity.pid) for item in plan["test"] if item.role == "gallery")
    positives = [matches[item.track, item.identity.pid] for item in plan["test"] if item.role == "query"]
    assert 22 < np.mean(positives) < 30


def test_ground_cameras_cover_people_as_in_agreid2023() -> None:
    seen = defaultdict(set)
    for item in _planned("agreid", identities=80, size="agreid2023"):
        seen[SITES[item.camid].platform].add(item.identity.pid)

    assert {platform: len(pids) for platform, pids in seen.items()} == {"uav": 80, "cctv": 53, "wearable": 52}
    assert len(seen["cctv"] | seen["wearable"]) == 80


def test_native_heights_are_heavy_tailed_within_the_limits_of_each_camera() -> None:
    heights = defaultdict(list)
    for item in _planned("agreid", size="agreid2023"):
        shot = item.shot
        heights[SITES[item.camid].platform].append(shot.pixels)

    for platform, (least, most) in {"uav": (43, 739), "cctv": (23, 622), "wearable": (25, 1080)}.items():
        values = np.array(heights[platform])
        assert values.min() >= least * 0.9
        assert values.max() <= most * 4  # from above a body is up to 3.6 times shorter than it is tall
        assert values.mean() > np.median(values)


def test_rendered_bodies_keep_to_the_limits(shot: Shot) -> None:
    for item in _planned("hard", size="agreid2023")[::60][:25]:
        low, high = SITES[item.camid].native[2]
        assert 0.6 * low <= render(item.shot).body_height <= 1.25 * high


@pytest.mark.parametrize(
    ("elevation", "view", "height", "hidden"),
    [
        (5.0, "front", 120, set()),
        (5.0, "back", 120, {"beard", "moustache", "glasses"}),
        (5.0, "front", 40, {"beard", "moustache", "glasses"}),
        (5.0, "back", 90, {"beard", "moustache", "glasses", "skin"}),
        (30.0, "front", 120, {"beard", "moustache", "glasses", "age", "stature", "build"}),
        (45.0, "front", 120, {"beard", "moustache", "glasses", "age", "stature", "build", "skin", "feet"}),
    ],
)
def test_what_a_view_cannot_show_is_unknown(elevation: float, view: str, height: int, hidden: set[str]) -> None:
    assert unseen(elevation, view, height) == hidden


def test_rows_say_unknown_from_above_and_keep_colours() -> None:
    above = next(item for item in _planned("agreid") if item.shot.depression > 77 / 360)
    row = above.render()[1]

    unknown = {name for name in ATTRIBUTE_NAMES if row[name] == UNKNOWN}
    assert {"glasses", "feet", "gender"} <= unknown
    assert not {"upper_colour", "bag", "hair_colour"} & unknown


def test_faces_are_squares_and_the_rest_is_not(shot: Shot) -> None:
    close = replace(shot, pixels=400.0)
    head = render(close).pixels[20:75]
    middle = head[20:50, head.shape[1] // 2 - 12 : head.shape[1] // 2 + 12].astype(int)
    behind = replace(close, wearer=replace(close.wearer, heading=0.5))

    equal = np.mean(np.abs(np.diff(middle, axis=1)).sum(axis=2) == 0)
    other = render(behind).pixels[40:70, head.shape[1] // 2 - 12 : head.shape[1] // 2 + 12].astype(int)
    assert equal > 0.7
    assert np.mean(np.abs(np.diff(other, axis=1)).sum(axis=2) == 0) < 0.5


def test_the_sheet_shows_each_factor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sheet.png"

    assert main(["sheet", "agsynth", "--out", str(out), "--preset", "plain", "--identities", "6"]) == 0

    assert "pictures in" in capsys.readouterr().out
    with Image.open(out) as sheet:
        assert sheet.width > 600
        assert sheet.height > 6 * 180


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_names_every_factor(name: str) -> None:
    assert set(PRESETS[name].strength) == set(FACTORS)
