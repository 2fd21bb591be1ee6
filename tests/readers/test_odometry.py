"""Poses from the sweeps alone."""

from __future__ import annotations

import builtins
import shutil
from pathlib import Path

import numpy as np
import pytest
from written_drives import write_native

from avlabel.errors import InputError, ReadError
from avlabel.readers.odometry import odometry
from avlabel.readers.registry import open_log


@pytest.fixture(scope="module")
def without_poses(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real sequence without its oxts, one sweep of it truncated."""
    root = tmp_path_factory.mktemp("kitti")
    for name in ("calib", "velodyne/0000"):
        shutil.copytree(
            shared_data / "kitti-tracking/training" / name,
            root / "training" / name,
            copy_function=shutil.copyfile,
        )
    path = root / "training/velodyne/0000/000009.bin"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:1001])
    return root


def test_real_sweeps_give_back_the_recorded_motion(shared_data: Path, without_poses: Path) -> None:
    log = open_log(without_poses, "kitti-tracking", sequence="0000")
    assert log.metadata["poses"].startswith("kiss-icp 1.")
    assert 900_000_000 not in log.trajectory.timestamp_ns
    recorded = open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000")
    pose = log.trajectory.at(log.sweeps.ref_ns)
    oxts = recorded.trajectory.at(log.sweeps.ref_ns)
    since_start = oxts[0].inverse() @ oxts
    # The GPS itself wanders by some decimetres over these 2 s and 6.3 m.
    off_m = np.linalg.norm(pose.translation - since_start.translation, axis=1)
    assert off_m.max() < 0.6
    assert np.abs(np.degrees(pose.yaw - since_start.yaw)).max() < 0.5


def test_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive = write_native(tmp_path / "drive")
    (drive / "poses.csv").unlink()
    real_import = builtins.__import__

    def without_kiss_icp(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("kiss_icp"):
            raise ImportError(name)
        return real_import(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_kiss_icp)
    with pytest.raises(InputError, match=r"pip install avlabel\[odometry\]"):
        open_log(drive, "native")


def test_no_readable_sweep_is_an_error(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    log = open_log(drive, "native")
    for path in (drive / "lidar/top").iterdir():
        path.write_bytes(b"")
    with pytest.raises(ReadError, match="none of 4 sweeps can be read"):
        odometry(log.sweeps, log.read_sweep)


def test_motion_within_sweeps_is_taken_to_their_ends(tmp_path: Path) -> None:
    """Poses of uncompensated sweeps belong to their last points, and reach back to the first."""
    drive = write_native(tmp_path / "drive", suffix=".npy", frames=14)
    rng = np.random.default_rng(5)
    landmarks = rng.uniform([-60, -60, -2], [60, 60, 6], (4000, 3))
    landmarks = landmarks[np.argsort(np.arctan2(landmarks[:, 1], landmarks[:, 0]))]
    for frame in range(14):
        # Standing on the east-bound car at 10 m/s, each point at its own time.
        t_s = np.linspace(0, 0.1, len(landmarks))
        seen = landmarks - np.column_stack([10 * (0.1 * frame + t_s), 0 * t_s, 0 * t_s])
        columns = [seen, np.zeros((len(seen), 2)), (t_s * 1e9)[:, None]]
        np.save(drive / f"lidar/top/{frame:06d}.npy", np.column_stack(columns))
    recorded = open_log(drive, "native")
    trajectory, _ = odometry(recorded.sweeps, recorded.read_sweep)
    assert trajectory.start_ns == recorded.sweeps.start_ns[0]
    assert trajectory.end_ns == recorded.sweeps.end_ns[-1]
    moved = trajectory.at(recorded.sweeps.end_ns).translation
    # The speed is not known at first; KISS-ICP swings into it over some sweeps.
    steps_m = np.linalg.norm(np.diff(moved, axis=0), axis=1)
    np.testing.assert_allclose(steps_m[-5:], 1.0, atol=0.1)
