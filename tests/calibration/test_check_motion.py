"""Rules over the ground, two LiDARs and the ego poses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avlabel.core.se3 import SE3
from avlabel.readers.registry import open_log
from avlabel_calibration.check import planted
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.plane import road_plane
from avlabel_calibration.check.registration import register, surface
from avlabel_calibration.check.registry import run
from avlabel_calibration.check.run import RULES


def ask(rule, log, **given):
    verdicts = list(run([RULES[rule]], Evidence(log, **given)))
    assert len(verdicts) == 1
    return verdicts[0]


def about(axis, degrees, at=(0.0, 0.0, 0.0)):
    turn = Rotation.from_rotvec(np.deg2rad(degrees) * np.eye(3)["xyz".index(axis)]).as_matrix()
    return SE3(turn, np.asarray(at) - turn @ np.asarray(at))


def test_a_plane_is_found_under_clutter():
    rng = np.random.default_rng(0)
    xy = rng.uniform(-15, 15, (20_000, 2))
    z = 0.05 * xy[:, 0] - 0.2 + rng.normal(0, 0.01, len(xy))
    boxes = rng.uniform([3, 3, 0], [9, 9, 2], (5_000, 3))
    plane = road_plane(np.concatenate([np.column_stack([xy, z]), boxes]))
    assert plane.tilt_deg == pytest.approx(np.rad2deg(np.arctan(0.05)), abs=0.1)
    assert plane.height_m == pytest.approx(-0.2, abs=0.03)
    assert plane.share > 0.9


def test_road_is_level_in_good_drives(sample_log, pandaset, kitti):
    for log in (sample_log, pandaset, kitti):
        assert ask("ground-normal", log).outcome == "fine"


@pytest.mark.parametrize(
    ("axis", "degrees", "severity"), [("x", 6, "warning"), ("y", -10, "error")]
)
def test_a_tilted_lidar_tilts_the_road(kitti, axis, degrees, severity):
    said = ask("ground-normal", planted.with_lidar_moved(kitti, about(axis, degrees, (0, 0, 1.7))))
    assert (said.outcome, said.severity) == ("found", severity)
    assert said.numbers["tilt_deg"] == pytest.approx(abs(degrees), abs=1.5)


def test_a_lidar_at_the_wrong_height_lifts_the_road(sample_log):
    lifted = planted.with_lidar_moved(sample_log, SE3(np.eye(3), np.array([0.0, 0.0, 0.8])))
    said = ask("ground-normal", lifted)
    assert (said.outcome, said.severity) == ("found", "warning")
    assert said.numbers["height_m"] == pytest.approx(0.8, abs=0.15)


def test_no_road_in_sight_is_undecided(sample_log):
    above = planted.with_lidar_moved(sample_log, SE3(np.eye(3), np.array([500.0, 0.0, 0.0])))
    assert ask("ground-normal", above).outcome == "undecided"


def corner():
    """Three walls of a room, metres."""
    a, b = (g.ravel() for g in np.meshgrid(np.arange(0, 8, 0.1), np.arange(0, 8, 0.1)))
    zero = np.zeros_like(a)
    return np.concatenate([np.column_stack(c) for c in ((a, b, zero), (a, zero, b), (zero, a, b))])


def test_registration_gives_back_a_planted_motion():
    points = corner() + np.random.default_rng(0).normal(0, 0.01, (3 * 80 * 80, 3))
    off = SE3(Rotation.from_rotvec([0.01, -0.02, 0.015]).as_matrix(), np.array([0.2, -0.1, 0.05]))
    result = register(off.apply(points[::3]), surface(points))
    back = result.fixed_from_moving @ off
    assert np.allclose(back.rotation, np.eye(3), atol=2e-3)
    assert np.allclose(back.translation, 0, atol=0.01)
    assert (result.shift_sigma_m < 0.01).all()


def test_registration_says_which_way_nothing_holds_it():
    """On a single plane, motion within the plane and turning about its normal are free."""
    points = corner()[: 80 * 80] + np.random.default_rng(0).normal(0, 0.01, (80 * 80, 3))
    result = register(points[::3] + np.array([0.0, 0.0, 0.1]), surface(points))
    assert result.shift_m[2] == pytest.approx(-0.1, abs=0.01)
    assert abs(result.shift_m[0]) < 0.1


def test_pandasets_lidars_agree_until_one_is_moved(pandaset, shared_data):
    def other(change=None):
        log = open_log(shared_data / "pandaset" / "002", "pandaset", lidar="pandargt")
        return log if change is None else planted.with_lidar_moved(log, change)

    assert ask("lidars-disagree", pandaset, open_lidar=lambda _: other()).outcome == "fine"
    turned = about("z", 1.5, (1.6, 0.0, 2.1))
    said = ask("lidars-disagree", pandaset, open_lidar=lambda _: other(turned))
    assert (said.outcome, said.severity) == ("found", "error")
    assert said.numbers["turn_deg"] == pytest.approx(1.5, abs=0.4)


def test_one_lidar_or_none_that_opens_is_undecided(sample_log, pandaset):
    assert ask("lidars-disagree", sample_log).outcome == "undecided"
    assert ask("lidars-disagree", pandaset).outcome == "undecided"


def test_poses_agree_with_the_lidar_in_good_drives(sample_log, pandaset, kitti):
    for log in (sample_log, pandaset, kitti):
        assert ask("poses-odometry", log).outcome == "fine"


def test_inverted_poses_are_found_and_named(sample_log):
    said = ask("poses-odometry", planted.with_poses(sample_log, SE3.inverse))
    assert (said.outcome, said.severity) == ("found", "error")
    assert "inverted" in said.message


def test_poses_of_another_scale_are_found(kitti):
    """Mercator without its scale, or a speed in the wrong unit."""
    stretched = planted.with_poses(kitti, lambda pose: SE3(pose.rotation, 1.5 * pose.translation))
    assert ask("poses-odometry", stretched).severity == "error"


def test_poses_of_the_lidar_itself_prove_nothing(sample_log):
    made = replace(sample_log, metadata={"poses": "kiss-icp 1.2"})
    assert ask("poses-odometry", made).outcome == "undecided"


def test_unrelated_frames_are_undecided(shared_data):
    single = open_log(shared_data / "kitti-object", "kitti-object", sequence="000008")
    assert ask("poses-odometry", single).outcome == "undecided"
