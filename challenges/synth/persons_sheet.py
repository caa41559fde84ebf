"""Choose the pictures of the contact sheet of persons: each factor varied alone, people by cameras, look-alikes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from challenges.synth.factors import factor_values
from challenges.synth.plan import PersonItem, plan_part
from challenges.synth.populations import Settings
from challenges.synth.presets import FACTORS
from challenges.synth.render import render
from challenges.synth.sensor import Blur
from challenges.synth.sheet import Cell, Strip
from challenges.synth.shot import Crop, Occluder, Shot
from challenges.synth.skeleton import Pose
from challenges.synth.stream import Stream

_PEOPLE = 5


def person_strips(stream: Stream, settings: Settings) -> list[Strip]:
    """Return one strip for each factor, one for each of some people and one for each of some confusable groups."""
    items = plan_part("test", stream.fork("test"), settings)
    quiet = Settings(settings.seed, settings.identities, settings.preset, settings.size, fixed=FACTORS)
    plain = next(item for item in plan_part("test", stream.fork("test"), quiet) if item.camid.startswith("cctv"))
    strips = [_varied(name, plain.shot) for name in FACTORS]
    by_person: dict[str, list[PersonItem]] = defaultdict(list)
    for item in items:
        by_person[item.identity.pid].append(item)
    strips += [_seen(mine) for mine in list(by_person.values())[:_PEOPLE]]
    return strips + _groups(by_person)


def _varied(factor: str, base: Shot) -> Strip:
    """Return the same moment with one factor changed over its range."""
    cells = []
    for name, shot in _RANGES[factor](base):
        picture = render(shot)
        values = factor_values(shot, picture)
        column = {"size": "pixel_height", "occlusion": "visible"}.get(factor, factor)
        cells.append(Cell(f"{name} ({column} {values[column]})", picture.pixels))
    return Strip(f"{factor} alone", tuple(cells))


def _elevations(base: Shot) -> list[tuple[str, Shot]]:
    return [(f"{degrees} deg", replace(base, depression=degrees / 360.0)) for degrees in (2, 15, 30, 45, 60, 75, 88)]


def _heights(base: Shot) -> list[tuple[str, Shot]]:
    return [(f"{height} px", replace(base, pixels=float(height))) for height in (24, 40, 64, 100, 160, 300)]


def _hidings(base: Shot) -> list[tuple[str, Shot]]:
    other = replace(base.wearer, heading=(base.wearer.heading + 0.4) % 1.0, tints=("other",), garments=("other",))
    shots = [("nothing", base)]
    for kind in ("person", "pole", "plant"):
        hidden = Occluder(kind, 120.0, 600.0, other if kind == "person" else None, 5)
        shots.append((kind, replace(base, occluder=hidden)))
    shots.append(("legs cut", replace(base, crop=Crop(0.05, 0.05, 0.05, -0.35))))
    shots.append(("side cut", replace(base, crop=Crop(-0.12, 0.05, 0.05, 0.05))))
    return shots


def _lights(base: Shot) -> list[tuple[str, Shot]]:
    light = base.light
    kinds = {
        "noon": replace(light, sun=3800, sky=1400, height=0.19, shaded=False),
        "low sun": replace(light, sun=2600, sky=1100, height=0.05, warmth=900, shaded=False),
        "overcast": replace(light, sun=150, sky=2600, shaded=False),
        "shade": replace(light, sun=3000, sky=1100, shaded=True),
        "under": replace(light, exposure=light.exposure * 6 // 10),
        "over": replace(light, exposure=light.exposure * 15 // 10),
    }
    return [(name, replace(base, light=kind)) for name, kind in kinds.items()]


def _blurs(base: Shot) -> list[tuple[str, Shot]]:
    blurs = {
        "none": Blur(0, 0, 0),
        "motion 2": Blur(32, 6, 0),
        "motion 5": Blur(80, -14, 0),
        "motion 9": Blur(144, 20, 0),
    }
    blurs |= {"defocus 1": Blur(0, 0, 3), "defocus 2": Blur(0, 0, 6), "defocus 3": Blur(0, 0, 11)}
    return [(name, replace(base, blur=blur)) for name, blur in blurs.items()]


def _poses(base: Shot) -> list[tuple[str, Shot]]:
    poses = {f"phase {step / 6:.2f}": Pose(step / 6, 1.0) for step in range(6)}
    poses |= {"standing": Pose(0.0, 0.05), "phone": Pose(0.3, 0.8, 0.0, 0.3), "both hands": Pose(0.1, 0.06, 0.26, 0.26)}
    return [(name, replace(base, wearer=replace(base.wearer, pose=pose))) for name, pose in poses.items()]


_RANGES: dict[str, Callable[[Shot], list[tuple[str, Shot]]]] = {
    "elevation": _elevations,
    "size": _heights,
    "occlusion": _hidings,
    "light": _lights,
    "blur": _blurs,
    "pose": _poses,
}


def _seen(items: Sequence[PersonItem]) -> Strip:
    """Return pictures of one person by every camera that saw them."""
    cells = []
    for camid in sorted({item.camid for item in items}):
        cells += [Cell(camid, item.render()[0]) for item in items if item.camid == camid][:3]
    return Strip(f"one person, session {items[0].identity.session.name}", tuple(cells))


def _groups(by_person: dict[str, list[PersonItem]]) -> list[Strip]:
    groups: dict[str, list[PersonItem]] = defaultdict(list)
    for items in by_person.values():
        if items[0].identity.group:
            groups[items[0].identity.group].append(items[0])
    strips = []
    for members in list(groups.values())[:3]:
        first = members[0].shot
        cells = []
        for item in members:
            own = item.shot.wearer
            same = replace(first, wearer=replace(own, pose=first.wearer.pose, heading=first.wearer.heading))
            cells += [Cell(f"{item.identity.cue}, {view}", render(shot).pixels) for view, shot in _both(same)]
        strips.append(Strip("look-alikes in one view, and the cue of each", tuple(cells)))
    return strips


def _both(shot: Shot) -> list[tuple[str, Shot]]:
    level = replace(
        shot, camid="wearable", depression=0.01, distance=5000.0, pixels=150.0, occluder=Occluder("none", 0, 0, None, 0)
    )
    level = replace(level, blur=Blur(0, 0, 0), azimuth=shot.wearer.heading + 0.06)
    return [("level", level), ("above", replace(level, camid="uav", depression=0.16, distance=30_000.0))]
