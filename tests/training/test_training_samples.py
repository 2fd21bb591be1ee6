"""The training scripts speak the detector's language: samples of a sweep it can be checked on."""

from __future__ import annotations

import numpy as np
import pytest
from cluster_samples import samples_of_sweep
from fit_track_score import area, fit
from simulated_sweeps import LabelledSweep

from avlabel.core.taxonomy import default_taxonomy
from avlabel.stages.detection.detect import DetectConfig


def sweep_with_a_car():
    """Level ground, and the rear and left side of a car 15 m ahead that heads away."""
    rng = np.random.default_rng(0)
    ground = np.column_stack([rng.uniform(-40, 40, (20_000, 2)), rng.normal(0, 0.02, 20_000)])
    n = 600
    side = rng.random(n) < 0.6
    x = np.where(side, rng.uniform(-2.2, 2.2, n), -2.2) + 15
    y = np.where(side, 0.9, rng.uniform(-0.9, 0.9, n)) - 4
    car = np.column_stack([x, y, rng.uniform(0.3, 1.4, n)])
    return LabelledSweep(
        points_ego=np.concatenate([ground, car]).astype(np.float32),
        object_id=np.concatenate([np.full(20_000, -1), np.full(n, 7)]).astype(np.int32),
        box_id=np.array([7]),
        boxes=np.array([[15.0, -4.0, 0.75, 4.5, 1.85, 1.5, 0.0]], np.float32),
        category=np.array([default_taxonomy().code("car")], np.int16),
        sensor=np.array([0.0, 0.0, 1.8]),
    )


def test_a_car_becomes_a_sample_at_both_levels_with_its_whole_box_as_target():
    samples = samples_of_sweep(sweep_with_a_car(), DetectConfig())
    assert samples.category.tolist() == [default_taxonomy().code("car")] * 2
    x, y, length, width, height, cos2, sin2, front = samples.box[0]
    assert np.hypot(x, y) < 0.2
    assert (length, width, height) == pytest.approx(
        np.log([4.5 / 4.5, 1.85 / 1.85, 1.5 / 1.6]), abs=1e-6
    )
    assert (cos2, sin2) == pytest.approx((1, 0), abs=0.1)
    assert front == 1
    # Fewer points than a patch holds are repeated, never padded with zeros.
    assert (np.abs(samples.points[..., :3]).max(axis=2) > 0).all()


def test_weights_of_track_scores_follow_what_tells_tracks_apart():
    rng = np.random.default_rng(1)
    facts = rng.normal(size=(400, 7))
    right = facts[:, 0] + 0.3 * rng.normal(size=400) > 0
    weights = fit(facts, right)
    assert weights[0] > 5 * np.abs(weights[1:7]).max()
    assert area(facts @ weights[:-1], right) > 0.95
    assert area(np.zeros(400), right) == pytest.approx(0.5)
