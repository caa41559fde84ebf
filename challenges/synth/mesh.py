"""Loft rings into triangle meshes with integer vertices.

A body part is a tube through rings. A ring is a centre, a forward and a left half-axis in millimetres and an outline
(circle to rounded box). Vertices are int64 in 1/16 mm; all later geometry is integer arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from challenges.synth.exact import Vector, nearest, outline
from challenges.synth.native import Whole, kernel

SCALE = 16
"""Units per millimetre."""
SEGMENTS = 16
"""Sides of a tube; texture coordinate u runs from -2048 (back) over 0 (front) and 1024 (left) to 2048 (back)."""
ROUND, SOFT, BOX = 2, 3, 6
"""Outlines: the exponents of the superellipse."""


@dataclass(frozen=True)
class Ring:
    """Hold one cross-section: centre, forward and left half-axes (mm), and texture coordinate v (mm along the part)."""

    centre: Vector
    forward: Vector
    left: Vector
    v: float


@dataclass(frozen=True)
class Tube:
    """Hold the rings of one part from end to end; both ends are closed by the builder."""

    rings: tuple[Ring, ...]
    material: int
    squareness: int = ROUND
    rough: int = 0
    """Largest random displacement of the surface in mm: cloth is not a lathe's work."""


@dataclass(frozen=True)
class Mesh:
    """Hold vertices int64 (n, 8): x, y, z (1/16 mm), u, v, normal (1/UNIT); triangles int64 (t, 4): corners, material."""

    vertices: NDArray[np.int64]
    triangles: NDArray[np.int64]


def loft(tubes: Sequence[Tube], *, seed: int) -> Mesh:
    """Return the mesh of these tubes; `seed` chooses the small random displacements of their surfaces."""
    rows, starts = [], [0]
    for tube in tubes:
        rings = _closed(tube.rings)
        rows += [_row(ring) for ring in rings]
        starts.append(len(rows))
    shape = np.stack([outline(SEGMENTS, tube.squareness) for tube in tubes])
    parts = np.array([(tube.material, tube.rough * SCALE) for tube in tubes], dtype=np.int64)
    vertices, triangles = _loft(np.array(rows, dtype=np.int64), np.array(starts, dtype=np.int64), shape, parts, seed)
    return smoothed(vertices, triangles, SEGMENTS + 1)


def smoothed(vertices: NDArray[np.int64], triangles: NDArray[np.int64], around: int) -> Mesh:
    """Return the mesh of rings of `around` vertices each, whose normals are set here, the same on both sides of a seam."""
    _set_normals(vertices, triangles)
    _join_seams(vertices, around)
    return Mesh(vertices, triangles)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Return the meshes as one."""
    offsets = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    triangles = []
    for mesh, offset in zip(meshes, offsets[:-1], strict=True):
        moved = mesh.triangles.copy()
        moved[:, :3] += offset
        triangles.append(moved)
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(triangles))


def _closed(rings: tuple[Ring, ...]) -> list[Ring]:
    """Return the rings with a point at each end: an open tube would show its inside."""
    first, last = rings[0], rings[-1]
    return [
        Ring(first.centre, first.forward.times(0.02), first.left.times(0.02), first.v),
        *rings,
        Ring(last.centre, last.forward.times(0.02), last.left.times(0.02), last.v),
    ]


def _row(ring: Ring) -> tuple[int, ...]:
    numbers = (*ring.centre, *ring.forward, *ring.left)
    return (*(nearest(number * SCALE) for number in numbers), nearest(ring.v))


@kernel
def scramble(a: Whole, b: Whole, c: Whole) -> Whole:
    """Return 30 well mixed bits of three integers (the finaliser of SplitMix64)."""
    value = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
    value += np.uint64(c) * np.uint64(0x165667B19E3779F9)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((value ^ (value >> np.uint64(31))) >> np.uint64(34))


@kernel
def _loft(
    rows: NDArray[np.int64], starts: NDArray[np.int64], shape: NDArray[np.int64], parts: NDArray[np.int64], seed: Whole
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    around = shape.shape[1]
    vertices = np.zeros((len(rows) * around, 8), np.int64)
    triangles = np.empty(((len(rows) - len(parts)) * (around - 1) * 2, 4), np.int64)
    filled = 0
    for part in range(len(parts)):
        for ring in range(starts[part], starts[part + 1]):
            for k in range(around):
                at = ring * around + k
                forward, left = shape[part, k, 0], shape[part, k, 1]
                swell = 0
                if parts[part, 1] > 0:
                    swell = scramble(seed + part, ring, k % (around - 1)) % (2 * parts[part, 1] + 1) - parts[part, 1]
                reach = np.int64(1) << 14
                size = abs(rows[ring, 3]) + abs(rows[ring, 4]) + abs(rows[ring, 5]) + 1
                if size > 16 * 40:
                    reach += swell * reach // size
                for axis in range(3):
                    offset = (rows[ring, 3 + axis] * forward + rows[ring, 6 + axis] * left) >> 14
                    vertices[at, axis] = rows[ring, axis] + ((offset * reach) >> 14)
                vertices[at, 3] = k * 4096 // (around - 1) - 2048
                vertices[at, 4] = rows[ring, 9]
                if ring + 1 < starts[part + 1] and k + 1 < around:
                    below, above = at, at + around
                    triangles[filled] = (below, below + 1, above, parts[part, 0])
                    triangles[filled + 1] = (below + 1, above + 1, above, parts[part, 0])
                    filled += 2
    return vertices, triangles


@kernel
def _set_normals(vertices: NDArray[np.int64], triangles: NDArray[np.int64]) -> None:
    """Add each triangle's area vector to its corners; lengths are made equal later."""
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        px, py, pz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        qx, qy, qz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        for k in range(3):
            corner = vertices[triangles[t, k]]
            corner[5] += py * qz - pz * qy
            corner[6] += pz * qx - px * qz
            corner[7] += px * qy - py * qx


@kernel
def _join_seams(vertices: NDArray[np.int64], around: Whole) -> None:
    for start in range(0, len(vertices), around):
        for axis in range(5, 8):
            total = vertices[start, axis] + vertices[start + around - 1, axis]
            vertices[start, axis] = total
            vertices[start + around - 1, axis] = total
    for at in range(len(vertices)):
        largest = max(abs(vertices[at, 5]), abs(vertices[at, 6]), abs(vertices[at, 7]), np.int64(1))
        x, y, z = (
            vertices[at, 5] * 16384 // largest,
            vertices[at, 6] * 16384 // largest,
            vertices[at, 7] * 16384 // largest,
        )
        # Integer square root by Newton: float roots are exact too, but integers leave nothing to argue.
        square, root = x * x + y * y + z * z, np.int64(32768)
        for _ in range(6):
            root = (root + square // root) >> 1
        vertices[at, 5], vertices[at, 6], vertices[at, 7] = x * 16384 // root, y * 16384 // root, z * 16384 // root
