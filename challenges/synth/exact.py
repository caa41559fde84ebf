"""Compute angles, roots and vectors with operations that IEEE 754 rounds alike on every machine.

Library sines differ in the last bit between C libraries. Here an angle is a fraction of a turn and its sine a fixed
polynomial of additions and multiplications; tables for the pixel loops hold the rounded integers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# 1 / (2k+1)! with alternating sign: the Taylor series of the sine is exact to 2e-13 on [-pi/2, pi/2].
_SINE_TERMS = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(9))
UNIT = 1 << 14
"""Fixed-point one of direction vectors, rotation matrices and sine tables."""


def sine(turn: float) -> float:
    """Return the sine of an angle given in turns (1.0 is a full circle).

    Examples
    --------
    >>> round(sine(0.25), 9), round(sine(1 / 12), 9)
    (1.0, 0.5)
    """
    folded = turn - math.floor(turn + 0.5)
    if folded > 0.25:
        folded = 0.5 - folded
    elif folded < -0.25:
        folded = -0.5 - folded
    angle = folded * 6.283185307179586
    square = angle * angle
    total = 0.0
    for term in reversed(_SINE_TERMS):
        total = total * square + term
    return total * angle


def cosine(turn: float) -> float:
    """Return the cosine of an angle given in turns."""
    return sine(turn + 0.25)


class Vector(NamedTuple):
    """Hold a point or direction in millimetres or unitless: x forward, y left, z up."""

    x: float
    y: float
    z: float

    def plus(self, other: Vector, times: float = 1.0) -> Vector:
        """Return this vector plus `times` the other."""
        return Vector(self.x + times * other.x, self.y + times * other.y, self.z + times * other.z)

    def times(self, factor: float) -> Vector:
        """Return this vector scaled."""
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def cross(self, other: Vector) -> Vector:
        """Return the cross product."""
        return Vector(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    def dot(self, other: Vector) -> float:
        """Return the scalar product."""
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self) -> Vector:
        """Return the vector of length one in this direction."""
        return self.times(1.0 / math.sqrt(self.dot(self)))


FORWARD, LEFT, UP = Vector(1.0, 0.0, 0.0), Vector(0.0, 1.0, 0.0), Vector(0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Frame:
    """Hold an origin and three orthonormal axes: forward, left and up of a body part."""

    origin: Vector
    forward: Vector = FORWARD
    left: Vector = LEFT
    up: Vector = UP

    def point(self, x: float, y: float, z: float) -> Vector:
        """Return the world point at these local coordinates."""
        return self.origin.plus(self.forward, x).plus(self.left, y).plus(self.up, z)

    def at(self, x: float, y: float, z: float) -> Frame:
        """Return the same axes with the origin moved to these local coordinates."""
        return Frame(self.point(x, y, z), self.forward, self.left, self.up)

    def yawed(self, turn: float) -> Frame:
        """Return the frame turned to its left about its own up axis."""
        c, s = cosine(turn), sine(turn)
        forward = self.forward.times(c).plus(self.left, s)
        return Frame(self.origin, forward, self.left.times(c).plus(self.forward, -s), self.up)

    def pitched(self, turn: float) -> Frame:
        """Return the frame bowed forward about its own left axis."""
        c, s = cosine(turn), sine(turn)
        forward = self.forward.times(c).plus(self.up, -s)
        return Frame(self.origin, forward, self.left, self.up.times(c).plus(self.forward, s))

    def rolled(self, turn: float) -> Frame:
        """Return the frame leaned to its left about its own forward axis."""
        c, s = cosine(turn), sine(turn)
        left = self.left.times(c).plus(self.up, -s)
        return Frame(self.origin, self.forward, left, self.up.times(c).plus(self.left, s))


def nearest(value: float) -> int:
    """Return the nearest integer, halves upward (Python's own rounding goes to even)."""
    return math.floor(value + 0.5)


@cache
def power_table(exponent: str, entries: int, top: int) -> NDArray[np.int32]:
    """Return round(top · (i / (entries - 1)) ** exponent) for i = 0 … entries - 1, an int32 array.

    Decimal arithmetic rounds correctly, so a gamma curve has the same integers everywhere; `pow` has not.
    """
    with localcontext() as context:
        context.prec = 28
        power, last = Decimal(exponent), Decimal(entries - 1)
        values = [0] + [int((Decimal(i) / last) ** power * top + Decimal("0.5")) for i in range(1, entries)]
    table = np.array(values, dtype=np.int32)
    table.setflags(write=False)
    return table


@cache
def outline(segments: int, squareness: int) -> NDArray[np.int64]:
    """Return the points of a unit outline, int64 (segments + 1, 2) in 1/UNIT: (forward, left) from back round to back.

    `squareness` 2 is a circle; 3 to 6 are superellipses towards a rounded box. The seam lies at the back; the middle
    point is the front.
    """
    points = []
    for step in range(segments + 1):
        turn = step / segments - 0.5
        c, s = cosine(turn), sine(turn)
        norm = abs(c) ** squareness + abs(s) ** squareness  # integer powers: repeated multiplication
        radius = 1.0
        for _ in range(40):  # Newton for norm ** (-1 / squareness), from 1: converges monotonically
            radius -= (norm * radius**squareness - 1.0) / (squareness * norm * radius ** (squareness - 1))
        points.append((nearest(c * radius * UNIT), nearest(s * radius * UNIT)))
    table = np.array(points, dtype=np.int64)
    table.setflags(write=False)
    return table
