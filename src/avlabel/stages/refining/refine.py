"""From tracked detections to the boxes of a scene: whole-track knowledge for every frame.

A track has one size and one class. What stands still gets one box, fitted to the points of all
its views; what moves gets a smooth path with its heading along it. Every frame between a
track's first and last view has a box, interpolated where it was not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.options import option
from avlabel.core.se3 import quat_from_yaw, wrap_angle
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.stages.refining.evidence import Evidence, gather
from avlabel.stages.refining.heading import HeadingConfig, face_standing
from avlabel.stages.refining.motion import MotionConfig, has_moved
from avlabel.stages.refining.moving import PathConfig, follow_path
from avlabel.stages.refining.score import (
    ScoreConfig,
    best_score,
    min_views,
    motion_plausibility,
    suppressed,
    track_facts,
    track_score,
)
from avlabel.stages.refining.size import SizeConfig, level_floor, whole_track_height
from avlabel.stages.refining.smooth import smooth
from avlabel.stages.refining.static import fit_static
from avlabel.stages.refining.yaw import YawConfig


@dataclass(frozen=True, slots=True)
class RefineConfig:
    """How tracks become boxes."""

    size: SizeConfig = option(SizeConfig(), "class and size")
    motion: MotionConfig = option(MotionConfig(), "standing or moving")
    yaw: YawConfig = option(YawConfig(), "headings of what moves")
    path: PathConfig = option(PathConfig(), "paths of what moves")
    heading: HeadingConfig = option(HeadingConfig(), "headings of what stands")
    score: ScoreConfig = option(ScoreConfig(), "what is kept")


@dataclass(frozen=True, slots=True, eq=False)
class RefinedTrack:
    """One track in every frame from its first to its last view; F frames.

    Attributes:
        evidence: what it was made from.
        leaf: class.
        moves: whether it ever moved.
        facts: (7,) float64 that the score comes from, see ``track_facts``.
        score: 0..1.
        timestamp_ns: (F,) int64.
        center: (F, 3) float64 metres, world.
        yaw: (F,) float64 radians.
        velocity: (F, 3) float64 metres a second.
        size_lwh: (3,) float64 metres.
    """

    evidence: Evidence
    leaf: int
    moves: bool
    facts: Float64
    score: float
    timestamp_ns: Int64
    center: Float64
    yaw: Float64
    velocity: Float64
    size_lwh: Float64


def refine(
    detections: Detections,
    track_id: Int64,
    frames: Frames,
    config: RefineConfig,
    taxonomy: Taxonomy,
) -> tuple[Cuboids, Tracks]:
    """Make the boxes of a scene from tracked detections.

    Args:
        detections: of the whole log, world frame.
        track_id: (N,) int64 track of each detection.
        frames: every frame of the log.
        config: options.
        taxonomy: that the detections' categories index.

    Returns:
        Boxes in the world frame, by frame and track, one for every frame between a track's
        first and last view; and the tracks, by id.

    Raises:
        ValueError: if the detections are not in the world frame, or name an unknown frame.
    """
    if detections.cuboids.frame != "world":
        raise ValueError(f"refine: expected detections in world, got {detections.cuboids.frame}")
    if len(detections) == 0:
        return Cuboids.empty("world"), Tracks.empty()
    needed = min_views(frames, config.score)
    refined = [
        refine_track(evidence, frames, config, taxonomy)
        for evidence in gather(detections, track_id, frames, needed, taxonomy)
        if best_score(evidence) >= config.score.min_score
    ]
    kept = [track for track in refined if _is_kept(track, config, taxonomy)]
    if not kept:
        return Cuboids.empty("world"), Tracks.empty()
    kept = turn_standing(kept, frames, config, taxonomy)
    cuboids, tracks = assemble(kept, frames)
    gone = tracks.track_id[suppressed(cuboids, tracks, config.score.max_overlap)]
    cuboids = cuboids.select(~np.isin(cuboids.track_id, gone))
    cuboids = replace(cuboids, cuboid_id=np.arange(len(cuboids), dtype=np.int64))
    return cuboids, tracks.select(~np.isin(tracks.track_id, gone))


def refine_track(
    evidence: Evidence, frames: Frames, config: RefineConfig, taxonomy: Taxonomy
) -> RefinedTrack:
    """Refine one track on its own."""
    timestamp_ns = timestamps(evidence, frames)
    time_s = (timestamp_ns - timestamp_ns[0]) * 1e-9
    n = len(time_s)
    seen_s = time_s[evidence.frame - evidence.frame[0]]
    moves = has_moved(evidence.ends(), seen_s, config.motion)
    floors = (
        smooth_floor(evidence, time_s) if moves else np.full(n, level_floor(evidence, config.size))
    )
    height = whole_track_height(evidence, floors, config.size)
    if moves:
        path = follow_path(
            evidence,
            time_s,
            height,
            taxonomy,
            config.size,
            config.motion.window_s,
            config.yaw,
            config.path,
        )
        xy, yaw, velocity, shape = path.center, path.yaw, path.velocity, path.shape
    else:
        place, heading, shape = fit_static(evidence, height, taxonomy, config.size)
        xy, yaw = np.tile(place, (n, 1)), np.full(n, heading)
        velocity = np.zeros((n, 2))
    center = evidence.origin + np.column_stack([xy, floors + height / 2])
    facts = track_facts(
        evidence,
        np.append(shape.observed_lw, height),
        shape.leaf,
        moves,
        motion_plausibility(velocity, time_s, float(taxonomy.max_speed_mps[shape.leaf])),
        taxonomy,
    )
    return RefinedTrack(
        evidence=evidence,
        leaf=shape.leaf,
        moves=moves,
        facts=facts,
        score=track_score(facts),
        timestamp_ns=timestamp_ns,
        center=center,
        yaw=yaw,
        velocity=np.column_stack([velocity, np.zeros(n)]),
        size_lwh=np.append(shape.size_lw, height),
    )


def timestamps(evidence: Evidence, frames: Frames) -> Int64:
    """(F,) int64 time of a box in every frame of the track's span.

    In frames that saw it, when its points were seen; in others, as far from the frame's
    reference time as the views before and after suggest.
    """
    span = np.arange(evidence.frame[0], evidence.frame[-1] + 1)
    lag = np.interp(span, evidence.frame, evidence.timestamp_ns - frames.ref_ns[evidence.frame])
    timestamp_ns = frames.ref_ns[span] + np.rint(lag).astype(np.int64)
    timestamp_ns[evidence.frame - span[0]] = evidence.timestamp_ns
    return np.asarray(timestamp_ns)


def smooth_floor(evidence: Evidence, time_s: Float64) -> Float64:
    """(F,) metres above the origin: where a moving object stands; roads bend slowly."""
    position, sigma = np.zeros((len(time_s), 1)), np.full(len(time_s), np.inf)
    seen = evidence.frame - evidence.frame[0]
    position[seen, 0], sigma[seen] = evidence.bottom, 0.2
    return smooth(time_s, position, sigma, 0.3)[0][:, 0]


def turn_standing(
    tracks: list[RefinedTrack], frames: Frames, config: RefineConfig, taxonomy: Taxonomy
) -> list[RefinedTrack]:
    """Turn standing vehicles the way their shape, the traffic and the road's side say."""
    ego = np.column_stack([frames.world_from_ego.translation[:, :2], frames.world_from_ego.yaw])
    traffic = [t for t in tracks if _is_traffic(t, config.heading, taxonomy)]
    flow = [np.column_stack([t.center[:, :2], t.yaw]) for t in traffic]
    standing = [i for i, t in enumerate(tracks) if not t.moves and _is_vehicle(t, taxonomy)]
    if not standing:
        return tracks
    pose = np.array([[*tracks[i].center[0, :2], tracks[i].yaw[0]] for i in standing])
    shape = np.array([_front_vote(tracks[i]) for i in standing])
    every_flow = np.concatenate([np.zeros((0, 3)), *flow])
    yaw = face_standing(pose, shape, every_flow, ego, config.heading)
    turned = list(tracks)
    for i, angle in zip(standing, yaw, strict=True):
        turned[i] = replace(tracks[i], yaw=np.full(len(tracks[i].yaw), wrap_angle(angle)))
    return turned


def assemble(refined: list[RefinedTrack], frames: Frames) -> tuple[Cuboids, Tracks]:
    """Boxes by frame and track, and the tracks by id, of tracks in order of their ids."""
    parts = [_cuboids(track, frames) for track in refined]
    cuboids = Cuboids.concatenate(parts)
    cuboids = cuboids.select(np.lexsort((cuboids.track_id, cuboids.frame_idx)))
    cuboids = replace(cuboids, cuboid_id=np.arange(len(cuboids), dtype=np.int64))
    tracks = Tracks(
        track_id=np.array([t.evidence.track_id for t in refined], np.int64),
        category=np.array([t.leaf for t in refined], np.int16),
        score=np.array([t.score for t in refined], np.float32),
        first_frame=np.array([part.frame_idx[0] for part in parts], np.int32),
        last_frame=np.array([part.frame_idx[-1] for part in parts], np.int32),
        n_observed=np.array([len(t.evidence) for t in refined], np.int32),
        size_lwh=np.array([t.size_lwh for t in refined], np.float32).reshape(-1, 3),
        is_static=np.array([not t.moves for t in refined], np.bool_),
    )
    return cuboids, tracks


def _cuboids(track: RefinedTrack, frames: Frames) -> Cuboids:
    evidence, n = track.evidence, len(track.yaw)
    seen = evidence.frame - evidence.frame[0]
    is_seen = np.zeros(n, np.bool_)
    is_seen[seen] = True
    num_points = np.zeros(n, np.int64)
    num_points[seen] = evidence.num_points
    # A box that many points show is placed better than one that few show or none.
    shown = np.where(num_points < 0, np.inf, num_points)
    certainty = 0.6 + 0.4 * (1 - np.exp(-shown / 20))
    return Cuboids.build(
        "world",
        frame_idx=frames.frame_idx[evidence.frame[0] + np.arange(n)],
        timestamp_ns=track.timestamp_ns,
        track_id=np.full(n, evidence.track_id),
        category=np.full(n, track.leaf),
        center=track.center,
        quat_wxyz=quat_from_yaw(track.yaw),
        size_lwh=np.tile(track.size_lwh, (n, 1)),
        velocity=track.velocity,
        score=track.score * certainty,
        num_points=num_points,
        source=np.where(is_seen, Source.AUTO, Source.INTERPOLATED),
        is_keyframe=is_seen,
    )


def _front_vote(track: RefinedTrack) -> float:
    """-1..1: how far the views agree with the track's yaw; views of few points count less."""
    evidence = track.evidence
    weight = np.clip(evidence.num_points / 50, 0.1, 1.0)
    return float(np.average(np.cos(evidence.box[:, 6] - track.yaw[0]), weights=weight))


def _is_kept(track: RefinedTrack, config: RefineConfig, taxonomy: Taxonomy) -> bool:
    known = taxonomy.parents[taxonomy.parent_of[track.leaf]] != "object"
    return track.score >= config.score.min_score and (known or config.score.keep_unknown)


def _is_traffic(track: RefinedTrack, config: HeadingConfig, taxonomy: Taxonomy) -> bool:
    travel = float(np.hypot(*(track.center[-1, :2] - track.center[0, :2])))
    return track.moves and _is_vehicle(track, taxonomy) and travel >= config.min_travel_m


def _is_vehicle(track: RefinedTrack, taxonomy: Taxonomy) -> bool:
    return bool(taxonomy.parents[taxonomy.parent_of[track.leaf]] == "vehicle")
