"""Which way boxes face."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.registry import Hit, rule
from avlabel.checks.subject import Subject
from avlabel.core.se3 import wrap_angle

WHEELED = "vehicle", "cyclist"
"""What has a front, and goes there; people may turn on the spot."""


@rule("heading-flip", "error", "a track turns around from one box to the next")
def heading_flip(subject: Subject) -> Iterator[Hit]:
    """Rows whose heading differs by more than a right angle from the previous box's."""
    steps, yaw = subject.steps, subject.cuboids.yaw
    turn = np.abs(wrap_angle(yaw[steps.after] - yaw[steps.before]))
    odd = (turn > np.pi / 2) & subject.is_a(steps.after, *WHEELED)
    # Whoever is not seen for a while may have turned around.
    odd &= steps.seconds < subject.config.max_break_s
    for k in np.flatnonzero(odd).tolist():
        reason = f"heading turns by {np.rad2deg(turn[k]):.0f} degrees at once"
        yield Hit(int(steps.after[k]), reason, float(turn[k] / (np.pi / 2)))


@rule("heading-against-motion", "warning", "a vehicle does not face where it goes")
def heading_against_motion(subject: Subject) -> Iterator[Hit]:
    """Rows that move fast in a direction they do not face."""
    way, yaw, config = subject.courses, subject.cuboids.yaw, subject.config
    course = np.arctan2(way.velocity[:, 1], way.velocity[:, 0])
    # In a bend the chord lies between the headings at its ends.
    ends = np.exp(1j * yaw[way.before]) + np.exp(1j * yaw[way.after])
    crab = np.abs(wrap_angle(course - np.angle(ends)))
    odd = (way.speed > config.crab_speed_mps) & (crab > config.crab_angle_rad)
    odd &= (np.abs(ends) > 1.0) & (way.seconds < 2 * config.window_s)
    for k in np.flatnonzero(odd & subject.is_a(way.before, *WHEELED)).tolist():
        reason = f"faces {np.rad2deg(crab[k]):.0f} degrees off its motion at {way.speed[k]:.1f} m/s"
        yield Hit(int(way.before[k]), reason, float(crab[k]) / config.crab_angle_rad)


@rule("turn-jump", "warning", "a vehicle turns faster than it can steer")
def turn_jump(subject: Subject) -> Iterator[Hit]:
    """Rows that turn further than speed and turning circle, or grip, allow."""
    steps, config, yaw = subject.steps, subject.config, subject.cuboids.yaw
    turn = np.abs(wrap_angle(yaw[steps.after] - yaw[steps.before]))
    cycles = subject.is_a(steps.after, "cyclist")
    radius = np.where(cycles, config.min_cycling_radius_m, config.min_turning_radius_m)
    speed = steps.speed + config.placing_m / steps.seconds
    grip = config.max_acceleration_mps2 / np.maximum(steps.speed, 1.0)
    most = np.minimum(speed / radius, grip) * steps.seconds + config.placing_rad
    odd = (turn > most) & (turn <= np.pi / 2) & subject.is_a(steps.after, *WHEELED)
    for k in np.flatnonzero(odd).tolist():
        degrees = np.rad2deg([turn[k], most[k]])
        reason = (
            f"turns by {degrees[0]:.0f} degrees in {steps.seconds[k]:.1f} s at "
            f"{steps.speed[k]:.1f} m/s; expected at most {degrees[1]:.0f}"
        )
        yield Hit(int(steps.after[k]), reason, float(turn[k] / most[k]))
