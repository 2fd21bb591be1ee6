"""All boxes that a detector gave of one track, and how much they speak for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.odds import log_odds, probability
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """How scores speak for a track; in log odds, so that 0 is a score of 0.5."""

    doubt: float = option(-1.0, "log odds of a view that speaks neither for nor against")
    missed: float = option(0.5, "evidence that a frame without a view takes away")
    most_for: float = option(3.0, "the most that one view says for a track")
    most_against: float = option(2.0, "the most that one view says against it")
    settled: float = option(5.0, "views after which a track's mean score is mostly believed")


@dataclass(frozen=True, slots=True, eq=False)
class BoxViews:
    """K views of one track, one a frame.

    Attributes:
        track_id: the track.
        leaf: class that most of the score speaks for.
        frame: (K,) int64 position of each view's frame, ascending.
        timestamp_ns: (K,) int64.
        box: (K, 7) float64 world: x, y, z, length, width, height, yaw.
        log_odds: (K,) float64 of the views' scores.
        range_m: (K,) float64 distance from the ego vehicle in the ground plane.
    """

    track_id: int
    leaf: int
    frame: Int64
    timestamp_ns: Int64
    box: Float64
    log_odds: Float64
    range_m: Float64

    def __len__(self) -> int:
        """Number of views."""
        return len(self.frame)

    @property
    def score(self) -> Float64:
        """(K,) scores, 0..1."""
        return probability(self.log_odds)

    def select(self, keep: BoolArray | slice) -> BoxViews:
        """The views that ``keep`` picks."""
        return replace(
            self,
            frame=self.frame[keep],
            timestamp_ns=self.timestamp_ns[keep],
            box=self.box[keep],
            log_odds=self.log_odds[keep],
            range_m=self.range_m[keep],
        )


def gather_views(
    cuboids: Cuboids, track_id: Int64, frames: Frames, taxonomy: Taxonomy
) -> Iterator[BoxViews]:
    """Views of each track, in order of track ids.

    A track has one coarse class, the one that most of its score speaks for; boxes of another,
    whose sizes mean something else, are left out. Of several boxes in one frame the surest stays.

    Args:
        cuboids: detections in the world frame.
        track_id: (N,) int64 track of each.
        frames: every frame of the log.
        taxonomy: that the categories index.
    """
    frame = frames.positions(cuboids.frame_idx)
    odds = log_odds(cuboids.score)
    order = np.lexsort((-odds, frame, track_id))
    ego_xy = frames.world_from_ego.translation[frame, :2]
    range_m = np.hypot(*(cuboids.center[:, :2] - ego_xy).T)
    boxes, parent = cuboids.boxes, taxonomy.coarse(cuboids.category)
    ids, start = np.unique(track_id[order], return_index=True)
    for i, rows in zip(ids, np.split(order, start[1:]), strict=True):
        score = probability(odds[rows])
        coarse = int(np.argmax(np.bincount(parent[rows], score)))
        alike = parent[rows] == coarse
        rows, score = rows[alike], score[alike]
        leaf = int(np.argmax(np.bincount(cuboids.category[rows], score)))
        rows = rows[np.diff(frame[rows], prepend=-1) > 0]
        yield BoxViews(
            int(i),
            leaf,
            frame[rows],
            cuboids.timestamp_ns[rows],
            boxes[rows],
            odds[rows],
            range_m[rows],
        )


def best_stretch(views: BoxViews, config: EvidenceConfig) -> BoxViews:
    """The stretch of a track that most evidence speaks for (maximum sum, Kadane 1984).

    A detector that is unsure of the first or last views of an object, or a link over a long gap
    to something unsure, would only add doubt; views in the middle stay, however weak.
    """
    said = np.clip(views.log_odds - config.doubt, -config.most_against, config.most_for)
    missed = config.missed * (np.diff(views.frame, prepend=views.frame[0] - 1) - 1)
    before = np.cumsum(said - missed) - said
    after = before + said
    lowest = np.minimum.accumulate(before)
    last = int(np.argmax(after - lowest))
    first = int(np.argmin(before[: last + 1]))
    return views.select(slice(first, last + 1))


def track_log_odds(views: BoxViews, config: EvidenceConfig) -> float:
    """Belief in a track: the mean over its views, nearer to doubt the fewer they are."""
    settled = 1 - np.exp(-len(views) / config.settled)
    return float(config.doubt + settled * (np.mean(views.log_odds) - config.doubt))
