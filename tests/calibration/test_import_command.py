"""``avlabel calibrate import``: whole rigs, drafts, and rigs that are completed by another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from foreign_files import (
    CAMCHAIN,
    PLUMB_BOB,
    camchain_with_imu,
    write_kitti_day,
)

from avlabel.errors import AvlabelError, CalibrationError
from avlabel.readers.rig_toml import load_rig, load_rig_file
from avlabel_calibration.cli.main import command as calibrate

CAR = """\
version = 1
name = "car"

[lidars.top]
translation_m = [1.0, 0.0, 2.0]
rotation_wxyz = [1.0, 0.0, 0.0, 0.0]

[cameras.cam0]
translation_m = [1.5, 0.25, 1.5]
rotation_wxyz = [0.5, -0.5, 0.5, -0.5]
model = "pinhole"
width_px = 752
height_px = 480
intrinsics = [500.0, 500.0, 375.5, 239.5]
shutter = "rolling"
readout_ms = 20.0
time_offset_ms = -4.0

[[pairs]]
name = "ahead"
frame = "ego"
point_m = [11.5, 0.25, 1.5]
camera = "cam0"
uv_px = [375.5, 239.5]
tolerance_px = 20.0
"""


@pytest.fixture
def car(tmp_path: Path) -> Path:
    path = tmp_path / "car.toml"
    path.write_text(CAR)
    return path


def calibrate_import(path: Path, name: str, out: Path, *more: object) -> Result:
    given = ["import", str(path), "--format", name, "--out", str(out), *map(str, more)]
    return CliRunner().invoke(calibrate, given)


def written(tmp_path: Path, text: str, name: str = "calib.yaml") -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_a_whole_rig(tmp_path: Path) -> None:
    out = tmp_path / "rig.toml"
    done = calibrate_import(write_kitti_day(tmp_path / "2011_09_26"), "kitti", out)
    assert done.exit_code == 0, done.output
    file = load_rig_file(out)
    assert file.name == "2011_09_26 (kitti)"
    assert list(file.rig.lidars) == ["velodyne"]
    again = calibrate_import(tmp_path / "2011_09_26", "kitti", out)
    assert "is there already" in str(again.exception)


def test_optics_alone_make_a_draft_that_says_what_it_lacks(tmp_path: Path) -> None:
    out = tmp_path / "rig.toml"
    done = calibrate_import(written(tmp_path, PLUMB_BOB), "ros", out)
    assert done.exit_code == 0, done.output
    assert "where narrow is on the vehicle" in done.stderr
    assert "a LiDAR" in done.stderr
    with pytest.raises(CalibrationError, match=r"field 'lidars': expected at least one"):
        load_rig(out)
    text = out.read_text()
    # Whoever takes the comments away has a rig.
    for field in ("[lidars.top]", "translation_m", "rotation_wxyz"):
        text = text.replace(f"# {field}", field)
    out.write_text(text)
    rig = load_rig(out)
    np.testing.assert_array_equal(
        rig.cameras["narrow"].model.intrinsics, [430.5, 431, 320.25, 240.75]
    )


def test_optics_go_into_a_rig(tmp_path: Path, car: Path) -> None:
    out = tmp_path / "rig.toml"
    text = PLUMB_BOB.replace("640", "752").replace("320.25", "380.25")
    done = calibrate_import(written(tmp_path, text), "ros", out, "--camera", "cam0", "--into", car)
    assert done.exit_code == 0, done.output
    file = load_rig_file(out)
    assert file.name == "car"
    front = file.rig.cameras["cam0"]
    np.testing.assert_array_equal(front.model.intrinsics, [430.5, 431, 380.25, 240.75])
    np.testing.assert_array_equal(front.ego_from_sensor.translation, [1.5, 0.25, 1.5])
    assert (front.shutter, front.readout_ns) == ("rolling", 20_000_000)
    assert front.time_offset_ns == -4_000_000
    assert [pair.name for pair in file.pairs] == ["ahead"]


def test_a_rig_that_knows_no_such_camera_is_no_help(tmp_path: Path, car: Path) -> None:
    out = tmp_path / "rig.toml"
    done = calibrate_import(written(tmp_path, PLUMB_BOB), "ros", out, "--into", car)
    assert isinstance(done.exception, CalibrationError)
    assert "where narrow is on the vehicle" in str(done.exception)
    assert not out.exists()


def test_pairs_of_the_rig_catch_a_calibration_that_is_off(tmp_path: Path, car: Path) -> None:
    out = tmp_path / "rig.toml"
    done = calibrate_import(
        written(tmp_path, PLUMB_BOB), "ros", out, "--camera", "cam0", "--into", car
    )
    assert isinstance(done.exception, CalibrationError)
    assert "pair 'ahead'" in str(done.exception)
    assert "got 320.25, 240.75" in str(done.exception)
    assert not out.exists()


def test_a_chain_hangs_on_a_camera_of_the_rig(tmp_path: Path, car: Path) -> None:
    out = tmp_path / "rig.toml"
    done = calibrate_import(written(tmp_path, CAMCHAIN), "kalibr", out, "--into", car)
    assert done.exit_code == 0, done.output
    cameras = load_rig(out).cameras
    np.testing.assert_allclose(cameras["cam0"].ego_from_sensor.translation, [1.5, 0.25, 1.5])
    np.testing.assert_allclose(cameras["cam1"].ego_from_sensor.translation, [1.5, -0.25, 1.5])
    assert cameras["cam1"].model.name == "mei"


def test_a_single_camera_is_placed_by_its_pose(tmp_path: Path, car: Path) -> None:
    out = tmp_path / "rig.toml"
    pose = ("--ego-from-base", -0.5, 0, 1.2, 0.5, -0.5, -0.5, 0.5)
    done = calibrate_import(written(tmp_path, PLUMB_BOB), "ros", out, "--into", car, *pose)
    assert done.exit_code == 0, done.output
    rear = load_rig(out).cameras["narrow"].ego_from_sensor
    np.testing.assert_array_equal(rear.translation, [-0.5, 0, 1.2])
    np.testing.assert_allclose(rear.rotation[:, 2], [-1, 0, 0], atol=1e-12)


def test_names_and_places_that_no_rig_takes(tmp_path: Path, car: Path) -> None:
    out = tmp_path / "rig.toml"
    path = written(tmp_path, PLUMB_BOB.replace("narrow", "stereo/left"))
    done = calibrate_import(path, "ros", out)
    assert f"{path}: sensor 'stereo/left': expected an id" in str(done.exception)
    assert "--camera" in str(done.exception)
    pose = ("--camera", "left", "--ego-from-base", 1500, 0, 1200, 0.5, -0.5, 0.5, -0.5)
    done = calibrate_import(path, "ros", out, "--into", car, *pose)
    assert "expected metres" in str(done.exception)
    assert not out.exists()


def test_a_chain_hangs_on_the_imu(tmp_path: Path, car: Path) -> None:
    out = tmp_path / "rig.toml"
    chain = written(tmp_path, camchain_with_imu())
    base = ("--ego-from-base", 1.3, 0.25, 1.4, 1, 0, 0, 0)
    done = calibrate_import(chain, "kalibr", out, "--into", car, *base)
    assert done.exit_code == 0, done.output
    cameras = load_rig(out).cameras
    np.testing.assert_allclose(cameras["cam0"].ego_from_sensor.translation, [1.5, 0.25, 1.5])
    np.testing.assert_allclose(cameras["cam1"].ego_from_sensor.translation, [1.5, -0.25, 1.5])


def test_a_chain_alone_is_a_draft_with_cameras_relative_to_the_first(tmp_path: Path) -> None:
    out = tmp_path / "rig.toml"
    names = ("--rename", "cam0=left", "--rename", "cam1=right")
    done = calibrate_import(written(tmp_path, CAMCHAIN), "kalibr", out, *names)
    assert done.exit_code == 0, done.output
    assert "where left is on the vehicle" in done.stderr
    lidar, optics = out.read_text().split("[cameras.left]")
    assert 'other = "left"' in optics
    text = f"{lidar}[cameras.left]{optics}"
    for field in ("[lidars.top]", "translation_m", "rotation_wxyz"):
        text = text.replace(f"# {field}", field)
    out.write_text(text)
    right = load_rig(out).cameras["right"].ego_from_sensor
    np.testing.assert_allclose(right.translation, [0, -0.5, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--rename", "cam0"), "expected OLD=NEW"),
        (("--rename", "cam7=left"), "sensor 'cam7': expected one of the file's: cam0, cam1"),
        (("--rename", "cam0=cam1"), "sensor 'cam1': expected ids to be unique"),
        (("--ego-from-base", 0, 0, 0, 0, 0, 0, 0), "expected unit length"),
        (("--into", "nobodys"), "rig 'nobodys'"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, more: tuple[object, ...], words: str) -> None:
    done = calibrate_import(written(tmp_path, CAMCHAIN), "kalibr", tmp_path / "rig.toml", *more)
    assert done.exit_code != 0
    assert words in (
        str(done.exception) if isinstance(done.exception, AvlabelError) else done.output
    )


def test_a_file_that_knows_the_vehicle_needs_no_base(tmp_path: Path) -> None:
    day = write_kitti_day(tmp_path / "day")
    base = ("--ego-from-base", 0, 0, 0, 1, 0, 0, 0)
    done = calibrate_import(day, "kitti", tmp_path / "rig.toml", *base)
    assert "expected no --ego-from-base" in str(done.exception)
