"""Occlusion in images of a simulated street, against pixels counted there."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.sweep import Sweep
from avlabel.geometry.sweep_depth import sweep_depth
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import LIDAR_ID, simulate
from avlabel.simulation.imaging import pixel_rays
from avlabel.stages.compensate import CompensateConfig, compensate
from avlabel.stages.project import ProjectConfig, project

FRAMES = (3, 20)
MIN_PIXELS = 12


@pytest.fixture(scope="module")
def street():
    config = SimulationConfig(
        seed=301, frames=22, beams="hdl64", columns=1024, maneuver="cruise", density=1.5,
        image_width_px=320, image_height_px=200,
    )  # fmt: skip
    return simulate(config)


def seen(drive, index):
    """The labels, and what the sweep saw."""
    frame = drive.frame(index)
    ref_ns = (frame.start_ns + frame.end_ns) // 2
    lidar = drive.rig.lidars[LIDAR_ID].ego_from_sensor
    offset_ns = frame.scan.t_offset_ns.astype(np.int64) + frame.start_ns - ref_ns
    sweep = Sweep(
        index, LIDAR_ID, ref_ns, lidar.apply(frame.scan.points_sensor), frame.scan.intensity,
        frame.scan.ring, offset_ns.astype(np.int32), compensated=False,
    )  # fmt: skip
    sweep = compensate(sweep, drive.trajectory, CompensateConfig())
    return frame.labels.cuboids, sweep_depth(sweep, lidar.translation)


@pytest.fixture(scope="module")
def estimates(street):
    """(N, 4) truth, estimate with the sweep, estimate by boxes, share known."""
    rays = {name: pixel_rays(camera) for name, camera in street.rig.cameras.items()}
    rows = []
    for index in FRAMES:
        cuboids, depth = seen(street, index)
        times = {name: np.array([street.image_time_ns(name, index)]) for name in rays}
        given = cuboids, street.rig, street.trajectory, np.array([index], np.int32), times
        found, _ = project(*given, depths=[depth])
        boxes, _ = project(*given)
        assert found.cuboid_id.tolist() == boxes.cuboid_id.tolist()
        for code, name in enumerate(found.cameras):
            here = found.camera == code
            track = cuboids.track_id[found.cuboid_id[here]]
            shown, alone = (count[track] for count in street.pixels(name, index, rays[name]))
            truth = np.where(alone >= MIN_PIXELS, 1 - shown / np.maximum(alone, 1), np.nan)
            rows.append(
                np.column_stack(
                    [
                        truth,
                        found.occlusion[here],
                        boxes.occlusion[here],
                        found.occlusion_known[here],
                    ]
                )
            )
    every = np.concatenate(rows)
    return every[np.isfinite(every[:, :2]).all(axis=1)].T


def test_error_is_small_and_well_below_that_of_boxes_alone(estimates):
    truth, sweep, boxes, _ = estimates
    assert len(truth) > 100
    error, by_boxes = np.abs(sweep - truth), np.abs(boxes - truth)
    assert error.mean() < 0.07
    assert error.mean() < 0.75 * by_boxes.mean()
    partly = (truth > 0.02) & (truth < 0.98)
    assert partly.sum() > 30
    assert error[partly].mean() < 0.8 * by_boxes[partly].mean()


def test_what_stands_in_plain_view_and_what_is_hidden_are_told_apart(estimates):
    truth, sweep, _, _ = estimates
    assert np.mean(sweep[truth < 0.02] < 0.2) > 0.95
    assert np.mean(sweep[truth > 0.98] > 0.8) > 0.9


def test_most_is_known_on_a_street(estimates):
    known = estimates[3]
    assert known.mean() > 0.9
    assert ((known >= 0) & (known <= 1)).all()


def test_depths_are_counted_and_not_read_when_not_wanted(street):
    cuboids, depth = seen(street, 3)
    times = {"front": np.array([street.image_time_ns("front", 3)])}
    given = cuboids, street.rig, street.trajectory, np.array([3], np.int32), times
    with pytest.raises(ValueError, match="zip"):
        project(*given, depths=[depth, depth])

    def never():
        pytest.fail("read a sweep that nobody asked for")
        yield None

    found, _ = project(*given, ProjectConfig(occlusion=False), never())
    assert np.isnan(found.occlusion).all()
    assert np.isnan(found.occlusion_known).all()
    nothing, _ = project(*given, depths=[None])
    assert np.isnan(nothing.occlusion_known).all()
    assert np.isfinite(nothing.occlusion).any()
