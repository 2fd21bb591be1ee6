"""Rules that lay LiDAR edges over images: planted errors are found, good drives are not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from avlabel.core.se3 import SE3
from avlabel_calibration.check import planted
from avlabel_calibration.check.evidence import FEW, Evidence
from avlabel_calibration.check.limits import CheckConfig
from avlabel_calibration.check.mounting import misreadings, oddities
from avlabel_calibration.check.optimum import edge_shift_rad
from avlabel_calibration.check.registry import run
from avlabel_calibration.check.run import RULES

FRAMES = 4
CONTENT = ("inverted-extrinsic", "opengl-axes", "cameras-swapped", "alignment", "camera-time")


@pytest.fixture(scope="module")
def edges(sample_log):
    return Evidence(sample_log, laid_over=FRAMES).edges


@pytest.fixture(scope="module")
def good(sample_log, edges):
    return seen(sample_log, edges)


def seen(log, edges=None):
    evidence = Evidence(log, laid_over=FRAMES)
    if edges is not None:
        evidence.edges = edges  # Edges of sweeps are the same whatever the cameras.
    return evidence


def ask(rule, evidence):
    return {v.sensor_id: v for v in run([RULES[rule]], evidence)}


@pytest.mark.parametrize("rule", CONTENT)
def test_good_drive_is_fine(rule, good):
    assert {(v.sensor_id, v.outcome) for v in ask(rule, good).values()} == {
        ("front", "fine"), ("front_left", "fine"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rotvec_deg", "severity"),
    [((0.5, 0, 0), "warning"), ((0, -0.5, 0), "warning"), ((0, 0, 2.0), "error"),
     ((0, 2.0, 0), "error"), ((0, 5.0, 0), "error")],
)  # fmt: skip
def test_a_turned_camera_is_found_and_measured(rotvec_deg, severity, sample_log, edges):
    log = planted.turned(sample_log, "front", np.array(rotvec_deg, float))
    said = ask("alignment", seen(log, edges))
    assert said["front_left"].outcome == "fine"
    assert (said["front"].outcome, said["front"].severity) == ("found", severity)
    numbers = said["front"].numbers
    back = [numbers[f"{axis}_deg"] for axis in ("pitch", "yaw", "roll")]
    assert np.allclose(back, -np.array(rotvec_deg), atol=0.15)


def test_a_camera_that_looks_elsewhere_is_told_by_its_neighbour(sample_log, edges):
    log = planted.turned(sample_log, "front", np.array([0.0, 40.0, 0.0]))
    said = ask("alignment", seen(log, edges))
    assert (said["front"].outcome, said["front"].severity) == ("found", "warning")
    assert "although those of front_left do" in said["front"].message
    assert said["front_left"].outcome == "fine"


def test_a_moved_camera_is_found(sample_log, edges):
    log = planted.moved(sample_log, "front_left", np.array([0.2, 0.0, 0.0]))
    assert ask("alignment", seen(log, edges))["front_left"].outcome == "found"


@pytest.mark.parametrize("seconds", [0.04, -0.04])
def test_late_images_are_found_and_measured(seconds, sample_log, edges):
    said = ask("camera-time", seen(planted.delayed(sample_log, "front_left", seconds), edges))
    assert said["front"].outcome == "fine"
    late = said["front_left"]
    assert (late.outcome, late.severity) == ("found", "warning")
    assert late.numbers["offset_ms"] == pytest.approx(-1e3 * seconds, abs=5)


def test_a_turned_camera_is_not_blamed_on_time(sample_log, edges):
    log = planted.turned(sample_log, "front", np.array([1.0, 0.0, 0.0]))
    assert ask("camera-time", seen(log, edges))["front"].outcome != "found"


def test_a_car_that_stands_still_tells_nothing_of_time(sample_log):
    still = planted.with_poses(
        sample_log,
        lambda pose: SE3(
            np.repeat(pose.rotation[:1], len(pose), axis=0),
            np.repeat(pose.translation[:1], len(pose), axis=0),
        ),
    )
    said = ask("camera-time", seen(still))
    assert {v.outcome for v in said.values()} == {"undecided"}


def test_swapped_cameras_are_found_both(sample_log, edges):
    said = ask("cameras-swapped", seen(planted.swapped(sample_log, "front", "front_left"), edges))
    for name, other in (("front", "front_left"), ("front_left", "front")):
        assert (said[name].outcome, said[name].severity) == ("found", "error")
        assert f"'{other}'" in said[name].message


@pytest.mark.parametrize("camera", ["front", "front_left"])
@pytest.mark.parametrize(
    ("make", "rule"),
    [(planted.inverted, "inverted-extrinsic"), (planted.with_opengl_axes, "opengl-axes")],
)
def test_misread_extrinsics_are_found_by_their_name(make, rule, camera, sample_log, edges):
    log = make(sample_log, camera)
    for evidence in (seen(log, edges), Evidence(replace(log, images={}))):
        for name in ("inverted-extrinsic", "opengl-axes"):
            said = ask(name, evidence)[camera]
            assert (said.outcome == "found") == (name == rule), said
            assert (said.severity == "error") == (name == rule)


def test_images_without_edges_leave_every_rule_undecided(sample_log, edges, tmp_path):
    cv2.imwrite(str(tmp_path / "gray.png"), np.full((600, 960), 120, np.uint8))
    images = {
        name: replace(index, uris=[str(tmp_path / "gray.png")] * len(index))
        for name, index in sample_log.images.items()
    }
    blank = seen(replace(planted.PlantedLog.of(sample_log), images=images), edges)
    for rule in ("cameras-swapped", "alignment", "camera-time"):
        assert {v.outcome for v in ask(rule, blank).values()} == {"undecided"}, rule


def test_missing_images_leave_alignment_undecided(sample_log):
    blind = replace(planted.PlantedLog.of(sample_log), images={})
    for rule in ("cameras-swapped", "alignment", "camera-time"):
        verdicts = ask(rule, Evidence(blind)).values()
        assert {v.outcome for v in verdicts} == {"undecided"}, rule
        assert all(v.message for v in verdicts)


def test_oddities_by_hand():
    """A camera ahead at 1.5 m; on its side; on its head; below the road."""
    ahead = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    side = ahead @ np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    down = np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    at, config = np.array([1.5, 0.0, 1.5]), CheckConfig()
    assert oddities(SE3(down, at), config) == []
    assert oddities(SE3(ahead, at), config) == []
    assert oddities(SE3(side, at), config) == ["lying on its side"]
    assert oddities(SE3(ahead @ np.diag([-1.0, -1.0, 1.0]), at), config) == ["upside down"]
    assert oddities(SE3(ahead, -at), config) == ["-1.5 m above the road"]
    assert oddities(SE3(ahead, 11 * at), config) == [
        "16.5 m above the road", "16 m from the rear axle",
    ]  # fmt: skip


def test_misreadings_undo_themselves(sample_log):
    camera = sample_log.rig.cameras["front_left"]
    for how in ("inverted", "opengl"):
        back = misreadings(misreadings(camera)[how])[how].ego_from_sensor
        assert np.allclose(back.matrix, camera.ego_from_sensor.matrix)


def test_edge_shift_of_a_small_yaw_is_the_yaw(good):
    """Yaw turns about the camera's y axis: points off the horizon move a little less."""
    features = good.features("front")
    delta = np.array([0.0, np.deg2rad(0.5), 0.0, 0.0, 0.0, 0.0, 0.0])
    assert np.rad2deg(edge_shift_rad(features, delta)) == pytest.approx(0.5, abs=0.02)


@pytest.fixture(scope="module")
def pandaset_cameras(pandaset):
    """Two cameras are enough here; benchmarks look at all six."""
    kept = ("front_camera", "left_camera")
    rig = replace(pandaset.rig, cameras={name: pandaset.rig.cameras[name] for name in kept})
    return replace(pandaset, rig=rig, images={name: pandaset.images[name] for name in kept})


def test_real_drives_are_fine_until_a_camera_is_turned(pandaset_cameras, kitti):
    for log, camera in ((pandaset_cameras, "front_camera"), (kitti, "image_02")):
        evidence = seen(log)
        for rule in CONTENT:
            assert all(v.outcome != "found" for v in ask(rule, evidence).values()), rule
        turned = planted.turned(log, camera, np.array([0.0, 1.0, 0.0]))
        said = ask("alignment", seen(turned, evidence.edges))[camera]
        assert (said.outcome, said.severity) == ("found", "error")
        assert said.numbers["yaw_deg"] == pytest.approx(-1.0, abs=0.3)


def test_one_frame_is_enough_to_find_swapped_cameras(pandaset_cameras):
    log = planted.swapped(pandaset_cameras, "front_camera", "left_camera")
    said = ask("cameras-swapped", Evidence(log, laid_over=FEW))
    assert {v.outcome for v in said.values()} == {"found"}
