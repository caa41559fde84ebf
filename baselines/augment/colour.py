"""Change colours as Pillow does, to the last level: uint8 (n, 3, height, width) in and out, one strength for each image.

Factors follow Pillow's ImageEnhance: 0 gives the degenerate picture (black, one grey, grey tones, smoothed), 1 the picture
itself, more goes beyond. Pillow blends in single precision and drops the fraction.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d

LEVELS = 256


def grey(images: Tensor) -> Tensor:
    """Return luma (ITU-R 601-2 in 16-bit fixed point), int32 (n, 1, height, width)."""
    red, green, blue = images.int().unbind(dim=1)
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).unsqueeze(1)


def grayscale(images: Tensor) -> Tensor:
    """Return the images in grey tones."""
    return grey(images).to(torch.uint8).expand(-1, 3, -1, -1)


def brightness(images: Tensor, factors: Tensor) -> Tensor:
    """Blend with black."""
    return _blend(torch.zeros((), device=images.device), images, factors)


def contrast(images: Tensor, factors: Tensor) -> Tensor:
    """Blend with the mean of the image's grey tones, rounded."""
    tones = grey(images).long().flatten(1)
    mean = (2 * tones.sum(dim=1) + tones.shape[1]) // (2 * tones.shape[1])
    return _blend(mean.float()[:, None, None, None], images, factors)


def saturation(images: Tensor, factors: Tensor) -> Tensor:
    """Blend with the image in grey tones."""
    return _blend(grey(images).float(), images, factors)


def sharpness(images: Tensor, factors: Tensor) -> Tensor:
    """Blend with the smoothed image: weights 1 around 5, over 13; the outermost pixels stay as they are."""
    kernel = torch.ones(3, 1, 3, 3, device=images.device)
    kernel[:, :, 1, 1] = 5
    inner = conv2d(images.float(), kernel, groups=3).int()  # sums below 2**24 are exact
    smooth = images.float()
    smooth[:, :, 1:-1, 1:-1] = ((2 * inner + 13) // 26).float()
    return _blend(smooth, images, factors)


def hue(images: Tensor, shifts: Tensor) -> Tensor:
    """Turn the hue by shifts in [-0.5, 0.5] of the circle, in Pillow's 8-bit HSV."""
    red, green, blue = images.float().unbind(dim=1)
    value, low = images.amax(dim=1).float(), images.amin(dim=1).float()
    spread = (value - low).clamp(min=1)
    to_red, to_green, to_blue = ((value - band) / spread for band in (red, green, blue))
    angle = torch.where(
        red == value, to_blue - to_green, torch.where(green == value, 2 + to_red - to_blue, 4 + to_green - to_red)
    )
    turn = (angle / 6 + 1).remainder(1) * 255
    angle = torch.where(value == low, 0, turn.floor())
    strength = ((value - low) / value.clamp(min=1) * 255).floor() / 255
    shift = (shifts * 255).trunc()[:, None, None]
    return _from_hsv((angle + shift).remainder(LEVELS) * 6 / 255, strength, value)


def posterize(images: Tensor, bits: Tensor) -> Tensor:
    """Keep the highest bits of each level."""
    keep = 0xFF - (1 << (8 - bits.int())) + 1
    return (images.int() & keep[:, None, None, None]).to(torch.uint8)


def solarize(images: Tensor, thresholds: Tensor) -> Tensor:
    """Invert the levels from a threshold on."""
    return torch.where(images < thresholds[:, None, None, None], images, 255 - images)


def invert(images: Tensor) -> Tensor:
    """Invert all levels."""
    return 255 - images


def equalize(images: Tensor) -> Tensor:
    """Spread each channel's levels so that they are about equally frequent."""
    below = _below(images)  # (n * 3, 257)
    counts = below.diff(dim=1)
    last = (counts > 0).long().cumsum(dim=1).argmax(dim=1, keepdim=True)
    step = (below[:, -1:] - counts.gather(1, last)) // 255
    table = (step // 2 + below[:, :-1]) // step.clamp(min=1)
    return _looked_up(images, torch.where(step > 0, table, _identity(images)))


def autocontrast(images: Tensor) -> Tensor:
    """Stretch each channel's levels to the whole range."""
    flat = images.flatten(2)
    low, high = (level.reshape(-1, 1).double() for level in (flat.amin(dim=2), flat.amax(dim=2)))
    scale = 255.0 / (high - low).clamp(min=1)
    table = (_identity(images) * scale - low * scale).clamp(0, 255).long()
    return _looked_up(images, torch.where(high > low, table, _identity(images)))


def _blend(degenerate: Tensor, images: Tensor, factors: Tensor) -> Tensor:
    change = factors.float()[:, None, None, None] * (images.float() - degenerate)
    return (degenerate + change).clamp(0, 255).to(torch.uint8)


def _from_hsv(angle: Tensor, strength: Tensor, value: Tensor) -> Tensor:
    """Return RGB from hue in sixths of the circle, saturation in [0, 1] and value in levels, (n, height, width) each."""
    sixth = angle.floor()
    within = angle - sixth
    least, falling, rising = (
        (value * (1 - strength * part) + 0.5).floor().clamp(0, 255)
        for part in (torch.ones_like(within), within, 1 - within)
    )
    table = torch.stack([value, falling, least, rising])
    places = torch.tensor([[0, 1, 2, 2, 3, 0], [3, 0, 0, 1, 2, 2], [2, 2, 3, 0, 0, 1]], device=value.device)
    index = places[:, (sixth.long() % 6)]  # (3, n, height, width)
    return table.gather(0, index).movedim(0, 1).to(torch.uint8)


def _below(images: Tensor) -> Tensor:
    """Return how many pixels of each channel lie below each level, int64 (n * 3, 257); by sorting, so deterministic."""
    ordered = images.flatten(2).flatten(0, 1).short().sort(dim=1).values.contiguous()
    levels = torch.arange(LEVELS + 1, device=images.device, dtype=torch.short).expand(len(ordered), -1).contiguous()
    return torch.searchsorted(ordered, levels)


def _identity(images: Tensor) -> Tensor:
    return torch.arange(LEVELS, device=images.device).expand(len(images) * 3, -1)


def _looked_up(images: Tensor, table: Tensor) -> Tensor:
    flat = images.flatten(2).flatten(0, 1).long()
    return table.clamp(0, 255).gather(1, flat).to(torch.uint8).reshape(images.shape)
