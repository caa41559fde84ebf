"""Fix the drones: how each sensor renders light."""

from __future__ import annotations

from collections.abc import Mapping

from challenges.synth.sensor import Sensor

SENSORS: Mapping[str, Sensor] = {
    "uav-1": Sensor((250, 256, 268), "0.43", 10, 18, 150, 12, 2, 4),
    "uav-2": Sensor((266, 256, 244), "0.45", 16, 28, 90, 22, 3, 7),
    "uav-3": Sensor((246, 260, 258), "0.42", 12, 22, 220, 6, 2, 8),
    "uav-4": Sensor((274, 256, 232), "0.46", 20, 34, 60, 30, 3, 9),
    "uav-5": Sensor((240, 256, 280), "0.41", 12, 20, 250, 10, 2, 6),
}
"""White balance, tone, noise, sharpening, haze, lens and coder of each drone by camid."""

USUAL, NEW = ("uav-1", "uav-2", "uav-3"), ("uav-4", "uav-5")
"""Drones of every preset, and those that fly over the test set of `shift` alone."""
ALTITUDES = (15, 25, 40, 60, 80)
FOCALS = {15: 600.0, 25: 880.0, 40: 1220.0, 60: 1580.0, 80: 1880.0}
"""Focal length in pixels at each altitude (m): the lens zooms, but not enough to undo it: 36 to 21 px a metre at 60°."""
