"""Name the light, the blur and what hides the thing in a picture: what every population writes down alike."""

from __future__ import annotations

from collections.abc import Sequence

from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop, Light

_WHOLE = 0.97
"""Visible fraction from which nothing hides the thing."""


def step_of(value: float, edges: Sequence[float], names: Sequence[str]) -> str:
    """Return the name of the step in which a value lies: the first below the first edge, each next from its edge on."""
    return names[sum(value >= edge for edge in edges)]


def light_values(light: Light) -> dict[str, str]:
    """Return the mean light that falls on the thing (1 is full sun's white) and its label."""
    beam = 0 if light.shaded else light.sun
    level = (light.sky + beam) / 4096.0 * light.exposure / 256.0
    return {
        "light": f"{level:.3f}",
        "light_label": "shade" if light.shaded else "overcast" if light.sun < 1000 else "sun",
    }


def blur_values(blur: Blur) -> dict[str, str]:
    """Return the path of the blur in pixels and its label."""
    motion = max(abs(blur.right), abs(blur.down)) / 16.0
    defocus = blur.defocus / 2.0
    return {
        "blur": f"{max(motion, defocus):.2f}",
        "blur_label": "sharp" if max(motion, defocus) < 1.0 else "motion" if motion > defocus else "defocus",
    }


def visible_values(visible: float, crop: Crop, kind: str) -> dict[str, str]:
    """Return the visible fraction of the thing and the name of what hides it: the box's edge, or what `kind` names."""
    if visible >= _WHOLE:
        label = "whole"
    else:
        cut = min(crop.left, crop.top, crop.right, crop.bottom) < -0.03
        label = "frame" if cut or kind == "none" else kind
    return {"visible": f"{visible:.3f}", "visible_label": label}
