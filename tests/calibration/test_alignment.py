"""Edges of sweeps, edges of images, and how well they meet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avlabel.core.cameras import Pinhole
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import CalibrationError
from avlabel.readers.registry import open_log
from avlabel_calibration.alignment import (
    Features,
    collect,
    curve,
    moved_camera,
    score,
    sweep_edges,
)
from avlabel_calibration.alignment.beams import beams_by_elevation, split_beams
from avlabel_calibration.alignment.edges import ECHO, LEVEL, UPRIGHT, LidarEdges, lidar_edges
from avlabel_calibration.alignment.images import edge_levels
from avlabel_calibration.alignment.score import AXES

STEP_DEG = 0.2
STANDING = Trajectory(np.array([-1, 1]) * 10**9, SE3.from_yaw(np.zeros(2), np.zeros((2, 3))))


def scan(range_of, intensity_of=lambda _a, _e: 50.0):
    """A sweep of 8 beams over 60 degrees whose ranges and echoes are given by direction."""
    azimuth, elevation = np.meshgrid(np.arange(-30, 30, STEP_DEG), np.arange(-2, 2, 0.5))
    azimuth, elevation = azimuth.ravel(), elevation.ravel()
    reach = np.array([range_of(a, e) for a, e in zip(azimuth, elevation, strict=True)])
    flat = reach * np.cos(np.deg2rad(elevation))
    points = np.column_stack(
        [
            flat * np.cos(np.deg2rad(azimuth)),
            flat * np.sin(np.deg2rad(azimuth)),
            reach * np.sin(np.deg2rad(elevation)),
        ]
    )
    echo = [intensity_of(a, e) for a, e in zip(azimuth, elevation, strict=True)]
    ring = np.rint((elevation + 2) / 0.5)
    return Sweep(
        0, "top", 0, points.astype(np.float32), np.array(echo, np.int16), ring.astype(np.int16),
        np.zeros(len(points), np.int32), True,
    )  # fmt: skip


def edges_of(sweep: Sweep) -> LidarEdges:
    return lidar_edges(split_beams(sweep, SE3.identity(), STANDING), sweep.intensity)


def test_post_has_an_edge_on_either_side_half_way_to_the_background():
    found = edges_of(scan(lambda a, _e: 10.0 if -1.01 <= a <= 1.01 else 20.0))
    upright = found.points_sensor[found.kind == UPRIGHT]
    assert len(upright) == 2 * 8
    assert np.allclose(np.linalg.norm(upright, axis=1), 10.0, atol=1e-3)
    azimuth = np.rad2deg(np.arctan2(upright[:, 1], upright[:, 0]))
    assert np.allclose(np.sort(np.unique(np.round(azimuth, 3))), [-1.1, 1.1], atol=2e-3)
    assert not np.any(found.kind == LEVEL)


def test_wall_top_has_level_edges_half_way_to_the_beam_above():
    found = edges_of(scan(lambda _a, e: (10.0 if e < 0.2 else 30.0) / np.cos(np.deg2rad(e))))
    level = found.points_sensor[found.kind == LEVEL]
    assert len(level) > 250
    elevation = np.rad2deg(np.arctan2(level[:, 2], np.hypot(level[:, 0], level[:, 1])))
    assert np.allclose(elevation, 0.25, atol=1e-3)


def test_slanted_wall_has_no_edges():
    def wall(azimuth, elevation):
        return 5.0 / np.cos(np.deg2rad(azimuth + 45)) / np.cos(np.deg2rad(elevation))

    assert len(edges_of(scan(wall)).kind) == 0


def test_flat_roof_is_no_level_edge():
    def roof(_azimuth, elevation):
        return 30.0 if elevation > -0.7 else 0.3 / np.sin(np.deg2rad(-elevation))

    assert not np.any(edges_of(scan(roof)).kind == LEVEL)


def test_change_of_echo_on_a_smooth_wall_is_an_edge():
    found = edges_of(scan(lambda _a, _e: 10.0, lambda a, _e: 200.0 if a > 5.05 else 20.0))
    azimuth = np.rad2deg(np.arctan2(found.points_sensor[:, 1], found.points_sensor[:, 0]))
    assert np.all(found.kind == ECHO)
    assert np.allclose(azimuth, 5.1, atol=1e-3)
    assert len(found.kind) == 8


def test_beams_are_told_apart_by_their_elevation(sample_drive: Path):
    log = open_log(sample_drive, "native")
    sweep = log.read_sweep(0)
    sensor = log.rig.lidars["top"].ego_from_sensor
    points = sensor.inverse().apply(sweep.points_ego.astype(np.float64))
    elevation = np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1]))
    azimuth = np.arctan2(points[:, 1], points[:, 0])
    elevation += np.deg2rad(0.15) * np.cos(azimuth - 1.0)
    guessed = beams_by_elevation(azimuth, elevation, np.linalg.norm(points, axis=1))
    both = np.zeros((sweep.ring.max() + 1, guessed.max() + 1))
    np.add.at(both, (sweep.ring, guessed), 1)
    assert both.max(axis=0).sum() / both.sum() > 0.98
    assert both.max(axis=1).sum() / both.sum() > 0.98


def test_edge_maps_peak_on_the_edge_and_average_nothing():
    gray = np.full((200, 300), 60, np.uint8)
    gray[:, 150:] = 160
    fine = edge_levels(gray, Pinhole(300, 200, np.array([400.0, 400.0, 150.0, 100.0])))[-1]
    across, along = fine[0], fine[2]
    row = across[100].astype(float)
    scale = across.shape[1] / 300
    assert abs((np.argmax(row) + 0.5) / scale - 150.0) < 1.0
    assert abs(across.mean()) < 0.05 * across.max()
    assert np.abs(along[50:150]).max() == 0


@pytest.fixture(scope="module")
def front(sample_drive: Path) -> Features:
    log = open_log(sample_drive, "native")
    return collect(log, "front", edges=sweep_edges(log, frames=[0, 8, 16, 24]))


@pytest.mark.parametrize(
    ("axis", "span", "near"),
    [
        ("pitch", np.deg2rad(1), np.deg2rad(0.08)),
        ("yaw", np.deg2rad(1), np.deg2rad(0.08)),
        ("roll", np.deg2rad(1), np.deg2rad(0.2)),
        ("right", 0.3, 0.03),
        ("down", 0.3, 0.03),
        ("time", 0.05, 0.004),
    ],
)
def test_true_extrinsics_fit_best(front: Features, axis: str, span: float, near: float):
    values = np.linspace(-span, span, 41)
    scores = curve(front, axis, values)
    assert abs(values[np.argmax(scores)]) <= near
    assert scores.max() > scores[0] + 0.2
    assert scores.max() > scores[-1] + 0.2


def test_score_follows_the_camera_wherever_its_extrinsics_are_said_to_be(front: Features):
    delta = np.array([0.01, -0.02, 0.005, 0.05, 0.02, -0.1, 0.0])
    moved = replace(front.camera, ego_from_sensor=moved_camera(front.camera.ego_from_sensor, delta))
    assert score(front.with_camera(moved), np.zeros(len(AXES))) == pytest.approx(
        score(front, delta), abs=1e-6
    )


def test_real_recordings_fit_within_a_third_of_a_degree(shared_data: Path):
    log = open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")
    features = collect(log, "image_02", edges=sweep_edges(log, frames=[0, 6, 12]))
    values = np.deg2rad(np.linspace(-2, 2, 41))
    for axis in ("pitch", "yaw"):
        assert abs(values[np.argmax(curve(features, axis, values, level=1))]) < np.deg2rad(0.33)


def test_unknown_beams_of_a_compensated_recording_still_give_edges(shared_data: Path):
    log = open_log(shared_data / "pandaset" / "002", "pandaset")
    edges = sweep_edges(log, frames=[40])[40]
    count = np.bincount(edges.kind, minlength=3)
    assert np.all(count > 250)


def test_camera_without_images_says_so(sample_drive: Path):
    log = replace(open_log(sample_drive, "native"), images={})
    with pytest.raises(CalibrationError, match="camera 'front': no image"):
        collect(log, "front", edges=sweep_edges(log, frames=[0]))
