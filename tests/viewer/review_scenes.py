"""Small committed scenes to review, made of a few tracks of boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.writer import SceneWriter

T0 = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
Boxes = Mapping[int, tuple[float, float, float]]
"""x, y, yaw by frame."""


def drive_by(x0: float, y: float, span: Iterable[int], step: float = 1.0) -> Boxes:
    return {frame: (x0 + step * frame, y, 0.0) for frame in span}


SOUND = {1: drive_by(0, 0, range(20)), 2: drive_by(0, 8, range(20)), 3: drive_by(0, 16, range(20))}
"""Three cars side by side, with nothing to doubt."""
TWO_CARS = {3: drive_by(0, 0, range(20)), 5: drive_by(0, 10, range(5, 15))}


def write_scene(
    root: Path | str,
    tracks: Mapping[int, Boxes] = TWO_CARS,
    *,
    n_frames: int = 20,
    run: str = "a",
    leaf: Mapping[int, str] | None = None,
    score: Mapping[int, float] | None = None,
    num_points: Mapping[int, int] | None = None,
    size: Mapping[tuple[int, int], tuple[float, float, float]] | None = None,
    findings: Sequence[Finding] = (),
    evidence: Mapping[int, Sequence[float]] | None = None,
    detected: Mapping[int, Boxes] | None = None,
    origin_m: Sequence[float] = (0.0, 0.0, 0.0),
    first_frame: int = 0,
) -> str:
    """Commit a scene of cars, 4.5 x 2 x 1.5 m, score 0.9, 100 points each unless told.

    The vehicle stands at the world's origin. ``evidence`` is what images say of the detections of
    a track, which lie exactly where its boxes are; ``detected`` are further ones of no track.
    Another ``run`` makes another commit, in which frames may be numbered from ``first_frame`` on.
    """
    cuboids = _cuboids(tracks, leaf or {}, score or {}, num_points or {}, size or {})
    info = SceneInfo("drive", np.array(origin_m, float), default_taxonomy(), ("recording",))
    with SceneWriter(root, "one", info=info, input_hash="a", config_hash=run) as writer:
        front = Pinhole(640, 480, np.array([500.0, 500.0, 320.0, 240.0]))
        camera = Camera("front", SE3.identity(), front, "global", 0)
        writer.write_rig(Rig({"top": Lidar("top", SE3.identity())}, {"front": camera}))
        ref_ns = T0 + PERIOD_NS * np.arange(n_frames)
        still = SE3.from_yaw(np.zeros(n_frames), np.zeros((n_frames, 3)))
        writer.write_trajectory(Trajectory(ref_ns, still))
        numbers = np.arange(first_frame, first_frame + n_frames, dtype=np.int32)
        writer.write_frames(Frames(numbers, ref_ns, still))
        cuboids = replace(cuboids, frame_idx=cuboids.frame_idx + np.int32(first_frame))
        writer.write_cuboids(cuboids)
        writer.write_tracks(_tracks(cuboids))
        writer.write_findings(findings)
        if evidence is not None or detected is not None:
            found = _cuboids({**tracks, **(detected or {})}, leaf or {}, score or {}, {}, {})
            said = [(evidence or {}).get(int(track), (0.0,) * 4) for track in found.track_id]
            writer.write_detections(_detections(found), np.array(said, float))
        writer.commit()
    return writer.scene_path


def _cuboids(
    tracks: Mapping[int, Boxes],
    leaf: Mapping[int, str],
    score: Mapping[int, float],
    num_points: Mapping[int, int],
    size: Mapping[tuple[int, int], tuple[float, float, float]],
) -> Cuboids:
    slots = sorted((frame, track) for track, boxes in tracks.items() for frame in boxes)
    place = np.array([tracks[track][frame] for frame, track in slots], float).reshape(-1, 3)
    frame_idx = np.array([frame for frame, _ in slots], np.int64)
    code = default_taxonomy().code
    return Cuboids.build(
        "world",
        frame_idx=frame_idx,
        timestamp_ns=T0 + PERIOD_NS * frame_idx,
        category=np.array([code(leaf.get(track, "car")) for _, track in slots], np.int64),
        center=np.column_stack([place[:, :2], np.full(len(slots), 0.75)]),
        quat_wxyz=quat_from_yaw(place[:, 2]).reshape(-1, 4),
        size_lwh=np.array(
            [size.get((track, frame), (4.5, 2.0, 1.5)) for frame, track in slots]
        ).reshape(-1, 3),
        track_id=np.array([track for _, track in slots], np.int64),
        velocity=np.zeros((len(slots), 3)),
        score=np.array([score.get(track, 0.9) for _, track in slots]),
        num_points=np.array([num_points.get(track, 100) for _, track in slots], np.int64),
    )


def _tracks(cuboids: Cuboids) -> Tracks:
    ids = np.unique(cuboids.track_id)
    mine = [cuboids.select(cuboids.track_id == track) for track in ids]
    return Tracks(
        track_id=ids,
        category=np.array([part.category[0] for part in mine], np.int16),
        score=np.array([part.score[0] for part in mine], np.float32),
        first_frame=np.array([part.frame_idx.min() for part in mine], np.int32),
        last_frame=np.array([part.frame_idx.max() for part in mine], np.int32),
        n_observed=np.array([len(part) for part in mine], np.int32),
        size_lwh=np.array([part.size_lwh[0] for part in mine], np.float32).reshape(-1, 3),
        is_static=np.zeros(len(ids), np.bool_),
    )


def _detections(cuboids: Cuboids) -> Detections:
    in_ego = Cuboids.build(
        "ego",
        frame_idx=cuboids.frame_idx,
        timestamp_ns=cuboids.timestamp_ns,
        category=cuboids.category,
        center=cuboids.center,
        quat_wxyz=cuboids.quat_wxyz,
        size_lwh=cuboids.size_lwh,
        score=cuboids.score,
    )
    n = len(cuboids)
    return Detections(in_ego, np.zeros((n, 3), np.float32), np.arange(n + 1))
