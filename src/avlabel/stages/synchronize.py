"""Which frames there are: one sweep each, with the images that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Int32, Int64, IntArray
from avlabel.core.findings import Finding
from avlabel.core.log import ImageIndex, Log
from avlabel.core.options import option
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory

MISSING = -1
GAP_PERIODS = 5
"""Poses this many times further apart than usual are a gap."""


@dataclass(frozen=True, slots=True)
class SynchronizeConfig:
    """Settings of the synchronization."""

    max_image_offset_ms: float = option(
        50.0, "an image further from the sweep's middle is missing; also half the camera's period"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """F frames in order of time.

    Attributes:
        frame_idx: (F,) int32, the recording's own frame numbers.
        sweep: (F,) int64 position in the log's sweep index.
        ref_ns: (F,) int64 middle of the sweep.
        image: by camera, (F,) int64 position in the camera's image index, -1 where missing.
    """

    frame_idx: Int32
    sweep: Int64
    ref_ns: Int64
    image: Mapping[str, Int64]

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.frame_idx)

    def select(self, keep: BoolArray | IntArray) -> Schedule:
        """The frames that ``keep`` (mask or indices) picks, in its order."""
        image = {camera: index[keep] for camera, index in self.image.items()}
        return Schedule(self.frame_idx[keep], self.sweep[keep], self.ref_ns[keep], image)


def synchronize(
    log: Log, first: int | None, last: int | None, config: SynchronizeConfig
) -> tuple[Schedule, list[Finding]]:
    """Pair each sweep of a log with the nearest image of every camera.

    Args:
        log: the recording.
        first: first frame number wanted, None for the recording's first.
        last: frame number before which to stop, None for all.
        config: tolerances.

    Returns:
        The frames that have an ego pose, and a finding for each that has none. Images that are
        too far in time are missing, never stale.
    """
    sweeps = log.sweeps
    wanted = np.ones(len(sweeps), np.bool_)
    if first is not None:
        wanted &= sweeps.frame_idx >= first
    if last is not None:
        wanted &= sweeps.frame_idx < last
    index = np.flatnonzero(wanted)
    index = index[np.lexsort((sweeps.frame_idx[index], sweeps.ref_ns[index]))]
    frames = Schedule(
        frame_idx=sweeps.frame_idx[index],
        sweep=index.astype(np.int64),
        ref_ns=sweeps.ref_ns[index],
        image={
            camera: nearest_image(images, sweeps.ref_ns[index], config.max_image_offset_ms)
            for camera, images in log.images.items()
        },
    )
    frames, findings = _in_order(frames)
    posed = log.trajectory.covers(frames.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    findings += [
        Finding(
            "pose-missing",
            "error",
            f"no ego pose at {frames.ref_ns[k]} ns: frame skipped",
            frame_idx=int(frames.frame_idx[k]),
        )
        for k in np.flatnonzero(~posed)
    ]
    frames = frames.select(posed)
    return frames, findings + _pose_gaps(frames, log.trajectory)


def _pose_gaps(frames: Schedule, trajectory: Trajectory) -> list[Finding]:
    """A finding for each frame whose pose is interpolated over an unusually long stretch."""
    times = trajectory.timestamp_ns
    if len(times) < 3:
        return []
    gap = np.diff(times)
    usual = np.median(gap)
    after = np.clip(np.searchsorted(times, frames.ref_ns), 1, len(times) - 1)
    return [
        Finding(
            "pose-gap",
            "warning",
            f"ego pose interpolated over {gap[after[k] - 1] / 1e9:.2f} s; poses usually come "
            f"every {usual / 1e9:.2f} s",
            frame_idx=int(frames.frame_idx[k]),
        )
        for k in np.flatnonzero(gap[after - 1] > GAP_PERIODS * usual)
    ]


def _in_order(frames: Schedule) -> tuple[Schedule, list[Finding]]:
    """Drop sweeps whose time or frame number repeats or runs back."""
    keep = np.ones(len(frames), np.bool_)
    for k in range(1, len(frames)):
        last = np.flatnonzero(keep[:k])[-1]
        later = frames.ref_ns[k] > frames.ref_ns[last]
        keep[k] = later and frames.frame_idx[k] > frames.frame_idx[last]
    findings = [
        Finding(
            "sweep-order",
            "error",
            f"sweep at {frames.ref_ns[k]} ns repeats a time, or its frame number runs against "
            "time: frame skipped",
            frame_idx=int(frames.frame_idx[k]),
        )
        for k in np.flatnonzero(~keep)
    ]
    return frames.select(keep), findings


def nearest_image(images: ImageIndex, ref_ns: Int64, max_offset_ms: float) -> Int64:
    """(F,) int64 position of the image nearest to each time, -1 where none is near enough.

    Near enough is within ``max_offset_ms`` and within half the camera's median period.
    """
    times = images.timestamp_ns
    if len(times) == 0:
        return np.full(len(ref_ns), MISSING, np.int64)
    limit_ns = max_offset_ms * 1e6
    if len(times) > 1:
        limit_ns = min(limit_ns, float(np.median(np.diff(np.sort(times)))) / 2)
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    after = np.clip(np.searchsorted(ordered, ref_ns), 0, len(ordered) - 1)
    before = np.clip(after - 1, 0, None)
    nearer_before = np.abs(ordered[before] - ref_ns) <= np.abs(ordered[after] - ref_ns)
    nearest = np.where(nearer_before, before, after)
    near = np.abs(ordered[nearest] - ref_ns) <= limit_ns
    return np.where(near, order[nearest], MISSING)
