"""Synchronization, motion compensation and the intake of sweeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avlabel.core.log import ImageIndex, SweepIndex
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError, TimeRangeError
from avlabel.readers.recorded_log import RecordedLog
from avlabel.stages.compensate import CompensateConfig, compensate
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel.stages.synchronize import MISSING, SynchronizeConfig, synchronize

MS = 1_000_000


def drive(speed=20.0, yaw_rate=0.5, seconds=2.0):
    t = np.arange(0, seconds + 1e-9, 0.01)
    yaw = yaw_rate * t
    position = np.stack([np.cumsum(np.cos(yaw)), np.cumsum(np.sin(yaw)), 0 * yaw], axis=1)
    return Trajectory((t * 1e9).astype(np.int64), SE3.from_yaw(yaw, position * speed * 0.01))


def sweep(points, t_offset_ns=None, *, ref_ns=1000 * MS, compensated=False):
    points = np.asarray(points, np.float32)
    offsets = np.zeros(len(points)) if t_offset_ns is None else t_offset_ns
    return Sweep(
        frame_idx=3,
        sensor_id="top",
        ref_ns=ref_ns,
        points_ego=points,
        intensity=np.zeros(len(points), np.int16),
        ring=np.zeros(len(points), np.int16),
        t_offset_ns=np.asarray(offsets, np.int32),
        compensated=compensated,
    )


def log_of(sweeps, trajectory, starts_ms, frame_idx=None, images=None):
    starts = np.asarray(starts_ms, np.int64) * MS
    number = np.arange(len(starts)) if frame_idx is None else np.asarray(frame_idx)

    def load(index):
        if isinstance(sweeps[index], Exception):
            raise sweeps[index]
        return sweeps[index]

    return RecordedLog(
        log_id="drive",
        root=Path(),
        rig=Rig({"top": Lidar("top", SE3.identity())}, {}),
        trajectory=trajectory,
        sweeps=SweepIndex("top", number.astype(np.int32), starts, starts),
        images=images or {},
        metadata={},
        load_sweep=load,
        load_truth=lambda: None,
    )


def test_compensated_points_of_a_fixed_wall_lie_where_the_wall_is():
    trajectory = drive()
    rng = np.random.default_rng(0)
    offsets = rng.integers(-50 * MS, 50 * MS, 5000)
    wall = np.column_stack([rng.uniform(0, 60, 5000), np.full(5000, 30.0), rng.uniform(0, 3, 5000)])
    seen = trajectory.at(1000 * MS + offsets).inverse().apply(wall)
    moved = compensate(sweep(seen, offsets), trajectory, CompensateConfig())
    back = trajectory.at(1000 * MS).apply(moved.points_ego.astype(float))
    assert np.abs(back - wall).max() < 0.01
    assert moved.compensated
    naive = trajectory.at(1000 * MS).apply(seen)
    assert np.abs(naive - wall).max() > 1.0


def test_compensation_leaves_compensated_and_empty_sweeps_alone():
    done = sweep([[1, 2, 3]], [40 * MS], compensated=True)
    assert compensate(done, drive(), CompensateConfig()).points_ego.tolist() == [[1, 2, 3]]
    assert len(compensate(sweep(np.zeros((0, 3))), drive(), CompensateConfig())) == 0


def test_points_without_times_are_not_called_compensated():
    log = log_of([sweep([[1, 2, 3], [4, 5, 6]])], drive(), [1000], frame_idx=[3])
    found, findings = ingest(log, 0, log.trajectory, IngestConfig())
    assert not found.compensated
    assert found.points_ego.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert [finding.rule for finding in findings] == ["points-without-times"]


@pytest.mark.parametrize(("last_ms", "fits"), [(49.99, True), (50.0, True), (50.01, False)])
def test_motion_is_continued_by_50_ms_and_no_further(last_ms, fits):
    late = sweep([[1, 0, 0], [2, 0, 0]], [0, round(last_ms * MS)], ref_ns=2000 * MS)
    early = sweep([[1, 0, 0], [2, 0, 0]], [-round(last_ms * MS), 0], ref_ns=0)
    for each in (late, early):
        if fits:
            assert compensate(each, drive(), CompensateConfig()).compensated
        else:
            with pytest.raises(TimeRangeError, match="no pose at"):
                compensate(each, drive(), CompensateConfig())


@pytest.mark.parametrize(
    ("given", "rule", "kept"),
    [
        (sweep([[1, 0, 0], [np.nan, 0, 0], [np.inf, 0, 0]]), "points-not-finite", 1),
        (sweep([[1, 0, 0], [900, 0, 0]]), "points-too-far", 1),
        (sweep(np.zeros((0, 3))), "sweep-empty", None),
        (sweep([[np.nan, 0, 0]]), "sweep-empty", None),
        (ReadError("000003.bin: truncated"), "sweep-unreadable", None),
        (sweep([[1, 0, 0], [2, 0, 0]], [0, 900 * MS]), "point-times", None),
        (sweep([[1, 0, 0], [2, 0, 0]], [0, 100 * MS], ref_ns=1990 * MS), "pose-missing", None),
    ],
)
def test_bad_sweep_is_cleaned_or_skipped_with_a_finding(given, rule, kept):
    log = log_of([given], drive(), [1000], frame_idx=[3])
    found, findings = ingest(log, 0, log.trajectory, IngestConfig())
    assert rule in {finding.rule for finding in findings}
    assert all(finding.frame_idx == 3 for finding in findings)
    assert (found is None) if kept is None else (found is not None and len(found) == kept)


def test_frames_take_the_nearest_image_and_never_a_stale_one():
    camera = ImageIndex("front", np.array([95, 205, 480]) * MS, ["a.jpg", "b.jpg", "c.jpg"])
    log = log_of([None] * 4, drive(), [100, 200, 300, 400], images={"front": camera})
    schedule, findings = synchronize(log, None, None, SynchronizeConfig())
    assert schedule.image["front"].tolist() == [0, 1, MISSING, MISSING]
    assert findings == []


@pytest.mark.parametrize(("away_ms", "found"), [(0, 0), (25, 0), (26, MISSING), (-26, MISSING)])
def test_an_image_lies_within_half_the_camera_s_period(away_ms, found):
    """A camera of 20 Hz that drops most images: 25 ms, though less than 50, are too far."""
    times = np.concatenate([[250 + away_ms], np.arange(500, 800, 50)]) * MS
    camera = ImageIndex("front", times, [f"{k}.jpg" for k in range(len(times))])
    log = log_of([None], drive(), [250], images={"front": camera})
    schedule, _ = synchronize(log, None, None, SynchronizeConfig())
    assert schedule.image["front"].tolist() == [found]


def test_images_are_paired_with_the_middle_of_the_sweep():
    camera = ImageIndex("front", np.array([100, 150, 200]) * MS, ["a.jpg", "b.jpg", "c.jpg"])
    log = log_of([None], drive(), [100], images={"front": camera})
    span = replace(log.sweeps, end_ns=np.array([200 * MS]))
    schedule, _ = synchronize(replace(log, sweeps=span), None, None, SynchronizeConfig())
    assert schedule.ref_ns.tolist() == [150 * MS]
    assert schedule.image["front"].tolist() == [1]


def test_frame_range_counts_the_recordings_own_numbers():
    log = log_of([None] * 4, drive(), [100, 200, 300, 400], frame_idx=[36, 37, 39, 40])
    schedule, _ = synchronize(log, 37, 40, SynchronizeConfig())
    assert schedule.frame_idx.tolist() == [37, 39]
    assert schedule.sweep.tolist() == [1, 2]


def test_sweeps_out_of_order_are_sorted_and_repeated_ones_dropped():
    log = log_of([None] * 4, drive(), [300, 100, 200, 200], frame_idx=[3, 1, 2, 9])
    schedule, findings = synchronize(log, None, None, SynchronizeConfig())
    assert schedule.frame_idx.tolist() == [1, 2, 3]
    assert [(f.rule, f.frame_idx) for f in findings] == [("sweep-order", 9)]


def test_frames_without_a_pose_are_skipped_with_a_finding():
    full = drive(seconds=4.0)
    gap = np.r_[0:100, 250:400]
    trajectory = Trajectory(full.timestamp_ns[gap], full.world_from_ego[gap])
    log = log_of([None] * 3, trajectory, [500, 1500, 9000])
    schedule, findings = synchronize(log, None, None, SynchronizeConfig())
    assert schedule.frame_idx.tolist() == [0]
    assert [f.rule for f in findings] == ["pose-missing"] * 2
    within = replace(trajectory, max_gap_ns=2_000_000_000)
    log = log_of([None] * 3, within, [500, 1500, 9000])
    assert synchronize(log, None, None, SynchronizeConfig())[0].frame_idx.tolist() == [0, 1]
