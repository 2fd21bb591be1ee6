"""``avlabel evaluate`` on a small committed scene far from its world's origin."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from made_up_drives import PERIOD_NS, box, boxes, standing_frames

from avlabel.cli import evaluate as command_module
from avlabel.core.cuboids import Cuboids
from avlabel.core.log import SweepIndex, Truth
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.errors import EvaluationError
from avlabel.readers.recorded_log import RecordedLog
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.writer import SceneWriter

ORIGIN_M = np.array([448_262.0, 5_411_932.0, 116.0])
FRAMES = standing_frames(3)
RIG = Rig({"top": Lidar("top", SE3.identity())}, {})
TRAJECTORY = Trajectory(FRAMES.ref_ns, FRAMES.world_from_ego)


def cars(x: float, **more: Any) -> Cuboids:
    return boxes(*(box(x, frame=int(f), track=1, **more) for f in FRAMES.frame_idx))


def sweep(frame_idx: int) -> Sweep:
    """Twelve points within a car 10 m ahead."""
    none = np.zeros(12, np.int32)
    return Sweep(
        frame_idx=frame_idx,
        sensor_id="top",
        ref_ns=(frame_idx - 10) * PERIOD_NS,
        points_ego=np.tile(np.array([[10, 0, 0.8]], np.float32), (12, 1)),
        intensity=none.astype(np.int16),
        ring=none.astype(np.int16),
        t_offset_ns=none,
        compensated=True,
    )


@pytest.fixture
def scene(tmp_path: Path) -> str:
    info = SceneInfo("drive", ORIGIN_M, default_taxonomy())
    with SceneWriter(tmp_path, "drive", info=info, input_hash="i", config_hash="c") as writer:
        writer.write_rig(RIG)
        writer.write_trajectory(TRAJECTORY)
        writer.write_frames(FRAMES)
        for frame_idx in FRAMES.frame_idx:
            writer.write_sweep(sweep(int(frame_idx)))
        writer.write_cuboids(cars(10.5))
        writer.write_tracks(Tracks.empty())
        writer.commit()
    return writer.scene_path


def log(truth: Truth | None, log_id: str = "drive") -> RecordedLog:
    index = SweepIndex("top", FRAMES.frame_idx, FRAMES.ref_ns, FRAMES.ref_ns)
    return RecordedLog(
        log_id, Path("drive"), RIG, TRAJECTORY, index, {}, {}, lambda _: sweep(10), lambda: truth
    )


def far(cuboids: Cuboids) -> Truth:
    return Truth.all_around(replace(cuboids, center=cuboids.center + ORIGIN_M))


def run(
    monkeypatch: pytest.MonkeyPatch, opened: RecordedLog, scene: str, *more: str
) -> tuple[str, BaseException | None]:
    monkeypatch.setattr(command_module, "recording", lambda *_, **__: nullcontext(opened))
    result = CliRunner().invoke(
        command_module.command, [scene, "--truth", "drive", "--format", "native", *more]
    )
    return result.output, result.exception


def test_json(monkeypatch: pytest.MonkeyPatch, scene: str) -> None:
    # The points in the second car were not counted by the recording: it has none here.
    counted, uncounted = cars(10, num_points=-1), replace(cars(40, num_points=-1))
    uncounted = replace(uncounted, track_id=uncounted.track_id + 1)
    truth = far(Cuboids.concatenate([counted, uncounted]))
    output, error = run(monkeypatch, log(truth), scene, "--json")
    assert error is None
    summary = json.loads(output)
    vehicle = summary["classes"]["vehicle"]["all"]
    assert vehicle["n_truth"] == 3
    assert vehicle["detection"]["bev_iou_0.7"]["ap"] == 1
    assert vehicle["errors"]["translation_m"]["mean"] == pytest.approx(0.5, abs=1e-3)
    assert vehicle["tracking"]["center"]["motp"] == pytest.approx(7 / 8, abs=1e-3)
    assert set(summary["classes"]) == {"vehicle", "pedestrian", "cyclist"}
    assert summary["logs"] == [
        {
            "log_id": "drive",
            "frames_evaluated": [10, 11, 12],
            "frames_without_truth": [],
            "frames_not_in_scene": [],
            "tracked": True,
        }
    ]


def test_leaves(monkeypatch: pytest.MonkeyPatch, scene: str) -> None:
    output, error = run(monkeypatch, log(far(cars(10))), scene, "--json", "--leaves")
    assert error is None
    assert json.loads(output)["classes"]["car"]["all"]["n_truth"] == 3


def test_tables(monkeypatch: pytest.MonkeyPatch, scene: str) -> None:
    truth = far(Cuboids.concatenate([cars(10).select(slice(0, 2)), box(5.0, frame=99)]))
    output, error = run(monkeypatch, log(truth), scene)
    assert error is None
    assert "2 frames evaluated; without truth: 12; labelled but not in the scene: 99" in output
    assert "vehicle" in output
    assert "HOTA" in output
    assert "flips" in output


@pytest.mark.parametrize(
    ("opened", "message"),
    [
        (log(far(cars(10)), "other"), "made from log 'drive', but the truth is of 'other'"),
        (log(None), "log 'drive' carries no labels"),
        (log(replace(far(cars(10)), camera="front")), "labels cover camera 'front'"),
        (log(far(Cuboids.empty("world"))), "no frame has both"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, scene: str, opened: RecordedLog, message: str
) -> None:
    _, error = run(monkeypatch, opened, scene)
    assert isinstance(error, EvaluationError)
    assert message in str(error)
