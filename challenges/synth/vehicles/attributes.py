"""Describe a synthetic vehicle: VRAI's attributes, the hidden model behind them and the marks that tell it from others.

Frequencies follow what VRAI's figure 3 shows: white, black and gray dominate, and sedans, hatchbacks and SUVs.

References
----------
P. Wang et al., Vehicle Re-identification in Aerial Imagery: Dataset and Approach, ICCV 2019, section 3.2: nine colours,
seven types, four options, discriminative parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from challenges.synth.stream import Stream

VOCABULARY: Mapping[str, Mapping[str, int]] = {
    "type": {"sedan": 38, "hatchback": 16, "suv": 20, "bus": 5, "lorry": 11, "truck": 4, "other": 6},
    "colour": {
        "white": 36, "black": 20, "gray": 18, "red": 7, "green": 3, "blue": 6, "yellow": 3, "brown": 5, "other": 2,
    },
    "skylight": {"no": 72, "yes": 28},
    "bumper": {"no": 90, "yes": 10},
    "spare_tyre": {"no": 96, "yes": 4},
    "luggage_rack": {"no": 84, "yes": 16},
}  # fmt: skip
"""Each attribute's values with their integer weights."""

ATTRIBUTE_NAMES = tuple(VOCABULARY)
MODELS: Mapping[str, int] = {"sedan": 6, "hatchback": 4, "suv": 4, "bus": 3, "lorry": 4, "truck": 4, "other": 4}
"""How many models there are of each type; `other` holds two vans, a pickup and a three-wheeler."""
CARGOES = ("none", "boxes", "pipes", "tarpaulin", "sand", "timber")
"""What lies on an open bed."""
OPEN_BEDS = {("lorry", 1), ("lorry", 2), ("lorry", 3), ("truck", 0), ("other", 2), ("other", 3)}
CARS = ("sedan", "hatchback", "suv")

_COLOURS_OF: Mapping[str, Mapping[str, int]] = {
    "bus": {"green": 18, "blue": 22, "yellow": 16, "red": 12, "white": 22, "other": 10},
    "lorry": {"blue": 34, "white": 30, "red": 16, "green": 6, "yellow": 6, "gray": 4, "other": 4},
    "truck": {"red": 26, "white": 22, "blue": 18, "yellow": 14, "green": 10, "gray": 6, "other": 4},
}
_OPTIONS: Mapping[str, Mapping[str, int]] = {
    "skylight": {"sedan": 36, "hatchback": 20, "suv": 48, "bus": 60, "other": 8},
    "bumper": {"suv": 24, "lorry": 26, "truck": 34, "other": 16, "hatchback": 2},
    "spare_tyre": {"suv": 24, "lorry": 14, "truck": 16, "other": 6},
    "luggage_rack": {"suv": 52, "hatchback": 12, "other": 24, "bus": 4},
}
"""Per cent of each type that have the option."""


@dataclass(frozen=True)
class Mark:
    """Hold one individual mark: its kind (a key of `MARKS`) and the seed that places and paints it."""

    kind: str
    seed: int


MARKS: Mapping[str, int] = {
    "roof_decal": 16, "roof_text": 10, "side_sticker": 14, "side_text": 12, "bonnet_sticker": 10, "patch": 12, "dent": 8,
    "mud": 12, "rear_sticker": 8, "dashboard": 26, "stripe": 10,
}  # fmt: skip
"""Kinds of marks with their weights. `dashboard` is what lies behind the windscreen."""


@dataclass(frozen=True)
class Vehicle:
    """Hold all that decides how a vehicle looks in itself.

    `type` to `luggage_rack` are labels, keys of `VOCABULARY`; `model` is a number below `MODELS[type]`, `cargo` one of
    `CARGOES`, `marks` what tells it from its like, `dust` how dirty it is (0 … 100), `tint` the key of its paint's exact
    shade and of all that is random about it.
    """

    type: str
    colour: str
    skylight: str
    bumper: str
    spare_tyre: str
    luggage_rack: str
    model: int
    cargo: str
    marks: tuple[Mark, ...]
    dust: int
    tint: tuple[int | str, ...]


def draw_vehicle(stream: Stream, *, models: Mapping[str, tuple[int, ...]] | None = None) -> Vehicle:
    """Return a random vehicle from the joint distribution; options and colours depend on the type.

    `models` limits the models of types, for releases whose parts share none.
    """
    kind = stream.fork("type").weighted(VOCABULARY["type"])
    known = (models or {}).get(kind, tuple(range(MODELS[kind])))
    model = stream.fork("model").pick(known)
    cargo = stream.fork("cargo").pick(CARGOES) if (kind, model) in OPEN_BEDS else "none"
    options = {name: "yes" if stream.fork(name).below(100) < _OPTIONS[name].get(kind, 0) else "no" for name in _OPTIONS}
    return Vehicle(
        type=kind,
        colour=stream.fork("colour").weighted(_COLOURS_OF.get(kind, VOCABULARY["colour"])),
        skylight=options["skylight"],
        bumper=options["bumper"],
        spare_tyre=options["spare_tyre"],
        luggage_rack=options["luggage_rack"],
        model=model,
        cargo=cargo,
        marks=_marks(stream.fork("marks"), kind),
        dust=max(0, round(stream.fork("dust").normal(24.0)) + (18 if kind in ("lorry", "truck") else 0)),
        tint=("tint", stream.token(12)),
    )


def _marks(stream: Stream, kind: str) -> tuple[Mark, ...]:
    """Return none to three marks of different kinds; goods vehicles and buses carry more letters."""
    weights = dict(MARKS)
    if kind not in CARS:
        weights |= {"side_text": 40, "roof_text": 24, "dashboard": 10}
    count = int(stream.weighted({"0": 22, "1": 40, "2": 26, "3": 12}))
    marks = []
    for number in range(count):
        name = stream.fork("kind", number).weighted(weights)
        del weights[name]
        marks.append(Mark(name, stream.fork("seed", number).below(1 << 30)))
    return tuple(marks)


_CUES = ("mark", "skylight", "luggage_rack", "dashboard", "mark again", "bumper")


def lookalike(leader: Vehicle, stream: Stream, *, member: int) -> tuple[Vehicle, str]:
    """Return a vehicle of the same model, colour and options as a confusable group's leader but for one cue, and its name.

    Members numbered from 1 change different cues, so that no two of a group are equal. Paint of the same shade differs
    by a level or two, as it does between two cars of one make.
    """
    own = stream.fork("member", member)
    name = _CUES[(stream.fork("first").below(len(_CUES)) + member) % len(_CUES)]
    here = replace(leader, tint=(*leader.tint, own.token(6)))
    if name in ("skylight", "luggage_rack", "bumper") and leader.type in _OPTIONS[name]:
        return with_option(here, name, "no" if getattr(leader, name) == "yes" else "yes"), name
    kind = "dashboard" if name == "dashboard" else own.weighted({k: w for k, w in MARKS.items() if k != "dashboard"})
    kept = tuple(mark for mark in leader.marks if mark.kind != kind)
    return replace(here, marks=(*kept, Mark(kind, own.below(1 << 30)))), kind


def with_option(vehicle: Vehicle, name: str, value: str) -> Vehicle:
    """Return the vehicle with another value (`yes` or `no`) of one of its four options."""
    options = {option: getattr(vehicle, option) for option in _OPTIONS} | {name: value}
    return replace(
        vehicle,
        skylight=options["skylight"],
        bumper=options["bumper"],
        spare_tyre=options["spare_tyre"],
        luggage_rack=options["luggage_rack"],
    )
