"""Pose the joints of a walking or standing body.

Lengths are fractions of stature; joint angles follow the shape of normal gait: hips swing like a cosine, the knee bends
a little at loading and much in swing, arms swing against the legs.

References
----------
R. Drillis and R. Contini, Body Segment Parameters, 1966 (segment lengths); D. Winter, Biomechanics and Motor Control of
Human Movement, 2009, chapter 3 (ranges of the joint angles).
"""

from __future__ import annotations

from dataclasses import dataclass

from challenges.synth.exact import Frame, Vector, cosine

ANKLE, KNEE, HIP, SHOULDER, CHIN = 0.039, 0.285, 0.530, 0.812, 0.866
THIGH, SHANK, UPPER_ARM, FOREARM = HIP - KNEE, KNEE - ANKLE, 0.180, 0.150


@dataclass(frozen=True)
class Build:
    """Hold the measures of a body: stature in mm, girths as factors of the average, stoop in turns."""

    stature: float
    girth: float
    shoulders: float
    hips: float
    waist: float
    chest_depth: float
    head: float
    stoop: float


@dataclass(frozen=True)
class Pose:
    """Hold a moment of gait: phase in turns, stride from 0 (standing) to 1.2, arms bent (turns), look aside (turns)."""

    phase: float
    stride: float
    bend_left: float = 0.0
    bend_right: float = 0.0
    look: float = 0.0


@dataclass(frozen=True)
class Limb:
    """Hold the frames of a limb's two bones and its end; bones run down their frames' up axes."""

    upper: Frame
    lower: Frame
    end: Frame


@dataclass(frozen=True)
class Skeleton:
    """Hold the frames of a posed body; x is the walking direction and z = 0 the ground."""

    stature: float
    pelvis: Frame
    head: Frame
    lean: float
    twist: float
    left_leg: Limb
    right_leg: Limb
    left_arm: Limb
    right_arm: Limb

    def spine(self, height: float) -> Frame:
        """Return the trunk's frame at this height, a fraction of stature from the hips up."""
        part = min(1.0, max(0.0, (height - HIP) / (SHOULDER - HIP)))
        rise = (height - HIP) * self.stature
        bent = self.pelvis.pitched(self.lean * part * 0.7).yawed(self.twist * part)
        return bent.at(0.0, 0.0, rise)


def posed(build: Build, pose: Pose) -> Skeleton:
    """Return the skeleton of a body at a moment of gait, standing on the ground."""
    stature, stride = build.stature, pose.stride
    lean = build.stoop + 0.010 * stride
    twist = 0.022 * stride * cosine(pose.phase)
    pelvis = Frame(Vector(0.0, 0.0, HIP * stature)).yawed(-twist * 0.4)
    half_hip = 0.050 * build.hips * stature
    left_leg = _leg(pelvis.at(0.0, half_hip, 0.0), stature, pose.phase, stride)
    right_leg = _leg(pelvis.at(0.0, -half_hip, 0.0), stature, pose.phase + 0.5, stride)
    lowest = min(_sole(limb.end, stature) for limb in (left_leg, right_leg))
    down = Vector(0.0, 0.0, -lowest)
    left_leg, right_leg = _moved(left_leg, down), _moved(right_leg, down)
    pelvis = Frame(pelvis.origin.plus(down), pelvis.forward, pelvis.left, pelvis.up)
    trunk = Skeleton(stature, pelvis, pelvis, lean, twist, left_leg, right_leg, left_leg, right_leg)
    chest = trunk.spine(SHOULDER)
    half_shoulder = 0.104 * build.shoulders * stature
    left_arm = _arm(
        chest.at(0.0, half_shoulder, -0.018 * stature), stature, -pose.phase, stride, pose.bend_left, side=1
    )
    right_arm = _arm(
        chest.at(0.0, -half_shoulder, -0.018 * stature), stature, 0.5 - pose.phase, stride, pose.bend_right, side=-1
    )
    head = trunk.spine(CHIN).yawed(pose.look - twist).pitched(-lean * 0.5)
    return Skeleton(stature, pelvis, head, lean, twist, left_leg, right_leg, left_arm, right_arm)


def _bump(phase: float, centre: float, width: float) -> float:
    """Return a smooth hill of height 1 and half-width `width` turns round `centre`, periodic."""
    away = abs((phase - centre + 0.5) % 1.0 - 0.5)
    return cosine(0.25 * away / width) ** 2 if away < width else 0.0


def _leg(hip: Frame, stature: float, phase: float, stride: float) -> Limb:
    phase %= 1.0
    swing = stride * (0.058 * cosine(phase) + 0.012) + 0.004
    flex = 0.008 + stride * (0.038 * _bump(phase, 0.13, 0.14) + 0.158 * _bump(phase, 0.72, 0.24))
    toe_down = stride * (0.085 * _bump(phase, 0.62, 0.16) - 0.045 * _bump(phase, 0.0, 0.14))
    upper = hip.pitched(-swing)
    lower = upper.at(0.0, 0.0, -THIGH * stature).pitched(flex)
    ankle = lower.at(0.0, 0.0, -SHANK * stature)
    level = Frame(ankle.origin, hip.forward, hip.left, hip.up)
    return Limb(upper, lower, level.pitched(toe_down + 0.35 * (flex - swing) * stride).yawed(_toe_out(hip)))


def _toe_out(hip: Frame) -> float:
    return 0.018 if hip.origin.y > 0 else -0.018


def _sole(ankle: Frame, stature: float) -> float:
    heel = ankle.point(-0.03 * stature, 0.0, -ANKLE * stature)
    toe = ankle.point(0.10 * stature, 0.0, -ANKLE * stature)
    return min(heel.z, toe.z)


def _arm(shoulder: Frame, stature: float, phase: float, stride: float, bend: float, *, side: int) -> Limb:
    swing = stride * 0.052 * cosine(phase) * (1.0 if bend == 0.0 else 0.3) + 0.25 * bend
    flex = 0.035 + stride * (0.03 + 0.03 * cosine(phase)) if bend == 0.0 else bend
    upper = shoulder.rolled(-0.022 * side).pitched(-swing - (-0.006))
    lower = upper.at(0.0, 0.0, -UPPER_ARM * stature).pitched(-flex).rolled(0.012 * side)
    return Limb(upper, lower, lower.at(0.0, 0.0, -FOREARM * stature))


def _moved(limb: Limb, shift: Vector) -> Limb:
    frames = (Frame(f.origin.plus(shift), f.forward, f.left, f.up) for f in (limb.upper, limb.lower, limb.end))
    return Limb(*frames)
