"""Calibrations of other programs, against numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from foreign_files import (
    CAMCHAIN,
    ECHOED,
    OPENCV,
    PANDASET,
    PLUMB_BOB,
    TRACKING,
    camchain_with_imu,
    write_argoverse2,
    write_kitti_day,
    write_nuscenes,
)

from avlabel.errors import (
    CalibrationError,
    FormatError,
    MirroredRotationError,
    NotARotationError,
    ReadError,
)
from avlabel_calibration.importers.found import Found
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.registry import read_calibration

AHEAD = [[0, 0, 1], [-1, 0, 0], [0, -1, 0]]
"""Axes of a camera that looks ahead: its x is -y of the vehicle, its y -z, its z x."""


def imported(path: Path, name: str, **options: object) -> Found:
    return read_calibration(path, name, ImportOptions(**options))  # type: ignore[arg-type]


def written(tmp_path: Path, text: str, name: str = "calib.yaml") -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path / name


def place(found: Found, camera: str) -> np.ndarray:
    return found.cameras[camera].base_from_camera.matrix


def test_ros_file_of_a_calibrator(tmp_path: Path) -> None:
    found = imported(written(tmp_path, PLUMB_BOB), "ros")
    model = found.cameras["narrow"].model
    assert (model.name, model.width_px, model.height_px) == ("pinhole", 640, 480)
    np.testing.assert_array_equal(model.intrinsics, [430.5, 431, 320.25, 240.75])
    np.testing.assert_array_equal(model.distortion, [-0.33, 0.11, -1e-05, 0.0005, 0])
    assert found.base == "narrow"
    np.testing.assert_array_equal(place(found, "narrow"), np.eye(4))
    assert list(imported(written(tmp_path, PLUMB_BOB), "ros", camera="front").cameras) == ["front"]


def test_ros_message_as_echoed(tmp_path: Path) -> None:
    model = imported(written(tmp_path, ECHOED, "front.yaml"), "ros").cameras["front"].model
    assert model.name == "fisheye"
    np.testing.assert_array_equal(model.distortion, [0.02, -0.003, 0.001, -0.0002])
    k = np.array([[300.0, 0, 319.5], [0, 301, 239.5], [0, 0, 1]])
    expected, _ = cv2.fisheye.projectPoints(
        np.array([[[1.0, -0.5, 2.0]]]), np.zeros(3), np.zeros(3), k, model.distortion
    )
    np.testing.assert_allclose(
        model.project(np.array([[1.0, -0.5, 2.0]]))[0], expected[0], atol=1e-6
    )


def test_ros_rational_polynomial(tmp_path: Path) -> None:
    text = PLUMB_BOB.replace("plumb_bob", "rational_polynomial").replace(
        "data: [-0.33, 0.11, -1e-05, 0.0005, 0]", "data: [0.1, 0.2, 0, 0, 0.3, 0.4, 0.5, 0.6]"
    )
    model = imported(written(tmp_path, text), "ros").cameras["narrow"].model
    np.testing.assert_array_equal(model.distortion, [0.1, 0.2, 0, 0, 0.3, 0.4, 0.5, 0.6])


def test_opencv_file(tmp_path: Path) -> None:
    found = imported(written(tmp_path, OPENCV, "front.yml"), "opencv")
    model = found.cameras["front"].model
    assert (model.name, model.width_px, model.height_px) == ("pinhole", 640, 480)
    np.testing.assert_array_equal(model.intrinsics, [500, 501, 319.5, 239.5])
    np.testing.assert_array_equal(model.distortion, [-0.25, 0.1, 0.001, -0.0005, -0.02])


@pytest.mark.parametrize("suffix", [".yml", ".json"])
def test_opencv_files_that_opencv_writes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"side{suffix}"
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write("K", np.array([[300.0, 0, 320], [0, 300, 240], [0, 0, 1]]))
    storage.write("D", np.array([[0.02], [-0.003], [0.001], [-0.0002]]))
    storage.write("fisheye_model", 1)
    storage.release()
    model = imported(path, "opencv", size_px=(640, 480)).cameras["side"].model
    assert model.name == "fisheye"
    np.testing.assert_array_equal(model.distortion, [0.02, -0.003, 0.001, -0.0002])
    with pytest.raises(CalibrationError, match=r"'image_width': missing.*--image-size"):
        imported(path, "opencv")


def test_kalibr_chain_of_cameras(tmp_path: Path) -> None:
    found = imported(written(tmp_path, CAMCHAIN), "kalibr")
    assert found.base == "cam0"
    np.testing.assert_array_equal(place(found, "cam0"), np.eye(4))
    # T_cn_cnm1 takes cam0's origin to x = -0.5 of cam1: cam1 lies 0.5 m to the right.
    np.testing.assert_allclose(place(found, "cam1")[:3, 3], [0.5, 0, 0], atol=1e-12)
    omni = found.cameras["cam1"].model
    assert omni.name == "mei"
    np.testing.assert_array_equal(omni.distortion, [0.8, -0.33, 0.13, 0.0005, 0.0006])
    np.testing.assert_array_equal(omni.intrinsics, [833.0, 830.0, 373.5, 253.75])
    assert found.cameras["cam0"].model.name == "pinhole"


def test_kalibr_chain_with_imu(tmp_path: Path) -> None:
    found = imported(written(tmp_path, camchain_with_imu()), "kalibr")
    assert found.base == "the IMU"
    assert "timeshift" in found.notes[0]
    # The IMU is 0.2 m behind and 0.1 m below cam0 (its y points down); cam1 0.5 m to the right.
    np.testing.assert_allclose(place(found, "cam0")[:3, :3], AHEAD, atol=1e-12)
    np.testing.assert_allclose(place(found, "cam0")[:3, 3], [0.2, 0, 0.1], atol=1e-12)
    np.testing.assert_allclose(place(found, "cam1")[:3, 3], [0.2, -0.5, 0.1], atol=1e-12)


def test_kalibr_three_cameras_chain_one_by_one(tmp_path: Path) -> None:
    """cam2 is turned 90 degrees to the right of cam1 and sits 1 m in front of it."""
    third = CAMCHAIN[CAMCHAIN.index("cam1:") :].replace("cam1", "cam2")
    third = third.replace("[1.0, 0.0, 0.0, -0.5]", "[0.0, 0.0, -1.0, 1.0]").replace(
        "[0.0, 0.0, 1.0, 0.0]", "[1.0, 0.0, 0.0, 0.0]"
    )
    found = imported(written(tmp_path, CAMCHAIN + third), "kalibr")
    np.testing.assert_allclose(place(found, "cam2")[:3, 3], [0.5, 0, 1], atol=1e-12)
    # Its optical axis is cam0's x.
    np.testing.assert_allclose(place(found, "cam2")[:3, 2], [1, 0, 0], atol=1e-12)


def test_pandaset_static_calibration(tmp_path: Path) -> None:
    found = imported(written(tmp_path, PANDASET), "pandaset")
    assert list(found.lidars) == ["pandar64", "pandargt"]
    # A quarter turn about x takes y to z and z to -y; then the translation is added.
    lidar = found.lidars["pandar64"]
    front = found.cameras["front_camera"]
    camera_from_lidar = front.base_from_camera.inverse() @ lidar
    np.testing.assert_allclose(
        camera_from_lidar.apply(np.array([[1.0, 2.0, 3.0]])), [[1.0, -3.25, 1.5]], atol=1e-9
    )
    assert len(front.model.distortion) == 0
    assert (front.shutter, front.readout_ns) == ("rolling", 50_000_000)


def test_nuscenes_tables(tmp_path: Path) -> None:
    folder = write_nuscenes(tmp_path / "set" / "v1.0-mini")
    for path in (folder, folder.parent):
        found = imported(path, "nuscenes")
        assert (list(found.lidars), list(found.cameras)) == (["LIDAR_TOP"], ["CAM_FRONT"])
        np.testing.assert_allclose(place(found, "CAM_FRONT")[:3, :3], AHEAD, atol=1e-12)
        np.testing.assert_array_equal(place(found, "CAM_FRONT")[:3, 3], [1.7, 0, 1.5])
        model = found.cameras["CAM_FRONT"].model
        assert (model.width_px, model.height_px) == (1600, 900)


def test_nuscenes_scene_is_chosen(tmp_path: Path) -> None:
    folder = write_nuscenes(tmp_path / "v1.0-mini", scenes=2)
    with pytest.raises(CalibrationError, match=r"row 3: a second calibration.*--sequence"):
        imported(folder, "nuscenes")
    found = imported(folder, "nuscenes", sequence="scene-0001")
    assert place(found, "CAM_FRONT")[2, 3] == pytest.approx(1.6)
    with pytest.raises(CalibrationError, match=r"scene 'x': expected one of scene-0000, scene-000"):
        imported(folder, "nuscenes", sequence="x")


def test_argoverse2_log(tmp_path: Path) -> None:
    log = write_argoverse2(tmp_path / "log")
    for path in (log, log / "calibration"):
        found = imported(path, "argoverse2")
        assert list(found.lidars) == ["up_lidar", "down_lidar"]
        front = place(found, "ring_front_center")
        np.testing.assert_allclose(front[:3, :3], AHEAD, atol=1e-12)
        # Their frame is the axle, 0.33 m above the road.
        np.testing.assert_allclose(front[:3, 3], [1.63, 0, 1.73], atol=1e-12)
        model = found.cameras["ring_side_left"].model
        assert (model.width_px, model.height_px) == (2048, 1550)
        assert len(model.distortion) == 0


def test_kitti_day_of_raw_data(tmp_path: Path) -> None:
    found = imported(write_kitti_day(tmp_path / "2011_09_26"), "kitti")
    assert list(found.cameras) == ["image_00", "image_01", "image_02", "image_03"]
    np.testing.assert_allclose(place(found, "image_00")[:3, :3], AHEAD, atol=1e-12)
    # The Velodyne is at x 0.76, z 1.73; camera 0 0.27 m before and 0.08 m below it.
    np.testing.assert_allclose(place(found, "image_00")[:3, 3], [1.03, 0, 1.65], atol=1e-12)
    np.testing.assert_allclose(place(found, "image_01")[:3, 3], [1.03, -0.5, 1.65], atol=1e-12)


def test_kitti_file_of_a_benchmark(tmp_path: Path) -> None:
    tracking = imported(written(tmp_path, TRACKING, "0000.txt"), "kitti")
    assert list(tracking.cameras) == ["image_02", "image_03"]
    assert "1242 x 375" in tracking.notes[0]
    text = (
        TRACKING.replace("R_rect", "R0_rect:")
        .replace("Tr_velo_cam", "Tr_velo_to_cam:")
        .replace("Tr_imu_velo", "Tr_imu_to_velo:")
    )
    single = imported(written(tmp_path, text, "000007.txt"), "kitti", size_px=(1224, 370))
    assert list(single.cameras) == ["image_2", "image_3"]
    assert single.cameras["image_2"].model.width_px == 1224
    np.testing.assert_allclose(place(single, "image_3"), place(tracking, "image_03"))


def test_kitti_file_of_the_odometry_benchmark(tmp_path: Path) -> None:
    """Its Tr goes to the rectified camera at once."""
    projections = TRACKING[: TRACKING.index("R_rect")]
    text = f"{projections}Tr: 0 -1 0 0 0 0 -1 -0.08 1 0 0 -0.27\n"
    found = imported(written(tmp_path, text, "calib.txt"), "kitti", size_px=(1241, 376))
    assert list(found.cameras) == ["image_0", "image_1", "image_2", "image_3"]
    np.testing.assert_allclose(place(found, "image_1")[:3, :3], AHEAD, atol=1e-12)
    np.testing.assert_allclose(place(found, "image_1")[:3, 3], [1.03, -0.5, 1.65], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "text", "old", "new", "error", "words"),
    [
        ("ros", PLUMB_BOB, "plumb_bob", "thin", CalibrationError, ["distortion_model", "thin"]),
        ("ros", PLUMB_BOB, "0.0005, 0]", "0.0005, 0, 0]", CalibrationError, ["6 values", "5"]),
        ("ros", PLUMB_BOB, "0.0005", ".nan", CalibrationError, ["list of finite numbers"]),
        ("ros", PLUMB_BOB, "[430.5, 0,", "[430.5, 3,", CalibrationError, ["no skew"]),
        ("ros", PLUMB_BOB, "[430.5", "[-430.5", CalibrationError, ["focal length"]),
        ("ros", PLUMB_BOB, "width: 640", "width: six", CalibrationError, ["image_width", "whole"]),
        ("ros", PLUMB_BOB, "camera_matrix", "matrix", CalibrationError, ["camera_matrix", "miss"]),
        ("ros", PLUMB_BOB, "image_width: 640", "image_width: [", ReadError, ["not YAML"]),
        ("ros", PLUMB_BOB, PLUMB_BOB, "- 1\n", CalibrationError, ["names and values"]),
        ("ros", PLUMB_BOB, PLUMB_BOB, "%YAML:1.0\n", CalibrationError, ["names and values"]),
        ("ros", ECHOED, "binning_x: 0", "binning_x: 2", CalibrationError, ["binning_x", "got 2"]),
        ("ros", ECHOED, "x_offset: 0", "x_offset: 8", CalibrationError, ["roi", "x_offset"]),
        (
            "ros",
            ECHOED,
            "[300.0, 0.0, 319.5, 0.0, 301.0, 239.5, 0.0, 0.0, 1.0]",
            "[0, 0, 0, 0, 0, 0, 0, 0, 0]",
            CalibrationError,
            ["not calibrated"],
        ),
        ("opencv", OPENCV, "%YAML:1.0", "calibration: [", ReadError, ["not YAML"]),
        ("opencv", OPENCV, "camera_matrix", "matrix", CalibrationError, ["'camera_matrix'"]),
        ("opencv", OPENCV, "1.0e-01", ".Nan", CalibrationError, ["distortion", "finite"]),
        ("opencv", OPENCV, "rows: 5", "rows: 4", CalibrationError, ["has 5 values", "4 x 1"]),
        ("kalibr", CAMCHAIN, "pinhole", "eucm", CalibrationError, ["cam0", "got eucm-radtan"]),
        ("kalibr", CAMCHAIN, "radtan", "fov", CalibrationError, ["cam0", "got pinhole-fov"]),
        ("kalibr", CAMCHAIN, "cam1:", "cam2:", CalibrationError, ["cam0, cam1", "cam2"]),
        ("kalibr", CAMCHAIN, "T_cn_cnm1", "T_c", CalibrationError, ["cam1", "T_cn_cnm1", "miss"]),
        ("kalibr", CAMCHAIN, "- [0.0, 1.0", "- [0.0, -1.0", MirroredRotationError, ["cam1"]),
        ("kalibr", CAMCHAIN, "- [0.0, 1.0", "- [0.0, 1.1", NotARotationError, ["cam1"]),
        ("kalibr", CAMCHAIN, "[752, 480]", "[752]", CalibrationError, ["resolution", "1 values"]),
        ("kalibr", camchain_with_imu(0.5), "", "", CalibrationError, ["cam1", "T_cam_imu", "off"]),
        ("pandaset", PANDASET, "w: 1.0", "w: 2.0", NotARotationError, ["main_pandar64", "got 2"]),
        ("pandaset", PANDASET, "front_gt", "front", CalibrationError, ["'front_gt'", "missing"]),
        ("pandaset", PANDASET, "z: -0.5", "z: deep", CalibrationError, ["front_camera", "'z'"]),
        ("kitti", TRACKING, "R_rect 1", "R_rect 2", NotARotationError, ["R0_rect"]),
        ("kitti", TRACKING, "R_rect 1", "R_rect -1", MirroredRotationError, ["R0_rect"]),
        ("kitti", TRACKING, "P2: 700", "P2: 0", CalibrationError, ["P2", "no projection"]),
        ("kitti", TRACKING, "Tr_velo_cam 0", "Tr_velo_cam", CalibrationError, ["12 numbers"]),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path,
    name: str,
    text: str,
    old: str,
    new: str,
    error: type[Exception],
    words: list[str],
) -> None:
    assert old in text
    path = written(tmp_path, text.replace(old, new, 1))
    with pytest.raises(error) as caught:
        imported(path, name)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_tables_with_mistakes(tmp_path: Path) -> None:
    folder = write_nuscenes(tmp_path / "v1.0-mini")
    table = folder / "calibrated_sensor.json"
    good = table.read_text()
    for old, new, words in (
        ("[0.5, -0.5, 0.5, -0.5]", "[0.5, -0.5, 0.5, 5]", "row 0: not a rotation"),
        ("s-LIDAR_TOP", "s-LIDAR", "row 1: field 'sensor_token'"),
        ("[1.7, 0.0, 1.5]", "[1.7, 0.0]", "row 0: field 'rotation'"),
        ("[1266.4, 0.0, 816.2]", "[1266.4, 0.0]", "row 0: field 'camera_intrinsic'"),
    ):
        table.write_text(good.replace(old, new, 1))
        with pytest.raises(CalibrationError, match=rf"calibrated_sensor\.json: {words}"):
            imported(folder, "nuscenes")
    with pytest.raises(ReadError, match=r"expected calibrated_sensor\.json"):
        imported(write_kitti_day(tmp_path / "day"), "nuscenes")


def test_unknown_format_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="format 'x': expected one of argoverse2, kalibr"):
        imported(tmp_path, "x")
    with pytest.raises(FormatError, match="did you mean 'kitti'"):
        imported(tmp_path, "kitti-raw")
    with pytest.raises(ReadError, match="no such file or folder"):
        imported(tmp_path / "nowhere", "ros")
    with pytest.raises(CalibrationError, match="expected a day's folder"):
        imported(tmp_path, "kitti")
    with pytest.raises(ReadError, match=r"egovehicle_SE3_sensor\.feather: no such file"):
        imported(tmp_path, "argoverse2")
