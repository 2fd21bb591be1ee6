"""Extrinsics and time offsets found again from a drive, and drives that tell nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from avlabel.core.log import Log
from avlabel.core.rig import Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, InputError
from avlabel.readers.registry import open_log
from avlabel.readers.rerigged import with_rig
from avlabel.readers.rig_toml import dump_rig, load_rig
from avlabel_calibration.alignment import AXES, Features, collect, moved_camera, sweep_edges
from avlabel_calibration.cli.main import command as calibrate
from avlabel_calibration.refine import refine_camera
from avlabel_calibration.refine.derivatives import UNIT, derivatives
from avlabel_calibration.refine.overlay import before_and_after
from avlabel_calibration.refine.search import lead_over_rival

FRAMES = [0, 5, 10, 15, 20, 25]


def rotation_error_deg(found: SE3, true: SE3) -> float:
    turn = found.rotation.T @ true.rotation
    return float(np.rad2deg(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))


def injected(features: Features, delta: np.ndarray) -> Features:
    place = moved_camera(features.camera.ego_from_sensor, delta)
    return features.with_camera(replace(features.camera, ego_from_sensor=place))


def pixels_off(found: SE3, true: SE3, features: Features) -> float:
    """Mean distance in pixels between edge points projected from two places of the camera."""
    model = features.camera.model
    here, valid = model.project(found.inverse().apply(features.points_ego))
    there, _ = model.project(true.inverse().apply(features.points_ego))
    return float(np.linalg.norm(here - there, axis=1)[valid].mean())


@pytest.fixture(scope="module")
def log(sample_drive: Path) -> Log:
    return open_log(sample_drive, "native")


@pytest.fixture(scope="module")
def front(log: Log) -> Features:
    return collect(log, "front", edges=sweep_edges(log, FRAMES))


@pytest.mark.parametrize("axis_deg", [(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.6, 0.5, -0.62)])
def test_one_degree_comes_back_within_a_tenth(front: Features, axis_deg: tuple[float, ...]):
    wrong = injected(front, np.array([*np.deg2rad(axis_deg), 0, 0, 0, 0]))
    found = refine_camera(wrong)
    true = front.camera.ego_from_sensor
    assert rotation_error_deg(wrong.camera.ego_from_sensor, true) > 0.99
    assert rotation_error_deg(found.refined.ego_from_sensor, true) < 0.1
    assert found.moved[:3].all()
    assert found.score_after > found.score_before + 0.5


def test_error_is_within_what_is_said_of_it(front: Features):
    wrong = injected(front, np.array([*np.deg2rad([0.4, -0.5, 0.3]), 0, 0, 0, 0]))
    found = refine_camera(wrong)
    back = wrong.camera.ego_from_sensor.inverse() @ front.camera.ego_from_sensor
    missing = moved_camera(SE3.identity(), found.estimate).inverse() @ back
    error = np.array([missing.rotation[2, 1], missing.rotation[0, 2], missing.rotation[1, 0]])
    assert np.all(np.abs(error) < 3 * found.sigma[:3])
    assert np.all(found.sigma[:3] < np.deg2rad(0.3))


def test_place_of_the_camera_comes_back(front: Features):
    wrong = injected(front, np.array([0.01, 0.01, 0, 0.12, 0, 0, 0]))
    found = refine_camera(wrong)
    assert found.moved[3]
    assert np.linalg.norm(found.delta[3:6] + np.array([0.12, 0, 0])) < 0.04
    assert pixels_off(found.refined.ego_from_sensor, front.camera.ego_from_sensor, front) < 1.0


def test_late_images_are_noticed_and_the_rig_puts_them_right(log: Log):
    early = {
        name: replace(index, timestamp_ns=index.timestamp_ns - 20_000_000)
        for name, index in log.images.items()
    }
    late = replace(log, images=early)
    found = refine_camera(collect(late, "front", edges=sweep_edges(late, FRAMES)))
    assert found.moved[AXES.index("time")]
    assert found.refined.time_offset_ns == pytest.approx(20_000_000, abs=4_000_000)
    rig = Rig(log.rig.lidars, {**log.rig.cameras, "front": found.refined})
    again = with_rig(late, rig, "refined")
    offset = again.images["front"].timestamp_ns - log.images["front"].timestamp_ns
    assert np.all(np.abs(offset) < 4_000_000)
    assert again.images["front_left"] is late.images["front_left"]


def test_night_tells_nothing(log: Log, tmp_path: Path):
    rng = np.random.default_rng(0)
    for uri in log.images["front"].uris:
        dark = np.clip(rng.normal(8, 2, (600, 960)), 0, 255).astype(np.uint8)
        path = tmp_path / uri
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".jpg", dark)[1].tobytes())
    night = replace(log, root=tmp_path)
    found = refine_camera(collect(night, "front", edges=sweep_edges(night, FRAMES[:3])))
    assert not found.moved.any()
    assert "image edges do not answer" in found.reasons["camera"]
    assert found.refined.ego_from_sensor.matrix == pytest.approx(
        log.rig.cameras["front"].ego_from_sensor.matrix
    )


def test_few_edges_tell_nothing(front: Features):
    few = front.select(np.arange(len(front)) < 100)
    found = refine_camera(few)
    assert not found.moved.any()
    assert found.reasons["camera"].startswith("100 LiDAR edge points in ")


def test_one_image_tells_nothing(front: Features):
    one = replace(front, frame_idx=front.frame_idx[:1]).select(front.image == 0)
    assert refine_camera(one).reasons == {"camera": "1 images, expected at least 3"}


def test_two_answers_are_none(front: Features):
    found = np.zeros((2, len(AXES)))
    found[1, 1] = np.deg2rad(1.0)
    assert lead_over_rival(front, found) > 3
    assert lead_over_rival(front, found[::-1]) < -3
    assert lead_over_rival(front, found[:1]) == np.inf


def test_standing_still_tells_no_time_offset(front: Features):
    standing = replace(front, velocity=np.zeros_like(front.velocity))
    found = refine_camera(injected(standing, np.array([0.01, 0, 0, 0, 0, 0, 0])))
    time = AXES.index("time")
    assert not found.moved[time]
    assert found.sigma[time] > 0.009
    assert "not constrained" in found.reasons["time"]
    assert found.moved[:3].all()


def test_images_of_another_camera_tell_nothing(log: Log):
    swapped = replace(log, images={"front": log.images["front_left"]})
    found = refine_camera(collect(swapped, "front", edges=sweep_edges(swapped, FRAMES[:3])))
    assert not found.moved.any()


def test_derivatives_are_those_of_the_score(front: Features):
    at = derivatives(front, np.zeros(len(AXES)))
    yaw = np.zeros(len(AXES))
    yaw[1] = UNIT[1]
    plus, minus = (derivatives(front, sign * yaw).value for sign in (1, -1))
    assert at.gradient[1] == pytest.approx((plus - minus) / 2, abs=1e-9)
    assert at.curvature[1, 1] == pytest.approx(2 * at.value - plus - minus, abs=1e-9)
    assert at.curvature == pytest.approx(at.curvature.T)
    assert np.linalg.eigvalsh(at.scatter).min() > -1e-12


def test_picture_shows_given_beside_refined(log: Log, front: Features):
    delta = np.array([0.0, 0.02, 0, 0, 0, 0, 0])
    picture = before_and_after(log.root, front, delta, "front")
    assert picture.shape == (2 * 600, 2 * 960, 3)
    same = before_and_after(log.root, front, 0 * delta, "front")
    assert np.any(picture[40:, 960:] != same[40:, 960:])


def refine(*arguments: str | Path):
    return CliRunner().invoke(calibrate, ["refine", *map(str, arguments)])


def test_command_writes_a_rig_that_labels_can_use(sample_drive: Path, tmp_path: Path):
    rig = load_rig(sample_drive / "rig.toml")
    camera = rig.cameras["front"]
    delta = np.array([0.01, 0.012, -0.008, 0, 0, 0, 0])
    wrong = replace(camera, ego_from_sensor=moved_camera(camera.ego_from_sensor, delta))
    given, out = tmp_path / "wrong.toml", tmp_path / "refined.toml"
    given.write_text(dump_rig(Rig(rig.lidars, {**rig.cameras, "front": wrong}), "wrong"))
    before = given.read_bytes()
    arguments = [
        sample_drive, "--format", "native", "--rig", given, "--camera", "front",
        "--frames", "0:8", "--out", out, "--report", tmp_path / "report",
    ]  # fmt: skip
    ran = refine(*arguments)
    assert ran.exception is None, ran.output
    assert "pitch" in ran.stdout
    assert str(out) in ran.stdout
    refined = load_rig(out)
    assert rotation_error_deg(
        refined.cameras["front"].ego_from_sensor, camera.ego_from_sensor
    ) == pytest.approx(0, abs=0.15)
    assert refined.cameras["front_left"].ego_from_sensor.matrix == pytest.approx(
        rig.cameras["front_left"].ego_from_sensor.matrix
    )
    assert given.read_bytes() == before
    numbers = json.loads((tmp_path / "report" / "refinement.json").read_text())
    assert numbers["front"]["parameters"]["yaw"]["moved"] is not None
    assert (tmp_path / "report" / "front.jpg").stat().st_size > 10_000
    assert isinstance(refine(*arguments).exception, InputError)


def test_command_refuses_a_camera_that_is_not_there(sample_drive: Path, tmp_path: Path):
    ran = refine(
        sample_drive, "--format", "native", "--camera", "rear", "--out", tmp_path / "r.toml"
    )
    assert isinstance(ran.exception, CalibrationError)
    assert "camera 'rear': expected one of front, front_left" in str(ran.exception)


def test_command_without_a_single_image_in_reach_writes_nothing(sample_drive: Path, tmp_path: Path):
    out = tmp_path / "r.toml"
    ran = refine(sample_drive, "--format", "native", "--frames", "900:", "--out", out)
    assert not out.exists()
    assert "camera 'front_left': no image" in " ".join(ran.stdout.split())
    assert "nothing was refined" in ran.output


@pytest.fixture(scope="module")
def kitti(shared_data: Path) -> Features:
    log = open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")
    return collect(log, "image_02", edges=sweep_edges(log, at_most=9))


@pytest.mark.parametrize("wrong_deg", [0.5, 1.0])
def test_real_drive_comes_back_within_a_third_of_a_degree(kitti: Features, wrong_deg: float):
    delta = np.zeros(len(AXES))
    delta[:3] = np.deg2rad(wrong_deg) * np.array([0.5, -0.7, 0.51])
    found = refine_camera(injected(kitti, delta))
    assert rotation_error_deg(found.refined.ego_from_sensor, kitti.camera.ego_from_sensor) < 0.3
