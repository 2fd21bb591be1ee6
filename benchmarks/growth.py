"""How cost grows: detection with points, tracking and refinement with tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from one_core import best_ms
from recordings import Recording

from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.log import Log
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.pipeline import PipelineConfig
from avlabel.pipeline.work import local_origin
from avlabel.stages.detection.detect import detect
from avlabel.stages.ingest import ingest
from avlabel.stages.refining.refine import refine
from avlabel.stages.tracking.track import track

POINTS = (30_000, 60_000, 120_000, 200_000, 300_000)
TRACKS = (10, 20, 50, 100, 200)
APART_M = 1_000.0
CONFIG = PipelineConfig()


def growth_with_points(recording: Recording) -> None:
    """Milliseconds of ``detect`` for one sweep of more and more points."""
    log = recording.open()
    dense = merged(log, max(POINTS))
    sensor_xy = sensor_place(log)
    print(f"\nGrowth with points: {recording.name}, neighbouring sweeps as one, thinned evenly")
    print("  points   detect ms   us a point")
    spent = []
    for n in POINTS:
        sweep = dense.select((np.arange(n) * len(dense)) // n)
        ms = best_ms(lambda s=sweep: detect(s, sensor_xy, default_taxonomy(), CONFIG.detect), 7)
        spent.append(ms)
        print(f"  {n:>7,} {ms:10.1f} {1e3 * ms / n:12.2f}")
    print(f"  cost grows with points to the power of {exponent(POINTS, spent):.2f}")


def growth_with_tracks(recording: Recording) -> None:
    """Milliseconds a frame of ``track`` and ``refine`` for more and more of the same scene."""
    detections, frames = detections_of(recording.open())
    taxonomy = default_taxonomy()
    tile = share_with_tracks(detections, frames, min(TRACKS))
    print(f"\nGrowth with tracks: part of {recording.name}, {len(frames)} frames, side by side")
    print("  tracks   detections   track ms   refine ms a frame")
    rows = []
    for wanted in TRACKS:
        scene = tiled(tile, wanted // min(TRACKS))
        track_id = track(scene, frames, CONFIG.track, taxonomy)
        found = len(refine(scene, track_id, frames, CONFIG.refine, taxonomy)[1])
        join = best_ms(lambda s=scene: track(s, frames, CONFIG.track, taxonomy), 3)
        better = best_ms(
            lambda s=scene, t=track_id: refine(s, t, frames, CONFIG.refine, taxonomy), 3
        )
        rows.append((found, join + better))
        print(
            f"  {found:>6} {len(scene):>12,} {join / len(frames):>10.2f} "
            f"{better / len(frames):>11.2f}"
        )
    counts, spent = zip(*rows, strict=True)
    print(f"  cost grows with tracks to the power of {exponent(counts, spent):.2f}")


def exponent(sizes: tuple[int, ...], spent_ms: list[float] | tuple[float, ...]) -> float:
    """Slope of log cost over log size; 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(spent_ms), 1)[0])


def merged(log: Log, n_points: int) -> Sweep:
    """As many sweeps around the log's middle as hold ``n_points``, in the middle one's frame.

    Sweeps of the same street from a little further on: as dense as a sensor of more beams.
    """
    middle = len(log.sweeps) // 2
    by_distance = sorted(range(len(log.sweeps)), key=lambda index: abs(index - middle))
    pose = log.trajectory.at(log.sweeps.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    parts: list[Sweep] = []
    while sum(len(part) for part in parts) < n_points:
        index = by_distance[len(parts)]
        sweep, _ = ingest(log, index, log.trajectory, CONFIG.ingest)
        middle_from_here = pose[middle].inverse() @ pose[index]
        parts.append(replace(sweep, points_ego=middle_from_here.apply(sweep.points_ego)))
    return replace(
        parts[0],
        points_ego=np.concatenate([part.points_ego for part in parts]),
        intensity=np.concatenate([part.intensity for part in parts]),
        ring=np.concatenate([part.ring for part in parts]),
        t_offset_ns=np.concatenate([part.t_offset_ns for part in parts]),
    )


def detections_of(log: Log) -> tuple[Detections, Frames]:
    """What the detector finds in a whole log, in the world; and the log's frames."""
    trajectory = log.trajectory.shifted(local_origin(log.trajectory))
    pose = trajectory.at(log.sweeps.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    found = []
    for i in range(len(log.sweeps)):
        sweep, _ = ingest(log, i, trajectory, CONFIG.ingest)
        proposed = detect(sweep, sensor_place(log), default_taxonomy(), CONFIG.detect)
        found.append(proposed.moved(pose[i], "world"))
    return Detections.concatenate(found), Frames(log.sweeps.frame_idx, log.sweeps.ref_ns, pose)


def share_with_tracks(detections: Detections, frames: Frames, n_tracks: int) -> Detections:
    """The part of a scene that ends up with ``n_tracks`` tracks, and its share of the rest."""
    taxonomy = default_taxonomy()
    track_id = track(detections, frames, CONFIG.track, taxonomy)
    lasting = refine(detections, track_id, frames, CONFIG.refine, taxonomy)[1].track_id
    share = min(n_tracks / len(lasting), 1.0)
    others = np.setdiff1d(track_id, lasting)
    kept = [ids[evenly(len(ids), round(share * len(ids)))] for ids in (lasting, others)]
    return detections.select(np.isin(track_id, np.concatenate(kept)))


def evenly(n: int, kept: int) -> np.ndarray:
    return (np.arange(kept) * n) // max(kept, 1)


def tiled(tile: Detections, copies: int) -> Detections:
    """The same scene several times, side by side."""
    parts = []
    for k in range(copies):
        center = tile.cuboids.center + np.array([0.0, k * APART_M, 0.0])
        parts.append(replace(tile, cuboids=replace(tile.cuboids, center=center)))
    return Detections.concatenate(parts)


def sensor_place(log: Log) -> np.ndarray:
    return log.rig.lidars[log.sweeps.sensor_id].ego_from_sensor.translation[:2]
