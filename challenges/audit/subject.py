"""Say what is asked of a population: how its images meet, which labels are known, which nuisances make it harder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from challenges.synth.populations import Population
from challenges.synth.sensor import Blur

Step = Callable[[Any, float], Any]
"""Give a population's shot with one factor at a value."""


@dataclass(frozen=True)
class Nuisance:
    """Hold a nuisance: its column, whether greater values are harder, and the sides whose queries are asked (all if none)."""

    column: str
    label: str
    greater_is_harder: bool
    sides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """Hold a factor: how a shot is changed to a value of it, the values from easy to hard, and the sides asked as above."""

    name: str
    label: str
    step: Step
    values: tuple[float, ...]
    sides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """Hold what is asked of a population.

    Attributes
    ----------
    population : Population
    junk : tuple of tuple of str
        The protocol's rule: an image equal to the query in all columns of one set is left out of its gallery.
    side_of : callable
        Gives the side from which a camera sees, by camid: what is found across views is found from another side.
    least_view_gap : float or None
        What a view must cost in rank-1; None where sides differ too little to ask for it.
    attributes : tuple of str
        Columns of the perfect attributes that are held against a bar.
    more_attributes : tuple of str
        Columns that are known beyond them, for comparison.
    more : str
        What these are, for people.
    nuisances, ladders : tuple
        What must make queries harder, bin by bin in a release and step by step alone.
    pixels_of : callable
        Renders a shot; a function of a module, which other processes find by its name.
    """

    population: Population
    junk: tuple[tuple[str, ...], ...]
    side_of: Callable[[str], str]
    least_view_gap: float | None
    attributes: tuple[str, ...]
    more_attributes: tuple[str, ...]
    more: str
    nuisances: tuple[Nuisance, ...]
    ladders: tuple[Ladder, ...]
    pixels_of: Callable[[Any], NDArray[np.uint8]]


def elevation(values: tuple[float, ...], *sides: str) -> Ladder:
    """Return the ladder of cameras that look down more steeply."""
    return Ladder(
        "elevation", "degrees above the horizon", lambda shot, to: replace(shot, depression=to / 360.0), values, sides
    )


def size(field: str) -> Ladder:
    """Return the ladder of smaller pictures; `field` of a shot says how large one is."""
    return Ladder(
        "size",
        "share of the pixels each way",
        lambda shot, to: replace(shot, **{field: getattr(shot, field) * to}),
        (1.0, 0.7, 0.5, 0.35, 0.25),
    )


def occlusion(values: tuple[float, ...]) -> Ladder:
    """Return the ladder of boxes that cut off more at the bottom."""
    return Ladder(
        "occlusion",
        "share cut off at the bottom",
        lambda shot, to: replace(shot, crop=replace(shot.crop, bottom=-to)),
        values,
    )


LIGHT = Ladder(
    "light",
    "share of the exposure",
    lambda shot, to: replace(shot, light=replace(shot.light, exposure=round(shot.light.exposure * to))),
    (1.0, 0.4, 0.2, 0.1, 0.05),
)
BLUR = Ladder(
    "blur",
    "path in pixels",
    lambda shot, to: replace(shot, blur=Blur(round(16 * to), 0, round(to / 2))),
    (0.0, 4.0, 8.0, 14.0, 22.0),
)
