"""Where near the given extrinsic LiDAR edges meet image edges best, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float32, Float64, FloatArray
from avlabel_calibration.alignment.features import Features
from avlabel_calibration.alignment.score import AXES, moved_camera, point_scores, score

ROTATION = ("pitch", "yaw", "roll")
TIME = AXES.index("time")
LEVEL = 2
"""The level of the edge maps that answers are given at: its edges are 0.2 degrees wide."""
ROUNDS = 2
MIN_SCORE = 0.15
MIN_SIGMAS = 3.0
CONVINCING = 0.3
"""Edges that meet score this much and more; chance hills are lower."""
STEP_S = 0.01
LATEST_S = 0.1
TYPICAL_RANGE_M = 15.0
SCAN_DEG = np.arange(-9.0, 9.1, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The best place near the given one.

    Attributes:
        delta: (7,) float64 from the given place, as ``alignment.score.AXES``.
        given: score of the given place.
        best: score of the best place.
        best_sigma: its standard deviation.
        gain_sigma: standard deviation of the difference of both.
    """

    delta: Float64
    given: float
    best: float
    best_sigma: float
    gain_sigma: float

    @property
    def meets(self) -> bool:
        """Whether edges surely meet at the best place at all."""
        return self.best > max(MIN_SCORE, MIN_SIGMAS * self.best_sigma)

    @property
    def sure(self) -> float:
        """How many standard deviations the best place is better than the given one."""
        return (self.best - self.given) / max(self.gain_sigma, 1e-9)


def optimum(features: Features, axes: Sequence[str], start: FloatArray | None = None) -> Optimum:
    """Climb from the given extrinsic, axis by axis, on edge maps from coarse to fine.

    Args:
        features: edges of one camera.
        axes: those of ``alignment.score.AXES`` that may change.
        start: (7,) where to begin; the given place if None.
    """
    given = np.zeros(len(AXES))
    delta = given if start is None else np.asarray(start, np.float64)
    for level in range(LEVEL + 1):
        for _ in range(ROUNDS):
            for axis in axes:
                delta = _climb(features, delta, AXES.index(axis), level)
    before, after = (point_scores(features, place, LEVEL) for place in (given, delta))
    return Optimum(
        delta,
        float(before @ features.weight),
        float(after @ features.weight),
        mean_sigma(features, after),
        mean_sigma(features, after - before),
    )


def scan(features: Features) -> Float64:
    """(7,) the best of many pitches and yaws up to 9 degrees away, on the coarsest edge maps."""
    pitch, yaw = (g.ravel() for g in np.meshgrid(SCAN_DEG, SCAN_DEG, indexing="ij"))
    places = np.zeros((len(pitch), len(AXES)))
    places[:, 0], places[:, 1] = np.deg2rad(pitch), np.deg2rad(yaw)
    return np.asarray(places[int(score(features, places, 0).argmax())])


def mean_sigma(features: Features, values: Float32) -> float:
    """Standard deviation of the weighted mean of (N,) values.

    Edges of one patch of the world are seen again and again; they count as one observation.
    """
    mean = float(values @ features.weight)
    a_cell = np.bincount(features.cell, features.weight * (values - mean))
    return float(np.sqrt((a_cell**2).sum()))


def axis_sigma(features: Features, delta: FloatArray, axis: str) -> float:
    """Standard deviation of an optimum's place along one axis, in its unit.

    That of the score's slope over its curvature (Huber 1967); infinite where the score is flat.
    """
    index = AXES.index(axis)
    step = _step(index, features.levels[LEVEL].blur_rad)
    places = np.repeat(np.asarray(delta, np.float64)[None], 3, axis=0)
    places[:, index] += step * np.arange(-1, 2)
    before, here, after = (point_scores(features, place, LEVEL) for place in places)
    curvature = float((before - 2 * here + after) @ features.weight) / step**2
    if curvature >= 0:
        return float("inf")
    return float(mean_sigma(features, (after - before) / (2 * step)) / -curvature)


def edge_shift_rad(features: Features, delta: FloatArray) -> float:
    """Root mean square angle by which a delta (7,) moves the edges in the camera's eyes."""
    given = features.camera.ego_from_sensor
    moved = features.points_ego + delta[TIME] * features.velocity
    before = given.inverse().apply(features.points_ego)
    after = moved_camera(given, delta).inverse().apply(moved)
    before = before / np.linalg.norm(before, axis=1, keepdims=True)
    after = after / np.linalg.norm(after, axis=1, keepdims=True)
    chord2 = ((after - before) ** 2).sum(axis=1)
    return float(np.sqrt(chord2 @ features.weight))


def _climb(features: Features, delta: Float64, axis: int, level: int) -> Float64:
    """The best of five places along an axis, refined by a parabola."""
    step = _step(axis, features.levels[level].blur_rad)
    places = np.repeat(delta[None], 5, axis=0)
    places[:, axis] += step * np.arange(-2, 3)
    if axis == TIME:
        places[:, axis] = np.clip(places[:, axis], -LATEST_S, LATEST_S)
    scores = score(features, places, level)
    k = int(scores.argmax())
    best: Float64 = places[k].copy()
    if 0 < k < 4:
        curvature = scores[k - 1] - 2 * scores[k] + scores[k + 1]
        if curvature < 0:
            best[axis] += step * (scores[k - 1] - scores[k + 1]) / (2 * curvature)
    return best


def _step(axis: int, blur_rad: float) -> float:
    """Most of an edge's width, in the unit of the axis."""
    if axis == TIME:
        return float(STEP_S * blur_rad / np.deg2rad(0.2))
    return float(0.75 * blur_rad * (1.0 if axis < 3 else TYPICAL_RANGE_M))
