"""Name the nuisance factors and the presets that say how strongly each varies."""

from __future__ import annotations

from collections.abc import Mapping

FACTORS = ("elevation", "size", "occlusion", "light", "blur", "pose")
PRESETS: Mapping[str, Mapping[str, float]] = {
    "plain": dict.fromkeys(FACTORS, 0.0),
    "agreid": dict.fromkeys(FACTORS, 1.0),
}
"""Strength of each factor: 0 fixes it at its plain value, 1 is the usual spread."""
