"""Choose the pictures of the contact sheet of vehicles: factors, models, colours, parts, vehicles by drones, look-alikes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from challenges.synth.exact import cosine, sine
from challenges.synth.populations import Settings
from challenges.synth.sensor import Blur
from challenges.synth.sheet import Cell, Strip
from challenges.synth.shot import Crop
from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import MARKS, MODELS, VOCABULARY, Mark, Vehicle, with_option
from challenges.synth.vehicles.factors import factor_values
from challenges.synth.vehicles.plan import VehicleItem, plan_vehicles
from challenges.synth.vehicles.render import render
from challenges.synth.vehicles.scenes import FACTORS
from challenges.synth.vehicles.shot import Occluder, Placed, Shot

_VEHICLES = 6
_BUS_AWAY = 4600.0
"""From the middle of a vehicle to that of a bus that hides it, mm."""
_OPTIONS = ("skylight", "bumper", "spare_tyre", "luggage_rack")
_COLUMNS = {"size": "pixel_size", "occlusion": "visible", "viewpoint": "bearing"}


def vehicle_strips(stream: Stream, settings: Settings) -> list[Strip]:
    """Return strips of each factor alone, of what vehicles look like, of some by their drones and of some groups."""
    items = plan_vehicles(stream, settings)["test"]
    quiet = replace(settings, fixed=FACTORS, scaled=())
    base = plan_vehicles(stream, quiet)["test"][0].shot
    car = replace(base.target.vehicle, type="suv", model=1, colour="gray", cargo="none", marks=())
    for option in _OPTIONS:
        car = with_option(car, option, "no")
    plain = _showing(replace(base, others=()), car)
    strips = [_varied(name, plain) for name in FACTORS]
    strips += [_models(plain, kind) for kind in MODELS]
    strips.append(_strip("colours", plain, {name: replace(car, colour=name) for name in VOCABULARY["colour"]}))
    worn = {name: replace(car, marks=(Mark(name, 11),)) for name in MARKS}
    fitted = {name: with_option(car, name, "yes") for name in _OPTIONS}
    strips.append(Strip("parts", tuple(_worn(name, _showing(plain, one)) for name, one in {**fitted, **worn}.items())))
    by_vehicle: dict[str, list[VehicleItem]] = defaultdict(list)
    for item in items:
        by_vehicle[item.identity.pid].append(item)
    strips += [_seen(mine) for mine in list(by_vehicle.values())[:_VEHICLES]]
    return strips + _groups(by_vehicle)


def _showing(shot: Shot, vehicle: Vehicle) -> Shot:
    return replace(shot, target=replace(shot.target, vehicle=vehicle))


def _strip(title: str, shot: Shot, vehicles: dict[str, Vehicle]) -> Strip:
    return Strip(title, tuple(Cell(name, render(_showing(shot, one)).pixels) for name, one in vehicles.items()))


def _worn(part: str, shot: Shot) -> Cell:
    """Return the vehicle from the first of four sides that shows the part."""
    sides = [replace(shot, azimuth=(shot.target.heading + 0.07 + k / 4) % 1.0) for k in range(4)]
    pictures = [render(side) for side in sides]
    return Cell(part, next((one for one in pictures if part in one.parts), pictures[0]).pixels)


def _models(shot: Shot, kind: str) -> Strip:
    """Return all models of a type from before and from behind."""
    vehicles = [replace(shot.target.vehicle, type=kind, model=number) for number in range(MODELS[kind])]
    cells = [
        Cell(f"{kind}-{one.model + 1}", render(replace(_showing(shot, one), azimuth=azimuth)).pixels)
        for azimuth in (shot.azimuth, (shot.azimuth + 0.4) % 1.0)
        for one in vehicles
    ]
    return Strip(f"models of {kind}", tuple(cells))


def _varied(factor: str, base: Shot) -> Strip:
    """Return the same moment with one factor changed over its range."""
    cells = []
    for shot in _range(factor, base):
        picture = render(shot)
        column = _COLUMNS.get(factor, factor)
        values = factor_values(shot, picture)
        cells.append(Cell(f"{column} {values[column]}", picture.pixels))
    return Strip(f"{factor} alone", tuple(cells))


def _range(factor: str, base: Shot) -> list[Shot]:
    if factor == "elevation":
        return [replace(base, depression=degrees / 360.0) for degrees in (30, 40, 50, 60, 70, 80, 88)]
    if factor == "size":
        return [replace(base, scale=float(scale)) for scale in (11, 16, 22, 30, 40)]
    if factor == "light":
        lights = [replace(base.light, sun=sun, sky=sky) for sun, sky in ((3900, 1400), (2700, 1700), (200, 2600))]
        return [replace(base, light=light) for light in (*lights, replace(base.light, shaded=True))]
    if factor == "blur":
        paths = ((0, 0, 0), (24, 0, 0), (40, 30, 0), (0, 60, 0), (0, 0, 4), (0, 0, 6))
        return [replace(base, blur=Blur(*path)) for path in paths]
    if factor == "viewpoint":
        return [replace(base, azimuth=(base.target.heading + k / 8) % 1.0) for k in range(8)]
    hidden = [replace(base, occluder=Occluder(kind, 900.0, 900.0, 3600.0, 5)) for kind in ("none", "tree")]
    hidden.append(replace(base, occluder=Occluder("pole", 300.0, 2600.0, 0.0, 5)))
    hidden.append(replace(base, others=(_between(base),), depression=35 / 360))
    return [*hidden, replace(base, crop=Crop(-0.2, 0.03, 0.03, 0.03))]


def _between(shot: Shot) -> Placed:
    """Return a bus that stands across the line from the vehicle to the drone."""
    bus, target = replace(shot.target.vehicle, type="bus", model=0), shot.target
    x, y = target.x + _BUS_AWAY * cosine(shot.azimuth), target.y + _BUS_AWAY * sine(shot.azimuth)
    return Placed(bus, x, y, (shot.azimuth + 0.25) % 1.0)


def _seen(mine: Sequence[VehicleItem]) -> Strip:
    """Return the pictures of one vehicle, drone by drone."""
    cells = [Cell(item.camid, item.render()[0]) for item in sorted(mine, key=lambda item: (item.camid, item.name))]
    vehicle = mine[0].identity.vehicle
    marks = ", ".join(mark.kind for mark in vehicle.marks) or "no mark"
    return Strip(f"{vehicle.colour} {vehicle.type}, {mine[0].identity.session.name}: {marks}", tuple(cells))


def _groups(by_vehicle: dict[str, list[VehicleItem]]) -> list[Strip]:
    """Return a strip for each of three confusable groups: two pictures of each member."""
    groups: dict[str, list[VehicleItem]] = defaultdict(list)
    for mine in by_vehicle.values():
        if mine[0].identity.group:
            groups[mine[0].identity.group] += mine[:2]
    return [
        Strip(f"group {name}", tuple(Cell(item.identity.cue, item.render()[0]) for item in members))
        for name, members in list(groups.items())[:3]
    ]
