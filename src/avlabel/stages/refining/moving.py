"""Objects that move: a smooth path, a heading along it, and one rigid size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.options import option
from avlabel.core.se3 import wrap_angle
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.refining.evidence import Evidence
from avlabel.stages.refining.motion import speed_of_both_ends
from avlabel.stages.refining.place import place
from avlabel.stages.refining.quantile import quantile
from avlabel.stages.refining.size import Shape, SizeConfig, broadside, choose_shape
from avlabel.stages.refining.smooth import smooth
from avlabel.stages.refining.yaw import YawConfig, agree_with_shape, has_axes, heading_along


@dataclass(frozen=True, slots=True)
class PathConfig:
    """Smoothing of the path of a moving object."""

    acceleration_mps2: float = option(2.0, "standard deviation of the acceleration over a second")
    first_noise_m: float = option(0.4, "standard deviation of the centre of what is seen")
    placed_noise_m: float = option(0.1, "standard deviation of a placed box, well seen")
    rounds: int = option(2, "how often size, place and path are refined in turn")


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Where a moving object was at each of F times.

    Attributes:
        center: (F, 2) float64 metres from the evidence's origin.
        velocity: (F, 2) float64 metres a second.
        yaw: (F,) float64 radians.
        shape: class and size.
    """

    center: Float64
    velocity: Float64
    yaw: Float64
    shape: Shape


def follow_path(
    evidence: Evidence,
    time_s: Float64,
    height: float,
    taxonomy: Taxonomy,
    size_config: SizeConfig,
    window_s: float,
    yaw_config: YawConfig,
    config: PathConfig,
) -> Path:
    """Estimate path, heading and size of a moving object, each from the others in turn.

    Args:
        evidence: of the track.
        time_s: (F,) times of every frame from the first to the last view.
        height: metres.
        taxonomy: the leaves.
        size_config: options of sizes.
        window_s: over which views are compared to tell motion.
        yaw_config: options of headings.
        config: options of the path.
    """
    seen = evidence.frame - evidence.frame[0]
    ends = evidence.ends()
    path, noise = first_path(evidence, ends, config)
    for _ in range(config.rounds):
        center, velocity = _smooth_seen(path, noise, seen, time_s, config)
        speed = speed_of_both_ends(ends, time_s[seen], velocity[seen], window_s)
        speed = np.minimum(np.interp(time_s, time_s[seen], speed), np.hypot(*velocity.T))
        yaw = heading_along(center, velocity, speed, _unwrapped(evidence, time_s), yaw_config)
        shape = whole_track_shape(evidence, yaw[seen], height, taxonomy, size_config)
        if has_axes(shape.size_lw, yaw_config):
            yaw = agree_with_shape(yaw, center, speed, seen, evidence.box[:, 6], yaw_config)
            shape = whole_track_shape(evidence, yaw[seen], height, taxonomy, size_config)
        path, noise = placed_path(evidence, yaw[seen], shape, center[seen], config)
    center, velocity = _smooth_seen(path, noise, seen, time_s, config)
    return Path(center, velocity, wrap_angle(yaw), shape)


def first_path(evidence: Evidence, ends: Float64, config: PathConfig) -> tuple[Float64, Float64]:
    """(K, 2) middles of what was seen, before any size is known, and their noise (K,)."""
    middle = (ends[:, [0, ends.shape[1] // 2], 0] + ends[:, [0, ends.shape[1] // 2], 1]) / 2
    return middle, np.full(len(evidence), config.first_noise_m)


def placed_path(
    evidence: Evidence, yaw: Float64, shape: Shape, guess: Float64, config: PathConfig
) -> tuple[Float64, Float64]:
    """(K, 2) centres of the boxes whose near faces touch the points, and their noise (K,)."""
    extents = evidence.extents(yaw)
    path = place(extents, yaw, shape.size_lw, evidence.sensor, guess)
    # A view that shows little of the size, or few points, says less of the place.
    spans = extents[:, [1, 3]] - extents[:, [0, 2]]
    hidden = 1 - np.min(np.minimum(spans / shape.size_lw, 1.0), axis=1)
    noise = config.placed_noise_m + 0.4 * hidden**2 + 0.5 / np.maximum(evidence.num_points, 1)
    return path, noise


def whole_track_shape(
    evidence: Evidence, yaw: Float64, height: float, taxonomy: Taxonomy, config: SizeConfig
) -> Shape:
    """Class and size from the best-seen views, given the heading of each view (K,)."""
    ends = evidence.extents(yaw)
    length = quantile(ends[:, 1] - ends[:, 0], config.view_quantile)
    width = quantile(ends[:, 3] - ends[:, 2], config.view_quantile)
    observed = np.array([length, width, height])
    return choose_shape(observed, broadside(evidence, yaw), evidence.votes, taxonomy, config)


def _unwrapped(evidence: Evidence, time_s: Float64) -> Float64:
    """(F,) headings of the views' boxes, for paths whose motion shows none."""
    seen_s = time_s[evidence.frame - evidence.frame[0]]
    return np.interp(time_s, seen_s, np.unwrap(evidence.box[:, 6], period=np.pi))


def _smooth_seen(
    path: Float64, noise: Float64, seen: Float64, time_s: Float64, config: PathConfig
) -> tuple[Float64, Float64]:
    position = np.zeros((len(time_s), path.shape[1]))
    sigma = np.full(len(time_s), np.inf)
    position[seen], sigma[seen] = path, noise
    return smooth(time_s, position, sigma, config.acceleration_mps2)
