"""Where a moving object heads: from its motion, and from the shape that the views show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64, Int64
from avlabel.core.options import option
from avlabel.core.se3 import wrap_angle


@dataclass(frozen=True, slots=True)
class YawConfig:
    """Headings of what moves."""

    min_speed_mps: float = option(0.8, "from this speed on, motion shows the heading")
    min_shift_m: float = option(1.0, "a path that is never fast shows one if it gets this far")
    sideways_mps: float = option(0.7, "standard deviation of a velocity's sideways part")
    shape_sigma_rad: float = option(0.2, "standard deviation of the axes that a view shows")
    turning_m: float = option(1.0, "headings this far along the path are averaged")
    turning_s: float = option(0.3, "and this much time apart, at speed")
    min_length_m: float = option(1.2, "the axes of anything shorter say nothing")
    min_elongation: float = option(1.4, "nor do those of anything rounder")


def has_axes(size_lw: Float64, config: YawConfig) -> bool:
    """Whether an object is long enough, and longer than wide, for its axes to be seen."""
    long_enough = size_lw[0] >= config.min_length_m
    return bool(long_enough and size_lw[0] >= config.min_elongation * size_lw[1])


def heading_along(
    position: Float64, velocity: Float64, speed: Float64, fallback: Float64, config: YawConfig
) -> Float64:
    """Heading of a moving object at every point of its path.

    Where motion shows it, an object heads where it goes. A wheeled object turns only as it
    rolls, so that between two such stretches its heading changes with the distance travelled,
    not with time, and before the first and after the last it keeps theirs.

    Args:
        position: (F, 2) float64 metres, smoothed.
        velocity: (F, 2) float64 metres a second, smoothed.
        speed: (F,) float64 metres a second that motion is sure of.
        fallback: (F,) float64 radians, for a path that shows none.
        config: options.

    Returns:
        (F,) float64 radians.
    """
    shown = speed > config.min_speed_mps
    if not np.any(shown):
        net = position[-1] - position[0]
        if np.hypot(*net) > config.min_shift_m:
            return np.full(len(position), np.arctan2(net[1], net[0]))
        return fallback
    heading = np.unwrap(np.arctan2(velocity[shown, 1], velocity[shown, 0]))
    step = np.hypot(*np.diff(position, axis=0).T)
    # The tiny slope in time keeps the distance strictly increasing through a standstill.
    travelled = np.concatenate([[0.0], np.cumsum(step + 1e-9)])
    return wrap_angle(np.interp(travelled, travelled[shown], heading))


def agree_with_shape(
    yaw: Float64,
    position: Float64,
    speed: Float64,
    seen: Int64,
    shape_yaw: Float64,
    config: YawConfig,
) -> Float64:
    """Correct headings from motion by the axes of the boxes fitted to the views.

    Axes are known up to a quarter turn, which motion settles. Slow motion says little of a
    heading, fast motion much. What is near along the path is averaged, so that all views of an
    object that waits at a light speak together.

    Args:
        yaw: (F,) float64 radians from motion.
        position: (F, 2) float64 metres, smoothed.
        speed: (F,) float64 metres a second that motion is sure of.
        seen: (K,) int64 which of the F times have a view.
        shape_yaw: (K,) float64 radians, axes of each view's box.
        config: options.

    Returns:
        (F,) float64 radians.
    """
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(position, axis=0).T))])
    correction = _corrections(
        yaw,
        travelled,
        config.turning_m + config.turning_s * speed,
        (speed / config.sideways_mps) ** 2,
        seen,
        shape_yaw,
        1 / config.shape_sigma_rad**2,
    )
    return wrap_angle(yaw + correction)


@njit(cache=True, nogil=True)
def _corrections(  # type: ignore[no-untyped-def]
    yaw, travelled, reach, motion_weight, seen, shape_yaw, shape_weight
):
    out = np.zeros(len(travelled))
    for f in range(len(out)):
        c, s, total, motion = 0.0, 0.0, 1e-9, 0.0
        for k in range(len(seen)):
            away = (travelled[seen[k]] - travelled[f]) / reach[f]
            if abs(away) > 3.0:
                continue
            weight = np.exp(-0.5 * away * away)
            # Four times the angle: axes repeat every quarter turn.
            c += weight * np.cos(4 * (shape_yaw[k] - yaw[f]))
            s += weight * np.sin(4 * (shape_yaw[k] - yaw[f]))
            total += weight
            motion += weight * motion_weight[seen[k]]
        agreement = (c * c + s * s) / (total * total)
        shape = shape_weight * agreement * total
        out[f] = np.arctan2(s, c) / 4 * shape / (shape + motion + 1e-9)
    return out
