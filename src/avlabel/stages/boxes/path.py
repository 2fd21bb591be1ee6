"""The path of a track of whole boxes: smooth in place and heading, of one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.options import option
from avlabel.core.se3 import wrap_angle
from avlabel.stages.boxes.views import BoxViews
from avlabel.stages.refining.smooth import smooth

UNSUREST = 0.1
"""Lower scores do not widen a view's noise any further."""


@dataclass(frozen=True, slots=True)
class ClassConfig:
    """How exact a detector's boxes of one class are, and how its objects move."""

    place_m: float = option(0.12, "standard deviation of a box's centre beside the sensor")
    place_per_m: float = option(0.015, "what each metre of distance adds to it")
    heading_rad: float = option(0.15, "standard deviation of a box's axes")
    acceleration_mps2: float = option(2.0, "standard deviation of acceleration")
    climb_mps2: float = option(0.1, "the same upwards: roads bend slowly")
    turn_radps2: float = option(0.3, "standard deviation of the turn rate's change in a second")
    moving_says: float = option(0.0, "log odds that motion over ground adds to a track's")


@dataclass(frozen=True, slots=True)
class BoxMotionConfig:
    """What counts as motion, and what it says."""

    over_ground: bool = option(True, "places are known over ground, not only from the vehicle")
    min_shift_m: float = option(1.5, "what gets this far from its first place has moved")
    most_mps: float = option(5.0, "faster motion says no more of a heading than this")


@dataclass(frozen=True, slots=True, eq=False)
class BoxPath:
    """F times of one track.

    Attributes:
        center: (F, 3) float64 metres, world.
        yaw: (F,) float64 radians.
        velocity: (F, 3) float64 metres a second.
        size_lwh: (3,) float64 metres.
        moved: whether it has moved over ground, as far as that can be told.
    """

    center: Float64
    yaw: Float64
    velocity: Float64
    size_lwh: Float64
    moved: bool


def smooth_path(
    views: BoxViews, time_s: Float64, kind: ClassConfig, motion: BoxMotionConfig
) -> BoxPath:
    """Smooth the boxes of a track (Rauch-Tung-Striebel) and fill the frames between.

    Places follow constant velocity, headings a constant turn rate, each as far as its noise
    allows. The size is the mean of the boxes, near and sure ones first.

    Args:
        views: of the track.
        time_s: (F,) seconds of every frame from the first to the last view.
        kind: what is known of the track's class.
        motion: options.
    """
    seen = views.frame - views.frame[0]
    doubtful = 1 / np.sqrt(np.maximum(views.score, UNSUREST))
    place_m = (kind.place_m + kind.place_per_m * views.range_m) * doubtful
    size = np.average(views.box[:, 3:6], axis=0, weights=1 / place_m**2)
    sigma = np.full(len(time_s), np.inf)
    sigma[seen] = place_m
    measured = np.zeros((len(time_s), 4))
    measured[seen, :3] = views.box[:, :3]
    measured[seen, 3] = np.unwrap(views.box[:, 6], period=np.pi)
    xy, velocity_xy = smooth(time_s, measured[:, :2], sigma, kind.acceleration_mps2)
    z, velocity_z = smooth(time_s, measured[:, 2:3], sigma, kind.climb_mps2)
    sigma[seen] = kind.heading_rad * doubtful
    yaw = smooth(time_s, measured[:, 3:], sigma, kind.turn_radps2)[0][:, 0]
    moved = motion.over_ground and has_moved(xy, motion.min_shift_m)
    agree = heads_along(yaw, velocity_xy, motion) if moved else faces_as_detected(yaw, views)
    if not agree:
        yaw = yaw + np.pi
    return BoxPath(
        np.column_stack([xy, z]),
        wrap_angle(yaw),
        np.column_stack([velocity_xy, velocity_z]),
        size,
        moved,
    )


def has_moved(xy: Float64, min_shift_m: float) -> bool:
    """Whether a smooth path (F, 2) leads away from where it began."""
    return bool(np.hypot(*(xy[-1] - xy[0])) > min_shift_m)


def heads_along(yaw: Float64, velocity: Float64, config: BoxMotionConfig) -> bool:
    """Whether headings (F,) mostly agree with velocities (F, 2)."""
    speed = np.minimum(np.hypot(*velocity.T), config.most_mps)
    return bool(speed @ np.cos(yaw - np.arctan2(velocity[:, 1], velocity[:, 0])) >= 0)


def faces_as_detected(yaw: Float64, views: BoxViews) -> bool:
    """Whether headings (F,) mostly agree with those of the boxes, the surer ones first.

    A box that faces the other way than its neighbours is a mistake of the detector, never a turn.
    """
    seen = views.frame - views.frame[0]
    return bool(views.score @ np.cos(views.box[:, 6] - yaw[seen]) >= 0)
