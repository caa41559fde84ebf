"""Project meshes and fill a buffer of visible surfaces, in integers.

A buffer is int32 (height, width, 7): depth (1/16 mm, 0 where nothing is), material, u, v and the surface normal in
1/UNIT. A vertex row is int64 (x, y, z, u, v, nx, ny, nz), in 1/16 mm before and 1/16 samples after projection.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.exact import UNIT, cosine, nearest, sine
from challenges.synth.mesh import SCALE, Mesh
from challenges.synth.native import kernel

Buffer = NDArray[np.int32]
DEPTH, MATERIAL, U, V, NORMAL = 0, 1, 2, 3, 4
NEAR = 200 * SCALE
"""Nothing nearer than 0.2 m is drawn."""


def placed(mesh: Mesh, *, heading: float, x: float, y: float, material: int = 0) -> Mesh:
    """Return the mesh turned left by `heading` turns about the vertical, moved (mm), with its materials renumbered."""
    rotation = np.array([nearest(cosine(heading) * UNIT), nearest(sine(heading) * UNIT)], dtype=np.int64)
    shift = np.array([nearest(x * SCALE), nearest(y * SCALE)], dtype=np.int64)
    triangles = mesh.triangles.copy()
    triangles[:, 3] += material
    return Mesh(_turned(mesh.vertices, rotation, shift), triangles)


@kernel
def _turned(vertices: NDArray[np.int64], rotation: NDArray[np.int64], shift: NDArray[np.int64]) -> NDArray[np.int64]:
    out = vertices.copy()
    c, s = rotation[0], rotation[1]
    for at in range(len(vertices)):
        for first in (0, 5):
            x, y = vertices[at, first], vertices[at, first + 1]
            out[at, first] = (x * c - y * s) >> 14
            out[at, first + 1] = (x * s + y * c) >> 14
        out[at, 0] += shift[0]
        out[at, 1] += shift[1]
    return out


@kernel
def project(vertices: NDArray[np.int64], view: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the vertices with x, y in 1/16 samples and z the depth (1/16 mm) along the line of sight."""
    out = vertices.copy()
    for at in range(len(vertices)):
        x, y, z = vertices[at, 0] - view[0], vertices[at, 1] - view[1], vertices[at, 2] - view[2]
        right = (x * view[3] + y * view[4] + z * view[5]) >> 14
        down = (x * view[6] + y * view[7] + z * view[8]) >> 14
        depth = (x * view[9] + y * view[10] + z * view[11]) >> 14
        out[at, 2] = depth
        if view[12] < 0:
            out[at, 0] = view[13] + right * 16 // -view[12]
            out[at, 1] = view[14] + down * 16 // -view[12]
        elif depth > 0:
            out[at, 0] = view[13] + right * view[12] // depth
            out[at, 1] = view[14] + down * view[12] // depth
    return out


@kernel
def fill(buffer: Buffer, corners: NDArray[np.int64], triangles: NDArray[np.int64]) -> None:
    """Draw projected triangles into the buffer, nearest first wherever they overlap."""
    height, width = buffer.shape[0], buffer.shape[1]
    for t in range(len(triangles)):
        a, b, c = corners[triangles[t, 0]], corners[triangles[t, 1]], corners[triangles[t, 2]]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area == 0 or min(a[2], b[2], c[2]) < NEAR:
            continue
        if area < 0:
            b, c, area = c, b, -area
        x_first = max(np.int64(0), (min(a[0], b[0], c[0]) + 7) >> 4)
        x_last = min(np.int64(width - 1), (max(a[0], b[0], c[0]) - 8) >> 4)
        y_first = max(np.int64(0), (min(a[1], b[1], c[1]) + 7) >> 4)
        y_last = min(np.int64(height - 1), (max(a[1], b[1], c[1]) - 8) >> 4)
        for y in range(y_first, y_last + 1):
            for x in range(x_first, x_last + 1):
                px, py = x * 16 + 8, y * 16 + 8
                at_b = (px - a[0]) * (c[1] - a[1]) - (py - a[1]) * (c[0] - a[0])
                at_c = (b[0] - a[0]) * (py - a[1]) - (b[1] - a[1]) * (px - a[0])
                at_a = area - at_b - at_c
                if at_a < 0 or at_b < 0 or at_c < 0:
                    continue
                depth = (at_a * a[2] + at_b * b[2] + at_c * c[2]) // area
                if buffer[y, x, DEPTH] != 0 and buffer[y, x, DEPTH] <= depth:
                    continue
                buffer[y, x, DEPTH] = depth
                buffer[y, x, MATERIAL] = triangles[t, 3]
                for k in range(3, 8):
                    buffer[y, x, k - 1] = (at_a * a[k] + at_b * b[k] + at_c * c[k]) // area


@kernel
def fill_depth(depths: NDArray[np.int32], corners: NDArray[np.int64], triangles: NDArray[np.int64]) -> None:
    """Draw the depth of projected triangles alone: the sun's view, from which shadows follow."""
    height, width = depths.shape
    for t in range(len(triangles)):
        a, b, c = corners[triangles[t, 0]], corners[triangles[t, 1]], corners[triangles[t, 2]]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area == 0:
            continue
        if area < 0:
            b, c, area = c, b, -area
        for y in range(
            max(np.int64(0), (min(a[1], b[1], c[1]) + 7) >> 4),
            min(np.int64(height), ((max(a[1], b[1], c[1]) - 8) >> 4) + 1),
        ):
            for x in range(
                max(np.int64(0), (min(a[0], b[0], c[0]) + 7) >> 4),
                min(np.int64(width), ((max(a[0], b[0], c[0]) - 8) >> 4) + 1),
            ):
                px, py = x * 16 + 8, y * 16 + 8
                at_b = (px - a[0]) * (c[1] - a[1]) - (py - a[1]) * (c[0] - a[0])
                at_c = (b[0] - a[0]) * (py - a[1]) - (b[1] - a[1]) * (px - a[0])
                if at_b >= 0 and at_c >= 0 and at_b + at_c <= area:
                    depth = ((area - at_b - at_c) * a[2] + at_b * b[2] + at_c * c[2]) // area
                    if depths[y, x] == 0 or depth < depths[y, x]:
                        depths[y, x] = depth


def bounds(corners: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """Return the least x and y and the greatest x and y of projected vertices, in 1/16 samples."""
    low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
