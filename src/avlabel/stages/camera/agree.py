"""Camera evidence of all frames together: what it makes of a track."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.odds import log_odds, probability
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks


@dataclass(frozen=True, slots=True)
class AgreeConfig:
    """How far images of several frames strengthen each other."""

    news: float = option(
        0.2, "share of a further frame's evidence that is news; the same bush looks the same again"
    )
    most: float = option(3.0, "log odds by which images change a track at most")
    min_score: float = option(0.15, "tracks below this score are dropped")


def agree(
    cuboids: Cuboids,
    tracks: Tracks,
    track_id: Int64,
    evidence: Float64,
    taxonomy: Taxonomy,
    config: AgreeConfig,
) -> tuple[Cuboids, Tracks]:
    """Raise the scores of tracks that images confirm, lower or drop those that they reject.

    Args:
        cuboids: of the tracks.
        tracks: T tracks.
        track_id: (N,) int64 track of each detection.
        evidence: (N, P) log likelihood of what the images show of each detection, by parent.
        taxonomy: that the tracks' categories index.
        config: weights.

    Returns:
        Boxes, numbered anew, and tracks. Tracks that no image speaks of stay as they are.
    """
    row = np.searchsorted(tracks.track_id, track_id)
    known = row < len(tracks)
    known[known] = tracks.track_id[row[known]] == track_id[known]
    row, said = row[known], evidence[known]
    said = said[np.arange(len(row)), taxonomy.coarse(tracks.category)[row]]
    pooled = pool(row, said, len(tracks), config)
    score = probability(log_odds(tracks.score) + pooled)
    keep: BoolArray = (score >= config.min_score) | (pooled == 0)
    changed = np.where(pooled == 0, 1.0, score / np.maximum(tracks.score, 1e-7))
    return _rescored(cuboids, tracks, changed, keep)


def pool(row: Int64, said: Float64, n: int, config: AgreeConfig) -> Float64:
    """(n,) log odds of what detections (N,) of each row say together; 0 for nothing said."""
    row, said = row[said != 0], said[said != 0]
    count = np.bincount(row, minlength=n)
    mean = np.bincount(row, said, minlength=n) / np.maximum(count, 1)
    together = 1 + config.news * np.maximum(count - 1, 0)
    return np.clip(mean * together, -config.most, config.most)


def _rescored(
    cuboids: Cuboids, tracks: Tracks, factor: Float64, keep: BoolArray
) -> tuple[Cuboids, Tracks]:
    row = np.searchsorted(tracks.track_id, cuboids.track_id)
    score = np.clip(cuboids.score * factor[row], 0.0, 1.0).astype(np.float32)
    cuboids = replace(cuboids, score=score).select(keep[row])
    cuboids = replace(cuboids, cuboid_id=np.arange(len(cuboids), dtype=np.int64))
    score = np.clip(tracks.score * factor, 0.0, 1.0).astype(np.float32)
    return cuboids, replace(tracks, score=score).select(keep)
