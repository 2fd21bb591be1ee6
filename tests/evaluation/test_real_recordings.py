"""Real labels and a real detector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_drives import CAR, PERIOD_NS
from scipy.spatial.distance import cdist
from trackeval_oracle import assert_evaluation_agrees, watched_sequences

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.log import Log, Truth
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.evaluation.evaluate import Evaluation, combine, evaluate
from avlabel.evaluation.report import summarise
from avlabel.readers.registry import open_log

SEQUENCES = ("0003", "0004", "0005")


def upright(
    frame: np.ndarray, hwl: np.ndarray, xyz: np.ndarray, ry: np.ndarray, **more: Any
) -> Cuboids:
    """KITTI's camera boxes with z up: x forward, y left, origin at the camera."""
    center = np.column_stack([xyz[:, 2], -xyz[:, 0], -xyz[:, 1] + hwl[:, 0] / 2])
    return Cuboids.build(
        "world",
        frame_idx=frame,
        timestamp_ns=frame.astype(np.int64) * PERIOD_NS,
        category=np.full(len(frame), CAR),
        center=center,
        quat_wxyz=quat_from_yaw(-ry - np.pi / 2),
        size_lwh=hwl[:, ::-1],
        num_points=np.full(len(frame), 100),
        **more,
    )


def labelled_cars(data: Path, sequence: str) -> Cuboids:
    path = data / "kitti-tracking/training/label_02" / f"{sequence}.txt"
    rows = [line.split() for line in path.read_text().splitlines()]
    table = np.array([r[:2] + r[3:] for r in rows if r[2] in ("Car", "Van")], float)
    frame, track = table[:, 0].astype(int), table[:, 1].astype(int)
    return upright(frame, table[:, 9:12], table[:, 12:15], table[:, 15], track_id=track)


def detected_cars(data: Path, sequence: str) -> Cuboids:
    """PointRCNN's cars, linked to the nearest one of the frame before."""
    folder = data / "kitti-tracking/detection/pointrcnn_Car_val"
    table = np.loadtxt(folder / f"{sequence}.txt", delimiter=",")
    table = table[np.argsort(table[:, 0], kind="stable")]
    frame, score = table[:, 0].astype(int), 1 / (1 + np.exp(-table[:, 6]))
    cars = upright(frame, table[:, 7:10], table[:, 10:13], table[:, 13], score=score)
    track = np.arange(len(cars))
    for f in np.unique(frame):
        before, now = np.flatnonzero(frame == f - 1), np.flatnonzero(frame == f)
        if len(before):
            distance = cdist(cars.center[now, :2], cars.center[before, :2])
            for row in np.flatnonzero(distance.min(axis=1) < 2):
                candidate = track[before[distance[row].argmin()]]
                track[now[row]] = track[now[row]] if candidate in track[now] else candidate
    return upright(
        frame, table[:, 7:10], table[:, 10:13], table[:, 13], score=score, track_id=track
    )


def test_a_real_detector_on_real_cars_agrees_with_trackeval(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, sequences = [], []
    for sequence in SEQUENCES:
        truth, found = labelled_cars(shared_data, sequence), detected_cars(shared_data, sequence)
        numbers = np.union1d(truth.frame_idx, found.frame_idx).astype(np.int32)
        poses = SE3.stack([SE3.identity()] * len(numbers))
        frames = Frames(numbers, numbers.astype(np.int64) * PERIOD_NS, poses)
        with watched_sequences(monkeypatch) as seen:
            logs.append(evaluate(sequence, found, Truth.all_around(truth), frames))
        sequences.append(seen)
    together = combine(logs)
    assert together.tracking is not None
    assert assert_evaluation_agrees(together.tracking.scores(), sequences) >= 8
    cars = summarise(together)["classes"]["vehicle"]["all"]
    assert cars["detection"]["bev_iou_0.5"]["ap"] > 0.6
    assert cars["errors"]["translation_m"]["median"] < 0.3
    assert cars["errors"]["heading_rad"]["median"] < 0.1


def against_itself(log: Log, n_sweeps: int) -> Evaluation:
    truth = log.read_truth()
    assert truth is not None
    sweeps = log.sweeps
    frame_idx, ref_ns = sweeps.frame_idx[:n_sweeps], sweeps.ref_ns[:n_sweeps]
    frames = Frames(frame_idx, ref_ns, log.trajectory.at(ref_ns))
    row = {int(frame): i for i, frame in enumerate(frame_idx)}
    return evaluate(
        log.log_id,
        truth.cuboids,
        truth,
        frames,
        camera=log.rig.cameras[truth.camera] if truth.camera else None,
        points_at=lambda frame: log.read_sweep(row[frame]).points_ego,
    )


@pytest.mark.parametrize(
    ("folder", "name", "sequence", "least"),
    [
        ("pandaset/002", "pandaset", None, {"vehicle": 100, "pedestrian": 1}),
        ("kitti-tracking", "kitti-tracking", "0000", {"vehicle": 5, "cyclist": 5}),
    ],
)
def test_real_truth_against_itself_is_perfect(
    shared_data: Path, folder: str, name: str, sequence: str | None, least: dict[str, int]
) -> None:
    log = open_log(shared_data / folder, name, sequence=sequence)
    classes = summarise(against_itself(log, 5))["classes"]
    for class_name, n_truth in least.items():
        everything = classes[class_name]["all"]
        assert everything["n_truth"] >= n_truth
        for values in everything["detection"].values():
            assert values["recall"] == values["ap"] == 1
            assert values["fp"] == 0
        assert everything["tracking"]["center"]["hota"] == pytest.approx(1)
