"""KITTI tracking: frames, signs and times by hand, then the real recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from written_drives import CALIB, hdl64_cloud, oxts_line, write_tracking

from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import InputError, ReadError
from avlabel.geometry.boxes import corners, count_points
from avlabel.readers.kitti_velodyne import rings
from avlabel.readers.registry import open_log

Spoil = Callable[[Path], object]
CAMERA_0_EGO = np.array([0.76, 0.0, 1.73])
"""The made-up camera 0 sits in the Velodyne."""


def test_ego_travels_east_from_the_origin(tmp_path: Path) -> None:
    log = open_log(write_tracking(tmp_path), "kitti-tracking")
    assert log.log_id == "kitti-tracking-0007"
    assert log.metadata["poses"] == "recorded"
    pose = log.trajectory.at(np.array([0, 100_000_000, 200_000_000]))
    expected = [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
    np.testing.assert_allclose(pose.translation, expected, atol=1e-6)
    np.testing.assert_allclose(pose.yaw, 0, atol=1e-12)


def test_points_stand_on_the_ego_ground(tmp_path: Path) -> None:
    sweep = open_log(write_tracking(tmp_path), "kitti-tracking").read_sweep(1)
    expected = hdl64_cloud()[:, :3] + np.float32([0.76, 0, 1.73])
    np.testing.assert_allclose(sweep.points_ego, expected, atol=1e-6)
    np.testing.assert_array_equal(sweep.ring, np.repeat(np.arange(64), 5))
    assert (sweep.intensity.min(), sweep.intensity.max()) == (0, 255)
    assert (sweep.ref_ns, sweep.end_offset_ns, sweep.compensated) == (100_000_000, (0, 0), True)


def test_cameras_are_placed_by_their_projection_matrix(tmp_path: Path) -> None:
    rig = open_log(write_tracking(tmp_path), "kitti-tracking").rig
    assert list(rig.cameras) == ["image_02"]
    camera = rig.cameras["image_02"]
    assert (camera.model.width_px, camera.model.height_px) == (80, 60)
    expected = np.add(CAMERA_0_EGO, [0, 42 / 700, 0])
    np.testing.assert_allclose(camera.ego_from_sensor.translation, expected, atol=1e-12)
    # P2 applied to a point of the rectified camera 0 gives the same pixel.
    pixel = np.array([[700, 0, 600, 42], [0, 700, 170, 0], [0, 0, 1, 0]]) @ [1, 2, 10, 1]
    ego = np.array([[10.0, -1.0, -2.0]]) + CAMERA_0_EGO
    uv, valid = camera.model.project(camera.ego_from_sensor.inverse().apply(ego))
    assert valid.all()
    np.testing.assert_allclose(uv[0], pixel[:2] / pixel[2])


def test_label_becomes_a_box_in_the_world(tmp_path: Path) -> None:
    truth = open_log(write_tracking(tmp_path), "kitti-tracking").read_truth()
    assert truth is not None
    cuboids = truth.cuboids
    assert len(cuboids) == 1
    # Camera (2, 1.5, 10) is the bottom's centre; ego x = z, y = -x, z = -y, then half the height.
    center = np.add(CAMERA_0_EGO, [10, -2, -1.5 + 0.75])
    np.testing.assert_allclose(cuboids.center[0], center, atol=1e-6)
    np.testing.assert_allclose(cuboids.size_lwh[0], [4.5, 1.75, 1.5])
    np.testing.assert_allclose(cuboids.yaw, 0, atol=1e-9)
    assert cuboids.track_id.tolist() == [5]
    assert truth.camera == "image_02"
    assert truth.ignore_frame_idx.tolist() == [0]
    np.testing.assert_array_equal(truth.ignore_uv, [[10, 20, 30, 40]])


def test_ring_is_unknown_where_points_are_in_another_order() -> None:
    shuffled = np.random.default_rng(0).permutation(hdl64_cloud(50))
    assert set(rings(shuffled).tolist()) == {-1}


def test_misc_is_ignored_and_frames_without_a_sweep_left_out(tmp_path: Path) -> None:
    root = write_tracking(tmp_path)
    path = root / "training/label_02/0007.txt"
    line = path.read_text().splitlines()[0]
    lines = [line.replace("Car", "Misc"), line.replace("0 5", "99 5")]
    path.write_text("\n".join(lines))
    truth = open_log(root, "kitti-tracking").read_truth()
    assert truth is not None
    assert truth.ignored.tolist() == [True]


def test_camera_poses_serve_without_oxts(tmp_path: Path) -> None:
    root = write_tracking(tmp_path)
    (root / "training/oxts/0007.txt").unlink()
    (root / "poses").mkdir()
    rows = [f"1 0 0 0 0 1 0 0 0 0 1 {frame}" for frame in range(3)]
    (root / "poses/0007.txt").write_text("\n".join(rows))
    log = open_log(root, "kitti-tracking")
    np.testing.assert_allclose(log.trajectory.at(200_000_000).translation, [2, 0, 0], atol=1e-9)


def test_a_sequence_must_be_chosen_and_be_there(tmp_path: Path) -> None:
    root = write_tracking(tmp_path)
    with pytest.raises(ReadError, match=r"sequence '0001': expected one of 0007"):
        open_log(root, "kitti-tracking", sequence="0001")
    (root / "training/velodyne/0008").mkdir()
    with pytest.raises(ReadError, match=r"choose a sequence; there are 0007, 0008"):
        open_log(root, "kitti-tracking")
    with pytest.raises(ReadError, match=r"lidar 'top': expected 'velodyne'"):
        open_log(root, "kitti-tracking", lidar="top")


def edit(name: str, old: str, new: str) -> Spoil:
    def spoil(training: Path) -> None:
        text = (training / name).read_text()
        assert old in text
        (training / name).write_text(text.replace(old, new, 1))

    return spoil


BAD_FILES: dict[str, tuple[Spoil, str]] = {
    "calib missing": (lambda t: (t / "calib/0007.txt").unlink(), "calib/0007.txt: no such file"),
    "calib for other cameras": (edit("calib/0007.txt", "P2:", "P9:"), "expected 'P2' with 12"),
    "calib short": (edit("calib/0007.txt", "P2: 700 0", "P2: 700"), "P2: expected 12 .*got 11"),
    "calib no rotation": (
        edit("calib/0007.txt", "R0_rect: 1 0 0", "R0_rect: 1 1 0"),
        "calib/0007.txt: R0_rect: rotation: not orthonormal",
    ),
    "calib mirrored": (
        edit("calib/0007.txt", "Tr_velo_to_cam: 0 -1", "Tr_velo_to_cam: 0 1"),
        "Tr_velo_to_cam: rotation: mirrored",
    ),
    "calib not finite": (edit("calib/0007.txt", "P2: 700", "P2: nan"), "P2: .*finite .*'nan'"),
    "calib no projection": (edit("calib/0007.txt", "P2: 700", "P2: 0"), "P2 is no projection"),
    "calib without imu": (edit("calib/0007.txt", "Tr_imu", "Tr_x"), "expected 'Tr_imu_to_velo'"),
    "calib not utf-8": (
        lambda t: (t / "calib/0007.txt").write_bytes(CALIB.encode() + b"\xe9"),
        "calib/0007.txt: line 8: expected UTF-8",
    ),
    "oxts zero bytes": (
        lambda t: (t / "oxts/0007.txt").write_text(""),
        "oxts/0007.txt: expected a line a frame up to frame 2, got 0 lines",
    ),
    "oxts short line": (
        lambda t: (t / "oxts/0007.txt").write_text("1 2 3\n"),
        "oxts/0007.txt: line 1: expected 30 numbers, got 3",
    ),
    "oxts not finite": (
        lambda t: (t / "oxts/0007.txt").write_text(oxts_line(0).replace("110.0", "inf")),
        "oxts/0007.txt: line 1: expected a finite number, got 'inf'",
    ),
    "oxts beyond the poles": (
        lambda t: (t / "oxts/0007.txt").write_text(
            (oxts_line(0) + "\n") * 2 + "95 8 0" + " 0" * 27
        ),
        "oxts/0007.txt: oxts packet 2: expected a latitude within 85",
    ),
    "no sweeps": (
        lambda t: [path.unlink() for path in (t / "velodyne/0007").iterdir()],
        "expected sweeps such as 000000.bin, got none",
    ),
    "sweep without number": (
        lambda t: (t / "velodyne/0007/last.bin").touch(),
        "last.bin: expected a frame number before '.bin', got 'last'",
    ),
    "sweep twice": (
        lambda t: (t / "velodyne/0007/1.bin").touch(),
        "frame 1 is there twice",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_named_at_opening(tmp_path: Path, case: str) -> None:
    root = write_tracking(tmp_path)
    spoil, message = BAD_FILES[case]
    spoil(root / "training")
    with pytest.raises(InputError, match=message):
        open_log(root, "kitti-tracking")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (bytes(16 * 3 + 5), "truncated: .*got 53 bytes, 5 too many for 3 points"),
        (None, "no such file"),
    ],
)
def test_bad_sweep_spares_the_others(tmp_path: Path, content: bytes | None, message: str) -> None:
    root = write_tracking(tmp_path)
    log = open_log(root, "kitti-tracking")
    path = root / "training/velodyne/0007/000001.bin"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ReadError, match=f"000001.bin: {message}"):
        log.read_sweep(1)
    assert len(log.read_sweep(2)) == 320


def test_not_a_number_and_infinity_are_passed_on(tmp_path: Path) -> None:
    root = write_tracking(tmp_path)
    cloud = hdl64_cloud()
    cloud[0, 0], cloud[1, 1], cloud[2, 3] = np.nan, -np.inf, np.nan
    cloud.tofile(root / "training/velodyne/0007/000000.bin")
    sweep = open_log(root, "kitti-tracking").read_sweep(0)
    assert np.flatnonzero(~np.isfinite(sweep.points_ego).all(axis=1)).tolist() == [0, 1]
    assert sweep.intensity[2] == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 5 Car 0 0", "line 1: expected 17 words, got 5"),
        ("0 5 Ufo 0 0 0 0 0 0 0 1 1 1 0 0 0 0", "line 1: expected a class out of Car, .*'Ufo'"),
        ("0 5 Car 0 0 0 0 0 0 0 1 x 1 0 0 0 0", "line 1: expected a number, got 'x'"),
        ("0 5.5 Car 0 0 0 0 0 0 0 1 1 1 0 0 0 0", "line 1: expected frame and track as whole"),
    ],
)
def test_bad_labels_are_named(tmp_path: Path, line: str, message: str) -> None:
    root = write_tracking(tmp_path)
    (root / "training/label_02/0007.txt").write_text(line)
    with pytest.raises(ReadError, match=f"0007.txt: {message}"):
        open_log(root, "kitti-tracking").read_truth()


def test_an_image_that_cannot_be_decoded_is_listed_all_the_same(tmp_path: Path) -> None:
    root = write_tracking(tmp_path)
    (root / "training/image_02/0007/000000.png").write_bytes(b"no image")
    (root / "training/image_02/0007/000001.png").unlink()
    log = open_log(root, "kitti-tracking")
    assert log.images["image_02"].timestamp_ns.tolist() == [0, 200_000_000]
    assert log.rig.cameras["image_02"].model.width_px == 80


def ground_height_m(points_ego: np.ndarray) -> float:
    """Height at the origin of the plane through the points near it that lie near z = 0."""
    near = (np.abs(points_ego) < [12, 6, 0.35]).all(axis=1)
    points = points_ego[near].astype(np.float64)
    design = np.column_stack([points[:, :2], np.ones(len(points))])
    flat = np.abs(points[:, 2] - np.median(points[:, 2])) < 0.15
    for _ in range(5):
        plane = np.linalg.lstsq(design[flat], points[flat, 2], rcond=None)[0]
        flat = np.abs(points[:, 2] - design @ plane) < 0.06
    return float(plane[2])


def test_real_road_lies_at_zero(shared_data: Path) -> None:
    log = open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")
    heights = [ground_height_m(log.read_sweep(i).points_ego) for i in (0, 5, 10, 20)]
    assert np.abs(heights).max() < 0.1


def test_real_labels_hold_their_points_and_project_into_their_boxes(shared_data: Path) -> None:
    log = open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")
    truth = log.read_truth()
    assert truth is not None
    assert (len(log.sweeps), len(log.images["image_02"]), len(truth.cuboids)) == (21, 17, 64)
    sweep = log.read_sweep(0)
    assert sweep.ring.max() == 63
    world = log.trajectory.at(sweep.ref_ns).apply(sweep.points_ego.astype(np.float64))
    first = truth.cuboids.select(truth.cuboids.frame_idx == 0)
    assert count_points(world, first).tolist() == [1093, 883, 309]
    # The van of frame 0, whose 2D box the label file gives.
    uv = _project(log, first.select(first.category == default_taxonomy().code("van")))
    np.testing.assert_allclose(uv.min(axis=0), [296.74, 161.75], atol=4)
    np.testing.assert_allclose(uv.max(axis=0), [455.23, 292.37], atol=4)


def _project(log: object, cuboids: Cuboids) -> np.ndarray:
    camera = log.rig.cameras["image_02"]  # type: ignore[attr-defined]
    world_from_cam = log.trajectory.at(0) @ camera.ego_from_sensor  # type: ignore[attr-defined]
    uv, _ = camera.model.project(world_from_cam.inverse().apply(corners(cuboids)[0]))
    return np.asarray(uv)
