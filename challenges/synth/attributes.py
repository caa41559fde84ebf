"""Describe a synthetic person: the soft attributes that are labels, and the hidden measures behind them.

The fields of `Attributes` are the columns of a release. Each changes pixels on its own; a test toggles every value.
Frequencies are heavy-tailed as on a campus: most are young, of medium build, dark-haired and in trousers and trainers, and
dark, denim and white garments are most of what is worn. So attributes alone name nobody (`challenges.audit`).

References
----------
H. Nguyen et al., AG-ReID.v2, 2024: the fifteen soft attributes that this list follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from challenges.synth.stream import Stream

_COLOURS = {
    "black": 260, "white": 150, "grey": 130, "navy": 100, "blue": 70, "red": 55, "beige": 50, "brown": 40,
    "green": 35, "olive": 25, "pink": 25, "yellow": 18, "purple": 15, "orange": 12, "teal": 12,
}  # fmt: skip
VOCABULARY: Mapping[str, Mapping[str, int]] = {
    "gender": {"male": 58, "female": 42},
    "age": {"young": 70, "middle": 22, "old": 8},
    "stature": {"short": 16, "medium": 68, "tall": 16},
    "build": {"thin": 16, "medium": 68, "heavy": 16},
    "skin": {"light": 50, "medium": 36, "dark": 14},
    "hair_colour": {"black": 62, "brown": 24, "blonde": 7, "grey": 4, "red": 3},
    "hairstyle": {"short": 50, "medium": 15, "long": 18, "ponytail": 10, "bald": 7},
    "beard": {"no": 80, "yes": 20},
    "moustache": {"no": 88, "yes": 12},
    "glasses": {"none": 72, "clear": 18, "dark": 10},
    "head": {"none": 86, "cap": 9, "hat": 2, "scarf": 3},
    "upper": {"t-shirt": 46, "shirt": 14, "sweater": 10, "hoodie": 12, "jacket": 11, "coat": 4, "tank-top": 3},
    "upper_colour": _COLOURS,
    "upper_pattern": {"plain": 66, "print": 12, "stripes": 8, "checks": 6, "dots": 2, "blocks": 6},
    "lower": {"trousers": 54, "leggings": 10, "shorts": 24, "skirt": 7, "long-skirt": 5},
    "lower_colour": {"denim": 300, **_COLOURS, "white": 40},
    "feet": {"trainers": 70, "shoes": 16, "boots": 8, "sandals": 6},
    "feet_colour": {"black": 40, "white": 34, "grey": 10, "brown": 8, "red": 4, "blue": 4},
    "bag": {"none": 45, "backpack": 38, "shoulder": 11, "hand": 6},
    "bag_colour": {"black": 50, "grey": 12, "navy": 9, "brown": 9, "beige": 5, "red": 6, "green": 4, "blue": 5},
}
"""Each attribute's values with their integer weights."""


@dataclass(frozen=True)
class Attributes:
    """Hold the soft attributes of one identity, each a key of `VOCABULARY`."""

    gender: str
    age: str
    stature: str
    build: str
    skin: str
    hair_colour: str
    hairstyle: str
    beard: str
    moustache: str
    glasses: str
    head: str
    upper: str
    upper_colour: str
    upper_pattern: str
    lower: str
    lower_colour: str
    feet: str
    feet_colour: str
    bag: str
    bag_colour: str


ATTRIBUTE_NAMES = tuple(field.name for field in fields(Attributes))
BODY_NAMES = ("gender", "age", "stature", "build", "skin", "hair_colour", "hairstyle", "beard", "moustache", "glasses")
"""The attributes that stay with a person from day to day; the others are chosen anew for each session."""

_ONLY_MALE = {"beard": "no", "moustache": "no"}
_WARM = {"jacket": 0, "coat": 0, "hoodie": 4}
_COLD = {"t-shirt": 5, "tank-top": 0, "jacket": 34, "coat": 18}


def draw_attributes(stream: Stream, *, season: str, away: bool = False) -> Attributes:
    """Return a random person's attributes from the joint distribution.

    `season` is `warm` or `cold` and moves the weights of garments. Hair, beard and skirts depend on gender, grey hair on
    age, and a scarf covers the hair. `away` is another town: brighter colours, more patterns, other bags.
    """
    drawn = {name: stream.fork(name).weighted(weights) for name, weights in VOCABULARY.items()}
    drawn["upper"] = _seasonal(stream, "upper", _WARM if season == "warm" else _COLD)
    drawn["lower"] = _seasonal(stream, "lower", {} if season == "warm" else {"shorts": 1, "skirt": 4})
    if away:
        drawn |= {name: stream.fork(name, "away").weighted(weights) for name, weights in _AWAY.items()}
    if drawn["gender"] == "female":
        drawn |= _ONLY_MALE
        drawn["hairstyle"] = stream.fork("style").weighted({"long": 46, "ponytail": 26, "medium": 20, "short": 8})
    else:
        drawn["hairstyle"] = stream.fork("style").weighted(
            {"short": 76, "bald": 10, "medium": 9, "long": 3, "ponytail": 2}
        )
        drawn["head"] = stream.fork("male head").weighted({"none": 80, "cap": 16, "hat": 4})
        drawn["lower"] = {"skirt": "shorts", "long-skirt": "trousers", "leggings": "trousers"}.get(
            drawn["lower"], drawn["lower"]
        )
    if drawn["age"] == "old":
        drawn["hair_colour"] = stream.fork("grey").weighted({"grey": 70, "brown": 15, "black": 15})
    return Attributes(**drawn)


_AWAY_COLOURS = {
    "red": 120,
    "yellow": 110,
    "green": 110,
    "orange": 90,
    "teal": 90,
    "purple": 80,
    "white": 120,
    "beige": 140,
}
_AWAY: Mapping[str, Mapping[str, int]] = {
    "upper_colour": {**_COLOURS, **_AWAY_COLOURS},
    "upper_pattern": {"plain": 40, "print": 16, "stripes": 16, "checks": 14, "dots": 5, "blocks": 9},
    "lower_colour": {**_COLOURS, "denim": 90, "brown": 120, "olive": 110},
    "bag": {"none": 36, "backpack": 18, "shoulder": 30, "hand": 16},
}


def _seasonal(stream: Stream, name: str, changes: Mapping[str, int]) -> str:
    return stream.fork(name, "season").weighted({**VOCABULARY[name], **changes})


def dressed_anew(person: Attributes, stream: Stream, *, season: str, away: bool = False) -> Attributes:
    """Return the same body in the clothes of another session."""
    fresh = draw_attributes(stream, season=season, away=away)
    return replace(fresh, **{name: getattr(person, name) for name in BODY_NAMES})


_CUES: tuple[tuple[str, Mapping[str, int]], ...] = (
    ("bag", VOCABULARY["bag"]),
    ("feet_colour", VOCABULARY["feet_colour"]),
    ("head", {"none": 40, "cap": 50, "hat": 10}),
    ("hairstyle", {"short": 30, "medium": 20, "long": 30, "ponytail": 20}),
    ("upper_pattern", {"plain": 50, "print": 50}),
    ("lower_colour", {"black": 40, "denim": 30, "navy": 30}),
)


def lookalike(leader: Attributes, stream: Stream, *, member: int) -> tuple[Attributes, str]:
    """Return a person dressed as the leader of a confusable group but for one cue, and the cue's name.

    Members numbered from 1 change different cues, so that no two members of a group are equal.
    """
    name, weights = _CUES[(stream.fork("first").below(len(_CUES)) + member) % len(_CUES)]
    others = {value: weight for value, weight in weights.items() if value != getattr(leader, name)}
    return replace(leader, **{name: stream.fork("cue", member).weighted(others)}), name
