"""Move pixels: flips, padded crops and affine maps, by other amounts for each image; uint8 (n, 3, height, width)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad as padded


def flip(images: Tensor, where: Tensor) -> Tensor:
    """Mirror left and right the images where `where` is true."""
    return torch.where(where[:, None, None, None], images.flip(3), images)


def crop_padded(images: Tensor, pad: int, top: Tensor, left: Tensor) -> Tensor:
    """Pad with black on all sides, then cut each image back to its size from (top, left), both from 0 to 2 * pad."""
    count, channels, height, width = images.shape
    wide = padded(
        images.permute(0, 2, 3, 1), (0, 0, pad, pad, pad, pad)
    ).contiguous()  # (n, height + 2 pad, width + 2 pad, 3)
    # A view of every window there is: one index an image then copies whole windows, not pixels.
    each, down, across, _ = wide.stride()
    places = 2 * pad + 1
    windows = wide.as_strided((count, places, places, height, width, channels), (each, down, across, down, across, 1))
    return windows[torch.arange(count, device=images.device), top, left].permute(0, 3, 1, 2)


def rotation_matrix(degrees: Tensor, height: int, width: int) -> Tensor:
    """Return maps from output to input pixels, float64 (n, 6), that turn counter-clockwise about the centre."""
    angle = -torch.deg2rad(degrees.double())
    cos, sin = angle.cos(), angle.sin()
    middle_x, middle_y = width / 2, height / 2
    return torch.stack(
        [
            cos,
            sin,
            middle_x - cos * middle_x - sin * middle_y,
            -sin,
            cos,
            middle_y + sin * middle_x - cos * middle_y,
        ],
        dim=1,
    )


def shear_matrix(factors: Tensor, *, horizontal: bool) -> Tensor:
    """Return maps, float64 (n, 6), x + factor * y if horizontal, else y + factor * x."""
    one, none, factors = torch.ones_like(factors.double()), torch.zeros_like(factors.double()), factors.double()
    return torch.stack([one, factors if horizontal else none, none, none if horizontal else factors, one, none], dim=1)


def affine(images: Tensor, matrices: Tensor, *, fill: int, smooth: bool) -> Tensor:
    """Map each image by (a, b, c, d, e, f): the output pixel (x, y) shows the input at (ax + by + c, dx + ey + f).

    Coordinates are of pixel centres, as Pillow has them. What comes from outside is filled with the level `fill` in all
    channels. `smooth` interpolates bilinearly, else the pixel that holds the point is taken.
    """
    count, _, height, width = images.shape
    y, x = torch.meshgrid(_centres(height, images), _centres(width, images), indexing="ij")
    a, b, c, d, e, f = (column[:, None, None] for column in matrices.unbind(dim=1))
    across, down = a * x + b * y + c, d * x + e * y + f  # (n, height, width)
    outside = (across < 0) | (across >= width) | (down < 0) | (down >= height)
    pixels = images.permute(0, 2, 3, 1)
    each = torch.arange(count, device=images.device)[:, None, None]

    def at(rows: Tensor, columns: Tensor) -> Tensor:
        return pixels[each, rows.clamp(0, height - 1).long(), columns.clamp(0, width - 1).long()]

    if smooth:
        left, top = (across - 0.5).floor(), (down - 0.5).floor()
        right_share, lower_share = (across - 0.5 - left)[..., None], (down - 0.5 - top)[..., None]
        upper = torch.lerp(at(top, left).double(), at(top, left + 1).double(), right_share)
        lower = torch.lerp(at(top + 1, left).double(), at(top + 1, left + 1).double(), right_share)
        taken = torch.lerp(upper, lower, lower_share).clamp(0, 255).to(torch.uint8)
    else:
        taken = at(down.floor(), across.floor())
    return taken.masked_fill(outside[..., None], fill).permute(0, 3, 1, 2)


def _centres(count: int, images: Tensor) -> Tensor:
    return torch.arange(count, device=images.device, dtype=torch.float64) + 0.5
