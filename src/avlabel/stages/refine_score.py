"""How far to believe a track, and which of two in the same place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.geometry.iou import bev_iou
from avlabel.stages.refine_evidence import Evidence
from avlabel.stages.refine_quantile import quantile

HARD_MPS2 = 4.0
"""Mean acceleration of a path that is hard to believe."""


@dataclass(frozen=True, slots=True)
class ScoreConfig:
    """Which tracks are kept, and their scores."""

    min_views: int = option(3, "fewest frames that must have seen an object")
    min_views_share: float = option(0.02, "and the share of the log's frames, for longer logs")
    most_min_views: int = option(6, "but never more frames than this")
    min_score: float = option(0.15, "tracks below this score are dropped")
    keep_unknown: bool = option(False, "keep tracks whose class is no road user's")
    max_overlap: float = option(0.2, "BEV IoU from which on two objects claim the same place")


def min_views(n_frames: int, config: ScoreConfig) -> int:
    """Fewest views of a track in a log of ``n_frames`` frames."""
    scaled = min(round(config.min_views_share * n_frames), config.most_min_views)
    return min(max(config.min_views, scaled), n_frames)


def motion_plausibility(velocity: Float64, time_s: Float64, top_speed_mps: float) -> float:
    """0..1: whether a smoothed path (F, 2) m/s at times (F,) is one that an object can drive.

    Tracks of clutter hop from one thing to the next: hard accelerations, impossible speeds.
    """
    if len(time_s) < 2:
        return 1.0
    rate = np.diff(velocity, axis=0) / np.diff(time_s)[:, None]
    acceleration = float(np.sqrt(np.mean(np.sum(rate**2, axis=1))))
    excess = max(float(np.max(np.hypot(*velocity.T))) / top_speed_mps - 1.0, 0.0)
    return float(np.exp(-0.5 * (acceleration / HARD_MPS2) ** 2 - 0.5 * (excess / 0.2) ** 2))


def track_score(
    evidence: Evidence,
    observed_lwh: Float64,
    leaf: int,
    moves: bool,
    plausibility: float,
    taxonomy: Taxonomy,
) -> float:
    """Belief in a track, 0..1: the geometric mean of what speaks for it.

    The detector's own score; how often it was seen, in total and of the frames in between; a
    size that its class has; the density of its points; a path that can be driven. Motion over
    the ground speaks for an object whatever its shape.
    """
    views = len(evidence)
    spanned = evidence.frame[-1] - evidence.frame[0] + 1
    dense = quantile(evidence.num_points, 0.8)
    off = (observed_lwh - taxonomy.size_m[leaf]) / taxonomy.size_std_m[leaf]
    off = np.where(off > 0, off, 0.5 * off)
    factors = {
        "detector": float(np.mean(np.sort(evidence.score)[-max(views // 2, 1) :])),
        "seen": 1 - np.exp(-views / 5),
        "steady": views / spanned,
        "size": float(np.exp(-0.1 * np.sum(np.clip(np.abs(off) - 1, 0, 4) ** 2))),
        "dense": 1 - np.exp(-dense / 15) if dense >= 0 else 1.0,
    }
    if moves:
        factors["drives"] = plausibility
    belief = float(np.prod(list(factors.values())) ** (1 / len(factors)))
    return float(np.clip(belief + (1 - belief) * 0.4 * moves * plausibility, 0.0, 1.0))


def suppressed(cuboids: Cuboids, tracks: Tracks, max_overlap: float) -> BoolArray:
    """(T,) bool: tracks that mostly lie where a track of a better score lies.

    Args:
        cuboids: of all frames, in order of frames; ``track_id`` is one of the tracks.
        tracks: T tracks.
        max_overlap: BEV IoU.
    """
    n = len(tracks)
    merit = tracks.score * np.log1p(tracks.n_observed)
    row = np.searchsorted(tracks.track_id, cuboids.track_id)
    clashes = np.zeros((n, n), np.int64)
    bounds = np.flatnonzero(np.diff(cuboids.frame_idx, prepend=-1, append=-1))
    bev = cuboids.bev
    for first, stop in pairwise(bounds):
        here = row[first:stop]
        overlap = bev_iou(bev[first:stop], bev[first:stop]) > max_overlap
        a, b = np.nonzero(np.triu(overlap, 1))
        np.add.at(clashes, (here[a], here[b]), 1)
    clashes += clashes.T
    lifetime = np.bincount(row, minlength=n)
    gone = np.zeros(n, np.bool_)
    for i in np.argsort(-merit, kind="stable"):
        if not gone[i]:
            weaker = (merit < merit[i]) | ((merit == merit[i]) & (np.arange(n) > i))
            gone |= weaker & (clashes[i] > 0.3 * lifetime)
    return gone
