"""Name the nuisance factors and the presets that say how strongly each varies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FACTORS = ("elevation", "size", "occlusion", "light", "blur", "pose")


@dataclass(frozen=True)
class Preset:
    """Hold how hard a release is.

    `strength` of each of `FACTORS`: 0 fixes it at its plain value, 1 is the usual spread. `grouped` is the percentage of
    identities that stand in confusable groups; `away` gives the test other cameras, sessions and garments than training.
    """

    strength: Mapping[str, float]
    grouped: int = 30
    away: bool = False


_HARD = {"elevation": 1.6, "size": 1.7, "occlusion": 2.0, "light": 1.6, "blur": 1.8, "pose": 1.4}
PRESETS: Mapping[str, Preset] = {
    "plain": Preset(dict.fromkeys(FACTORS, 0.0)),
    "agreid": Preset(dict.fromkeys(FACTORS, 1.0)),
    "hard": Preset(_HARD, grouped=50),
    "shift": Preset(dict.fromkeys(FACTORS, 1.0), away=True),
}
