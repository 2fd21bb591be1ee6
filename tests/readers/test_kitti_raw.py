"""KITTI raw: the tracking recording's data in the raw layout, beside made-up mistakes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from written_drives import hdl64_cloud, oxts_line

from avlabel.errors import InputError, ReadError
from avlabel.pipeline.recording import recording
from avlabel.readers.kitti_calib import read_calib_values
from avlabel.readers.registry import open_log
from avlabel.scenes.store import Store

FRAMES = 4
EYE = "1 0 0 0 1 0 0 0 1"


def stamps(frames: int, offset_ns: int = 0) -> str:
    """Lines of a timestamps.txt: 10 Hz with nine decimals."""
    return "".join(
        f"2011-09-26 13:02:25.{100_000_000 * frame + offset_ns:09d}\n" for frame in range(frames)
    )


def write_raw(day: Path, calib: dict[str, str], oxts: list[str], clouds: list[bytes]) -> Path:
    """A drive with the given packets and clouds; frame 2 has no cloud, as happens in KITTI."""
    drive = day / "2011_09_26_drive_0001_sync"
    for name in ("velodyne_points", "image_02", "oxts"):
        (drive / name / "data").mkdir(parents=True)
        (drive / name / "timestamps.txt").write_text(
            stamps(len(oxts), offset_ns=7 if name == "oxts" else 12_345_678)
        )
    for name, text in calib.items():
        (day / name).write_text(f"calib_time: 15-Mar-2012 11:37:16\n{text}")
    for frame, packet in enumerate(oxts):
        (drive / "oxts/data" / f"{frame:010d}.txt").write_text(packet + "\n")
    for frame, cloud in enumerate(clouds):
        if frame != 2:
            (drive / "velodyne_points/data" / f"{frame:010d}.bin").write_bytes(cloud)
    image = np.zeros((60, 80, 3), np.uint8)
    cv2.imwrite(str(drive / "image_02/data/0000000000.png"), image)
    return drive


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """A car heading east at 10 m/s."""
    projections = "".join(f"P_rect_0{i}: 700 0 600 {-i} 0 700 170 0 0 0 1 0\n" for i in range(4))
    return write_raw(
        tmp_path / "2011_09_26",
        {
            "calib_cam_to_cam.txt": f"R_rect_00: {EYE}\n{projections}",
            "calib_velo_to_cam.txt": "R: 0 -1 0 0 0 -1 1 0 0\nT: 0 0 0\n",
            "calib_imu_to_velo.txt": f"R: {EYE}\nT: -0.81 0.32 -0.8\n",
        },
        [oxts_line(float(frame)) for frame in range(FRAMES)],
        [hdl64_cloud().tobytes()] * FRAMES,
    )


def test_reads_a_drive(drive: Path) -> None:
    log = open_log(drive, "kitti-raw")
    assert log.log_id == "kitti-raw-2011_09_26_drive_0001_sync"
    assert log.sweeps.frame_idx.tolist() == [0, 1, 3]
    second = int(datetime(2011, 9, 26, 13, 2, 25, tzinfo=UTC).timestamp())
    assert log.sweeps.ref_ns[2] == second * 1_000_000_000 + 312_345_678
    assert log.images["image_02"].uris == ["image_02/data/0000000000.png"]
    assert log.trajectory.start_ns == second * 1_000_000_000 + 7
    np.testing.assert_allclose(log.trajectory.world_from_ego.translation[3], [3, 0, 0], atol=1e-6)
    assert log.read_truth() is None


def test_day_folder_with_its_only_drive(drive: Path) -> None:
    assert open_log(drive.parent, "kitti-raw").root == drive.resolve()
    assert open_log(drive.parent, "kitti-raw", sequence=drive.name).root == drive.resolve()
    with pytest.raises(ReadError, match=r"sequence 'x': expected .*drive_0001_sync"):
        open_log(drive.parent, "kitti-raw", sequence="x")


BAD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no calibration": (
        lambda d: (d.parent / "calib_cam_to_cam.txt").unlink(),
        "calib_cam_to_cam.txt: no such file",
    ),
    "no rotation": (
        lambda d: (d.parent / "calib_velo_to_cam.txt").write_text("R: 2 0 0 0 1 0 0 0 1\nT: 0 0 0"),
        "calib_velo_to_cam.txt: R: rotation: not orthonormal",
    ),
    "time malformed": (
        lambda d: (d / "oxts/timestamps.txt").write_text("yesterday\n"),
        "oxts/timestamps.txt: line 1: expected a time",
    ),
    "no such day": (
        lambda d: (d / "oxts/timestamps.txt").write_text("2011-09-31 13:02:25.0\n"),
        "oxts/timestamps.txt: line 1: expected a date",
    ),
    "too few times": (
        lambda d: (d / "velodyne_points/timestamps.txt").write_text(stamps(2)),
        "velodyne_points/timestamps.txt: expected a line a frame up to frame 3, got 2 lines",
    ),
    "times stand still": (
        lambda d: (d / "velodyne_points/timestamps.txt").write_text(stamps(1) * FRAMES),
        "velodyne_points/timestamps.txt: line 2: expected a later time",
    ),
    "packet of two lines": (
        lambda d: (d / "oxts/data/0000000001.txt").write_text((oxts_line(0) + "\n") * 2),
        "0000000001.txt: expected one line, got 2",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_named(drive: Path, case: str) -> None:
    spoil, message = BAD_FILES[case]
    spoil(drive)
    with pytest.raises(InputError, match=message):
        open_log(drive, "kitti-raw")


def test_real_data_reads_the_same_in_both_layouts(shared_data: Path, tmp_path: Path) -> None:
    root = shared_data / "kitti-tracking"
    training = root / "training"
    values = read_calib_values(training / "calib/0000.txt")
    text = {name: " ".join(map(repr, numbers.tolist())) for name, numbers in values.items()}
    velo, imu = values["Tr_velo_to_cam"].reshape(3, 4), values["Tr_imu_to_velo"].reshape(3, 4)
    drive = write_raw(
        tmp_path / "2011_09_26",
        {
            "calib_cam_to_cam.txt": f"R_rect_00: {text['R0_rect']}\n"
            + "".join(f"P_rect_0{i}: {text[f'P{i}']}\n" for i in range(4)),
            "calib_velo_to_cam.txt": _rotation_and_translation(velo),
            "calib_imu_to_velo.txt": _rotation_and_translation(imu),
        },
        (training / "oxts/0000.txt").read_text().splitlines()[:FRAMES],
        [(training / f"velodyne/0000/{i:06d}.bin").read_bytes() for i in range(FRAMES)],
    )
    raw = open_log(drive, "kitti-raw")
    tracking = open_log(root, "kitti-tracking", sequence="0000")
    np.testing.assert_allclose(
        raw.trajectory.world_from_ego.matrix,
        tracking.trajectory.world_from_ego.matrix[:FRAMES],
        atol=1e-9,
    )
    np.testing.assert_array_equal(raw.read_sweep(2).points_ego, tracking.read_sweep(3).points_ego)
    np.testing.assert_allclose(
        raw.rig.cameras["image_02"].ego_from_sensor.matrix,
        tracking.rig.cameras["image_02"].ego_from_sensor.matrix,
        atol=1e-9,
    )


def _rotation_and_translation(matrix: np.ndarray) -> str:
    rotation = " ".join(map(repr, matrix[:, :3].ravel().tolist()))
    return f"R: {rotation}\nT: {' '.join(map(repr, matrix[:, 3].tolist()))}\n"


def test_a_drive_in_a_bucket_brings_the_calibration_beside_it(drive: Path, bucket: str) -> None:
    day = Store.at(f"s3://{bucket}/kitti/2011_09_26")
    for path in drive.parent.rglob("*"):
        if path.is_file():
            day.create_if_absent(path.relative_to(drive.parent).as_posix(), path.read_bytes())
    day.create_if_absent("2011_09_26_drive_0002_sync/oxts/timestamps.txt", b"another drive")
    here = open_log(drive, "kitti-raw")
    with recording(day.path(drive.name), "kitti-raw") as log:
        assert log.log_id == here.log_id
        assert log.source_uri == day.path(drive.name)
        assert not (log.root.parent / "2011_09_26_drive_0002_sync").exists()
        assert log.images["image_02"].uris == here.images["image_02"].uris
        np.testing.assert_array_equal(log.read_sweep(0).points_ego, here.read_sweep(0).points_ego)
