"""How well images fit extrinsics: their camera's own, another's, or a misread one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from avlabel_calibration.alignment.features import Features
from avlabel_calibration.alignment.score import AXES, point_scores
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.optimum import mean_sigma

LEVEL = 1
"""The level of the edge maps that is asked: its edges are 0.4 degrees wide."""
MIN_SCORE = 0.2
"""Edges that meet at random score 0, with a deviation of about 0.05; those that lie on
image edges 0.3 and more."""
MIN_SIGMAS = 4.0
MIN_LEAD = 0.15


@dataclass(frozen=True, slots=True)
class Fit:
    """A score and its standard deviation."""

    score: float
    sigma: float

    @property
    def clear(self) -> bool:
        """Whether LiDAR edges surely lie on image edges."""
        return self.score > max(MIN_SCORE, MIN_SIGMAS * self.sigma)

    def beats(self, other: Fit) -> bool:
        """Whether this one is surely better."""
        lead = self.score - other.score
        return lead > max(MIN_LEAD, MIN_SIGMAS * float(np.hypot(self.sigma, other.sigma)))

    def with_twin(self, other: Fit) -> Fit:
        """Mean of two cameras' fits."""
        return Fit((self.score + other.score) / 2, float(np.hypot(self.sigma, other.sigma)) / 2)

    def __str__(self) -> str:
        """As messages show it."""
        return f"score {self.score:.2f} ± {self.sigma:.2f}"


def fit_of(evidence: Evidence, camera_id: str, reading: str = "") -> Fit | None:
    """Fit of a camera's images to its own extrinsic; None without images and edges.

    ``reading`` is one of ``mounting.misreadings``, or empty for the extrinsic as it is.
    """
    features = evidence.features(camera_id, reading)
    return None if features is None else _fit(features)


def fit_to(evidence: Evidence, camera_id: str, other_id: str) -> Fit | None:
    """Fit of a camera's images to the extrinsic of another; None if no image is shared."""
    mine, other = evidence.features(camera_id), evidence.features(other_id)
    if mine is None or other is None:
        return None
    fits = [_fit(features) for features in _in_place_of(mine, other)]
    return max(fits, key=lambda fit: fit.score, default=None)


def _in_place_of(mine: Features, other: Features) -> Iterator[Features]:
    """Edges that another camera should see, over the images of this one.

    Once with the other's intrinsics, as if files were swapped, once with its own, as if
    extrinsics were.
    """
    if not np.array_equal(mine.frame_idx, other.frame_idx):
        return
    own, its = mine.camera.model, other.camera.model
    if (own.width_px, own.height_px) != (its.width_px, its.height_px):
        return
    over_mine = replace(other, levels=mine.levels)
    yield over_mine
    yield over_mine.with_camera(replace(other.camera, model=own))


def _fit(features: Features) -> Fit:
    values = point_scores(features, np.zeros(len(AXES)), LEVEL)
    return Fit(float(values @ features.weight), mean_sigma(features, values))
