"""KITTI object: frames without relation, kept apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from avlabel.errors import InputError, ReadError
from avlabel.geometry.boxes import count_points
from avlabel.readers.registry import open_log


@pytest.fixture
def some_frames(shared_data: Path, tmp_path: Path) -> Path:
    """Frames 7 and 8 of the real recordings, writable."""
    for folder in ("velodyne", "calib", "image_2", "label_2"):
        (tmp_path / "training" / folder).mkdir(parents=True)
        for path in (shared_data / "kitti-object/training" / folder).glob("00000[78].*"):
            shutil.copyfile(path, tmp_path / "training" / folder / path.name)
    return tmp_path


def test_frames_are_far_apart_and_labelled(shared_data: Path) -> None:
    log = open_log(shared_data / "kitti-object", "kitti-object")
    assert log.sweeps.frame_idx.tolist() == [7, 8, 10, 21]
    assert "unrelated" in log.metadata["poses"]
    positions = log.trajectory.at(log.sweeps.ref_ns).translation
    assert (np.diff(positions[:, 0]) >= 1000).all()
    assert (np.diff(log.sweeps.ref_ns) >= 10_000_000_000).all()
    truth = log.read_truth()
    assert truth is not None
    assert truth.camera == "image_2"
    for index, frame in enumerate(log.sweeps.frame_idx):
        sweep = log.read_sweep(index)
        world = log.trajectory.at(sweep.ref_ns).apply(sweep.points_ego.astype(np.float64))
        boxes = truth.cuboids.select(truth.cuboids.frame_idx == frame)
        assert count_points(world, boxes).min() >= 5


def test_one_frame_may_be_chosen(some_frames: Path) -> None:
    log = open_log(some_frames, "kitti-object", sequence="000008")
    assert (log.log_id, log.sweeps.frame_idx.tolist()) == ("kitti-object-000008", [8])
    truth = log.read_truth()
    assert truth is not None
    assert set(truth.cuboids.frame_idx.tolist()) == {8}
    with pytest.raises(ReadError, match="frame '9': expected one that is there"):
        open_log(some_frames, "kitti-object", sequence="9")


def test_frames_of_different_calibration_are_refused(some_frames: Path) -> None:
    path = some_frames / "training/calib/000008.txt"
    path.write_text(path.read_text().replace("7.2153", "7.2154"))
    with pytest.raises(InputError, match=r"000008.txt: differs from 000007.txt"):
        open_log(some_frames, "kitti-object")
    assert len(open_log(some_frames, "kitti-object", sequence="8").sweeps) == 1


@pytest.mark.parametrize("folder", ["calib", "label_2"])
def test_a_missing_file_is_named(some_frames: Path, folder: str) -> None:
    (some_frames / "training" / folder / "000008.txt").unlink()
    with pytest.raises(ReadError, match=rf"{folder}: expected .*frame 000008, got none"):
        open_log(some_frames, "kitti-object").read_truth()
