"""Any detector's boxes in, tracked and refined boxes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.options import option
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.stages.boxes.refine import RefineBoxesConfig, refine_boxes
from avlabel.stages.tracking.filter import FilterConfig
from avlabel.stages.tracking.merge import MergeConfig
from avlabel.stages.tracking.track import TrackConfig, track

# Whole boxes have no fragments: none may be merged, however many frames they share. They are
# told apart well enough to be waited for longer than clusters.
WHOLE = TrackConfig(filter=FilterConfig(coast_s=2.0), merge=MergeConfig(min_share=2.0))


@dataclass(frozen=True, slots=True)
class TrackBoxesConfig:
    """How the boxes of another detector become labels."""

    track: TrackConfig = option(WHOLE, "joining boxes into tracks")
    refine: RefineBoxesConfig = option(RefineBoxesConfig(), "what tracks of boxes become")
    min_scene_score: float = option(0.5, "tracks below this score are kept out of scenes")


def track_boxes(
    cuboids: Cuboids, frames: Frames, config: TrackBoxesConfig, taxonomy: Taxonomy
) -> tuple[Cuboids, Tracks]:
    """Track and refine whole, oriented, scored boxes that come without points.

    Args:
        cuboids: of the whole log, in the ego frames at the frames' reference times, with the
            times at which they were seen and scores in 0..1.
        frames: every frame of the log.
        config: options.
        taxonomy: that the categories index.

    Returns:
        Boxes in the world frame, by frame and track, and their tracks.

    Raises:
        ValueError: for a frame number that no frame has.
    """
    rows = frames.positions(cuboids.frame_idx)
    in_world = cuboids.moved(frames.world_from_ego[rows], "world")
    track_id = track_by_class(in_world, frames, config.track, taxonomy)
    return refine_boxes(in_world, track_id, frames, config.refine, taxonomy)


def label_boxes(
    cuboids: Cuboids, frames: Frames, config: TrackBoxesConfig, taxonomy: Taxonomy
) -> tuple[Cuboids, Tracks]:
    """Track and refine, and keep what is sure enough to be a label; see ``track_boxes``."""
    labels, tracks = track_boxes(cuboids, frames, config, taxonomy)
    tracks = tracks.select(tracks.score >= config.min_scene_score)
    labels = labels.select(np.isin(labels.track_id, tracks.track_id))
    return replace(labels, cuboid_id=np.arange(len(labels), dtype=np.int64)), tracks


def track_by_class(
    cuboids: Cuboids, frames: Frames, config: TrackConfig, taxonomy: Taxonomy
) -> Int64:
    """(N,) int64 track of each box, coarse classes apart.

    A cluster may change its class from view to view; a trained detector that sees a pedestrian
    at the corner of a car sees something else than the car.
    """
    parent = taxonomy.coarse(cuboids.category)
    track_id = np.zeros(len(cuboids), np.int64)
    n_tracks = 0
    for coarse in np.unique(parent):
        rows = np.flatnonzero(parent == coarse)
        ids = track(without_points(cuboids.select(rows)), frames, config, taxonomy)
        track_id[rows] = ids + n_tracks
        n_tracks += int(ids.max()) + 1
    return track_id


def boxes_of_sweep(cuboids: Cuboids, sweep: Sweep) -> Detections:
    """Those boxes, in the ego frame, that belong to a sweep, as if seen at its middle."""
    here = cuboids.select(cuboids.frame_idx == sweep.frame_idx)
    seen_ns = np.full(len(here), sweep.ref_ns, np.int64)
    return without_points(replace(here, timestamp_ns=seen_ns))


def without_points(cuboids: Cuboids) -> Detections:
    """Boxes that nothing but themselves speaks for."""
    none = np.zeros((0, 3), np.float32)
    return Detections(cuboids, none, np.zeros(len(cuboids) + 1, np.int64))
