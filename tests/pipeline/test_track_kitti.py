"""Detections of a folder in, tracks out: the chain and its command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from avlabel.cli import label as label_module
from avlabel.cli import track as track_module
from avlabel.core.cuboids import Source
from avlabel.errors import CalibrationError, InputError, ReadError
from avlabel.evaluation.ab3dmot import evaluate_ab3dmot
from avlabel.evaluation.ab3dmot_problem import mot_problem
from avlabel.pipeline.boxes import TrackBoxesConfig
from avlabel.pipeline.track_kitti import read_boxes, read_sequences, track_sequence
from avlabel.readers.kitti_labels import read_tracking_labels
from avlabel.readers.kitti_results import read_results
from avlabel.scenes.scene import open_scene

CALIB = """P0: 720 0 610 0 0 720 173 0 0 0 1 0
P1: 720 0 610 0 0 720 173 0 0 0 1 0
P2: 720 0 610 0 0 720 173 0 0 0 1 0
P3: 720 0 610 0 0 720 173 0 0 0 1 0
R_rect 1 0 0 0 1 0 0 0 1
Tr_velo_cam 0 -1 0 0 0 0 -1 0 1 0 0 -0.27
"""
STEP_M = 0.8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A car that stands 30 m ahead of where the vehicle begins, which drives 0.8 m a frame."""
    n = 25
    rows = [
        f"{f},2,0,0,1,1,{2 + 0.1 * (f % 3)},1.5,1.8,4.2,3.0,1.7,{30 - STEP_M * f:.4f},-1.57,0"
        for f in range(n)
        if f not in (7, 8)
    ]
    # Beside the vehicle, out of the image.
    rows += [f"{f},2,0,0,1,1,2.0,1.5,1.8,4.2,12.0,1.7,3.0,-1.57,0" for f in range(n)]
    for name, text in (
        ("detection/cars/0007.txt", "\n".join(rows)),
        ("calib/0007.txt", CALIB),
        ("poses/0007.txt", "".join(f"1 0 0 0 0 1 0 0 0 0 1 {STEP_M * f}\n" for f in range(n))),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path


def arguments(folder: Path, *more: str) -> list[str]:
    options = {"detections": "detection", "calib": "calib", "poses": "poses", "out": "out"}
    named = [word for key, name in options.items() for word in (f"--{key}", str(folder / name))]
    return [*named, "--format", "kitti", *more]


def test_the_command_writes_one_file_a_sequence(folder: Path) -> None:
    done = CliRunner().invoke(track_module.command, arguments(folder), catch_exceptions=False)
    assert done.exit_code == 0
    assert "25 boxes outside the image left out" in done.output
    results = read_results(folder / "out" / "0007.txt")
    assert results.labels.frame_idx.tolist() == list(range(25))
    assert len(np.unique(results.labels.track_id)) == 1
    # Scores are log odds, as the detector's are.
    assert results.score.min() > 1
    depth = results.labels.values[:, 12]
    np.testing.assert_allclose(depth, 30 - STEP_M * np.arange(25), atol=0.02)


def test_a_pedestrian_at_a_cars_corner_does_not_take_its_track(folder: Path) -> None:
    place = "1.0,1.0,0.6,0.6,1.6,1.7"
    rows = [f"{f},1,0,0,1,1,{place},{28 - STEP_M * f:.4f},0,0" for f in range(6, 12)]
    (folder / "detection" / "people").mkdir()
    (folder / "detection" / "people" / "0007.txt").write_text("\n".join(rows))
    (sequence,) = read_sequences(folder / "detection", folder / "calib", folder / "poses")
    labels = track_sequence(sequence, TrackBoxesConfig(), has_poses=True).results.labels
    of_type = {name: labels.track_id[np.array(labels.types) == name] for name in set(labels.types)}
    assert len(np.unique(of_type["Car"])) == 1
    assert len(of_type["Car"]) == 25


def test_two_runs_write_equal_bytes(folder: Path) -> None:
    written = []
    for _ in range(2):
        CliRunner().invoke(track_module.command, arguments(folder), catch_exceptions=False)
        written.append((folder / "out" / "0007.txt").read_bytes())
    assert written[0] == written[1]


def test_without_poses_the_same_car_is_tracked_relative_to_the_vehicle(folder: Path) -> None:
    (sequence,) = read_sequences(folder / "detection", folder / "calib", None)
    tracked = track_sequence(sequence, TrackBoxesConfig(), has_poses=False)
    assert len(np.unique(tracked.results.labels.track_id)) == 1
    # The car heads away; that it comes nearer is the vehicle's motion.
    np.testing.assert_allclose(tracked.results.labels.values[:, 13], -1.57, atol=0.01)


def test_missing_or_short_files_are_named(folder: Path) -> None:
    poses = folder / "poses" / "0007.txt"
    poses.write_text("1 0 0 0 0 1 0 0 0 0 1 0\n")
    with pytest.raises(ReadError, match=r"poses.0007\.txt: expected a line a frame up to frame 24"):
        list(read_sequences(folder / "detection", folder / "calib", folder / "poses"))
    (folder / "calib" / "0007.txt").write_text("P0: 1 2 3\n")
    with pytest.raises(CalibrationError, match=r"calib.0007\.txt"):
        list(read_sequences(folder / "detection", folder / "calib", None))
    (folder / "calib" / "0007.txt").unlink()
    with pytest.raises(ReadError, match=r"calib.0007\.txt: no such file"):
        list(read_sequences(folder / "detection", folder / "calib", None))


def test_a_sequence_must_be_chosen_among_several(folder: Path) -> None:
    assert len(read_boxes(folder / "detection", folder / "calib", None)) == 48
    (folder / "detection" / "0008.txt").write_text("")
    for sequence in (None, "0009"):
        with pytest.raises(InputError, match="0007, 0008"):
            read_boxes(folder / "detection", folder / "calib", sequence)


def test_a_real_detector_gains_by_tracking(shared_data: Path) -> None:
    data = shared_data / "kitti-tracking"
    names = ("0003", "0004")
    every = read_sequences(data / "detection", data / "training" / "calib", data / "poses")
    sequences = [s for s in every if s.name in names]
    results = [track_sequence(s, TrackBoxesConfig(), has_poses=True).results for s in sequences]
    truth = [read_tracking_labels(data / "training" / "label_02" / f"{n}.txt") for n in names]
    problem = mot_problem(truth, results, "Car")
    at = {iou: evaluate_ab3dmot(problem, iou) for iou in (0.25, 0.5, 0.7)}
    assert at[0.25].samota > 0.90
    assert at[0.5].mota > 0.80
    assert at[0.7].samota > 0.78
    assert at[0.25].best.idsw <= 1


def test_detections_replace_the_detector_of_a_scene(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "kitti-tracking"
    words = [str(data), "--format", "kitti-tracking", "--sequence", "0000", "--frames", "0:6"]
    words += ["--detections", str(data / "detection"), "--out", str(tmp_path)]
    done = CliRunner().invoke(label_module.command, words, catch_exceptions=False)
    assert done.exit_code == 0
    scene = open_scene(tmp_path)
    cuboids = scene.table("cuboids").to_pandas()
    assert set(cuboids.frame_idx) == set(range(6))
    assert {"car", "pedestrian", "bicycle"} <= set(cuboids.category.astype(str))
    rider = cuboids[cuboids.category.astype(str) == "bicycle"]
    best = rider.groupby("track_id").score.mean().idxmax()
    assert len(rider[rider.track_id == best]) == 6
    assert Source.HUMAN.name.lower() not in set(cuboids.source.astype(str))
