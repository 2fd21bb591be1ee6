"""From tracked boxes of a trained detector to the boxes of a scene.

Such boxes are whole, oriented and scored, and come without points: what `refine` learns from
points is not to be had, and not needed. A track keeps the stretch that its scores speak for, gets
one size, one way to face and a smooth path, and boxes in the short gaps of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Int64
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.frames import Frames
from avlabel.core.odds import probability
from avlabel.core.options import option
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.stages.boxes.floor import FloorConfig, on_the_road
from avlabel.stages.boxes.path import BoxMotionConfig, BoxPath, ClassConfig, smooth_path
from avlabel.stages.boxes.views import (
    BoxViews,
    EvidenceConfig,
    best_stretch,
    gather_views,
    track_log_odds,
)
from avlabel.stages.refining.score import suppressed


@dataclass(frozen=True, slots=True)
class RefineBoxesConfig:
    """How tracks of whole boxes become labels."""

    max_filled_s: float = option(1.0, "longest gap between two views that boxes are filled into")
    max_overlap: float = option(0.25, "BEV IoU from which on two tracks claim the same place")
    min_score: float = option(0.0, "tracks below this score are dropped")
    evidence: EvidenceConfig = option(EvidenceConfig(), "how scores speak for a track")
    motion: BoxMotionConfig = option(BoxMotionConfig(), "what counts as motion, and what it says")
    floor: FloorConfig = option(FloorConfig(), "far vehicles stand on the road, where it is known")
    vehicle: ClassConfig = option(ClassConfig(), "boxes and motion of vehicles")
    cyclist: ClassConfig = option(
        ClassConfig(acceleration_mps2=1.5, moving_says=2.0), "of cyclists: nothing else rides"
    )
    pedestrian: ClassConfig = option(
        ClassConfig(acceleration_mps2=1.0, moving_says=2.0), "of pedestrians: posts do not walk"
    )
    object: ClassConfig = option(ClassConfig(), "of anything else")

    def of_class(self, parent: str) -> ClassConfig:
        """What is known of a coarse class; of one of the user's own, what is of anything else."""
        known = {"vehicle": self.vehicle, "cyclist": self.cyclist, "pedestrian": self.pedestrian}
        return known.get(parent, self.object)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTrack:
    """A refined track; F frames from its first to its last view.

    Attributes:
        views: what it was made from.
        path: (F) places, headings and velocities.
        timestamp_ns: (F,) int64.
        shown: (F,) bool: frames that get a box.
        score: 0..1.
    """

    views: BoxViews
    path: BoxPath
    timestamp_ns: Int64
    shown: BoolArray
    score: float

    @property
    def seen(self) -> BoolArray:
        """(F,) bool: frames with a view."""
        seen = np.zeros(len(self.timestamp_ns), np.bool_)
        seen[self.views.frame - self.views.frame[0]] = True
        return seen


def refine_boxes(
    cuboids: Cuboids,
    track_id: Int64,
    frames: Frames,
    config: RefineBoxesConfig,
    taxonomy: Taxonomy,
) -> tuple[Cuboids, Tracks]:
    """Make the boxes of a scene from tracked boxes.

    Args:
        cuboids: whole boxes of the whole log with scores in 0..1, world frame.
        track_id: (N,) int64 track of each.
        frames: every frame of the log.
        config: options.
        taxonomy: that the categories index.

    Returns:
        Boxes in the world frame, by frame and track, each with its track's score; and the tracks,
        by id. Boxes that were filled in are ``INTERPOLATED`` and no keyframes.

    Raises:
        ValueError: if the cuboids are not in the world frame, or name an unknown frame.
    """
    if cuboids.frame != "world":
        raise ValueError(f"refine_boxes: expected cuboids in world, got {cuboids.frame}")
    if len(cuboids) == 0:
        return Cuboids.empty("world"), Tracks.empty()
    refined = [
        _refine_track(best_stretch(views, config.evidence), frames, config, taxonomy)
        for views in gather_views(cuboids, track_id, frames, taxonomy)
    ]
    refined = [track for track in refined if track.score >= config.min_score]
    if not refined:
        return Cuboids.empty("world"), Tracks.empty()
    labels = _cuboids(refined, frames)
    tracks = _tracks(refined, frames)
    gone = tracks.track_id[suppressed(labels, tracks, config.max_overlap)]
    labels = labels.select(~np.isin(labels.track_id, gone))
    if config.motion.over_ground:
        parent = np.array(taxonomy.parents)[taxonomy.coarse(labels.category)]
        labels = on_the_road(labels, parent == "vehicle", frames, config.floor)
    labels = replace(labels, cuboid_id=np.arange(len(labels), dtype=np.int64))
    return labels, tracks.select(~np.isin(tracks.track_id, gone))


def _refine_track(
    views: BoxViews, frames: Frames, config: RefineBoxesConfig, taxonomy: Taxonomy
) -> LabelledTrack:
    timestamp_ns = _timestamps(views, frames)
    time_s = (timestamp_ns - timestamp_ns[0]) * 1e-9
    kind = config.of_class(taxonomy.parents[taxonomy.parent_of[views.leaf]])
    path = smooth_path(views, time_s, kind, config.motion)
    odds = track_log_odds(views, config.evidence) + kind.moving_says * path.moved
    return LabelledTrack(
        views=views,
        path=path,
        timestamp_ns=timestamp_ns,
        shown=_shown(views, timestamp_ns, config.max_filled_s),
        score=float(probability(odds)),
    )


def _timestamps(views: BoxViews, frames: Frames) -> Int64:
    """(F,) int64 times; where nothing was seen, as far off the frame's as before and after."""
    span = np.arange(views.frame[0], views.frame[-1] + 1)
    lag = np.interp(span, views.frame, views.timestamp_ns - frames.ref_ns[views.frame])
    return np.asarray(frames.ref_ns[span] + np.rint(lag).astype(np.int64))


def _shown(views: BoxViews, timestamp_ns: Int64, max_filled_s: float) -> BoolArray:
    """(F,) bool: frames with a view, and those between two views that are not far apart."""
    shown = np.ones(len(timestamp_ns), np.bool_)
    seen = views.frame - views.frame[0]
    gap_s = np.diff(timestamp_ns[seen]) * 1e-9
    for k in np.flatnonzero(gap_s > max_filled_s + 1e-6):
        shown[seen[k] + 1 : seen[k + 1]] = False
    return shown


def _cuboids(refined: list[LabelledTrack], frames: Frames) -> Cuboids:
    """Boxes of all tracks, by frame and track."""
    lengths = np.array([len(t.timestamp_ns) for t in refined])
    track = np.repeat(np.arange(len(refined)), lengths)
    first = np.array([t.views.frame[0] for t in refined]) - np.cumsum(lengths) + lengths
    seen = np.concatenate([t.seen for t in refined])
    shown = np.concatenate([t.shown for t in refined])
    velocity = np.concatenate([t.path.velocity for t in refined])
    cuboids = Cuboids.build(
        "world",
        frame_idx=frames.frame_idx[first[track] + np.arange(len(track))],
        timestamp_ns=np.concatenate([t.timestamp_ns for t in refined]),
        track_id=np.array([t.views.track_id for t in refined])[track],
        category=np.array([t.views.leaf for t in refined])[track],
        center=np.concatenate([t.path.center for t in refined]),
        quat_wxyz=quat_from_yaw(np.concatenate([t.path.yaw for t in refined])),
        size_lwh=np.array([t.path.size_lwh for t in refined])[track],
        velocity=np.where(lengths[track, None] > 1, velocity, np.nan),
        score=np.array([t.score for t in refined])[track],
        source=np.where(seen, Source.AUTO, Source.INTERPOLATED),
        is_keyframe=seen,
    )
    order = np.lexsort((cuboids.track_id, cuboids.frame_idx))
    return cuboids.select(order[shown[order]])


def _tracks(refined: list[LabelledTrack], frames: Frames) -> Tracks:
    return Tracks(
        track_id=np.array([t.views.track_id for t in refined], np.int64),
        category=np.array([t.views.leaf for t in refined], np.int16),
        score=np.array([t.score for t in refined], np.float32),
        first_frame=frames.frame_idx[[t.views.frame[0] for t in refined]],
        last_frame=frames.frame_idx[[t.views.frame[-1] for t in refined]],
        n_observed=np.array([len(t.views) for t in refined], np.int32),
        size_lwh=np.array([t.path.size_lwh for t in refined], np.float32).reshape(-1, 3),
        is_static=np.array([not t.path.moved for t in refined], np.bool_),
    )
