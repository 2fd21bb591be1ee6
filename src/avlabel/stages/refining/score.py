"""How far to believe a track, and which of two in the same place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.geometry.iou import bev_iou
from avlabel.stages.refining.evidence import Evidence
from avlabel.stages.refining.quantile import quantile

WEIGHTS = np.array([0.51, 0.99, 0.49, -0.08, 0.17, -0.44, -0.58])
BIAS = -4.17
"""Fitted to tracks of simulated drives by ``training/fit_track_score.py``."""
ENOUGH_VIEWS = 20
"""More views than this do not make a track more certain."""
MOST_OFF = 4.0
"""Deviations outside a class's sizes beyond which a track gets no worse."""
HARD_MPS2 = 4.0
"""Mean acceleration of a path that is hard to believe."""
SHORTEST_S = 0.01
"""Over shorter times no acceleration is told."""


@dataclass(frozen=True, slots=True)
class ScoreConfig:
    """Which tracks are kept, and their scores."""

    min_views: int = option(3, "fewest frames that must have seen an object")
    min_views_share: float = option(0.02, "and the share of the log's frames, for longer logs")
    most_min_views: int = option(6, "but never more frames than this")
    apart_s: float = option(2.0, "frames further apart than this show nothing twice")
    min_score: float = option(0.15, "tracks below this score are dropped")
    keep_unknown: bool = option(False, "keep tracks whose class is no road user's")
    max_overlap: float = option(0.2, "BEV IoU from which on two objects claim the same place")


def min_views(frames: Frames, config: ScoreConfig) -> int:
    """Fewest views of a track; 1 where frames are too far apart to show anything twice."""
    n_frames = len(frames)
    if n_frames < 2 or np.median(np.diff(frames.ref_ns)) > config.apart_s * 1e9:
        return 1
    scaled = min(round(config.min_views_share * n_frames), config.most_min_views)
    return min(max(config.min_views, scaled), n_frames)


def motion_plausibility(velocity: Float64, time_s: Float64, top_speed_mps: float) -> float:
    """0..1: whether a smoothed path (F, 2) m/s at times (F,) is one that an object can drive.

    Tracks of clutter hop from one thing to the next: hard accelerations, impossible speeds.
    """
    if len(time_s) < 2:
        return 1.0
    # What crosses the seam of the turn is seen twice within an instant.
    rate = np.diff(velocity, axis=0) / np.maximum(np.diff(time_s), SHORTEST_S)[:, None]
    acceleration = float(np.sqrt(np.mean(np.sum(rate**2, axis=1))))
    excess = max(float(np.max(np.hypot(*velocity.T))) / top_speed_mps - 1.0, 0.0)
    return float(np.exp(-0.5 * (acceleration / HARD_MPS2) ** 2 - 0.5 * (excess / 0.2) ** 2))


def track_facts(
    evidence: Evidence,
    observed_lwh: Float64,
    leaf: int,
    moves: bool,
    plausibility: float,
    taxonomy: Taxonomy,
) -> Float64:
    """(7,) what speaks for or against a track, in the order of ``WEIGHTS``.

    The detector's own log odds, averaged over the views; how many views, and of how many frames
    in between; how far its size lies outside what its class has; the density of its points;
    whether it moves, and how far its path is from one that can be driven.
    """
    off = (observed_lwh - taxonomy.size_m[leaf]) / taxonomy.size_std_m[leaf]
    off = np.where(off > 0, off, 0.5 * off)
    facts = _facts_of_views(evidence)
    facts[3] = np.sum(np.clip(np.abs(off) - 1, 0, MOST_OFF) ** 2)
    facts[5] = float(moves)
    facts[6] = float(moves) * (1 - plausibility)
    return facts


def best_score(evidence: Evidence) -> float:
    """The most that ``track_score`` can come to, before anything but the views is known."""
    facts = _facts_of_views(evidence)
    for fact, most in ((3, 3 * MOST_OFF**2), (5, 1.0), (6, 1.0)):
        facts[fact] = most if WEIGHTS[fact] > 0 else 0.0
    return track_score(facts)


def _facts_of_views(evidence: Evidence) -> Float64:
    """(7,) the facts that views tell, zero for those that the refined box tells."""
    views = len(evidence)
    share = np.clip(evidence.score, 1e-3, 1 - 1e-3)
    facts = np.zeros(len(WEIGHTS))
    facts[0] = np.mean(np.log(share / (1 - share)))
    facts[1] = np.log(min(views, ENOUGH_VIEWS))
    facts[2] = views / (evidence.frame[-1] - evidence.frame[0] + 1)
    facts[4] = np.log(max(quantile(evidence.num_points, 0.8), 1.0))
    return facts


def track_score(facts: Float64) -> float:
    """Probability in 0..1 that a track is an object and well placed: logistic regression."""
    return float(1 / (1 + np.exp(-(facts @ WEIGHTS + BIAS))))


def suppressed(cuboids: Cuboids, tracks: Tracks, max_overlap: float) -> BoolArray:
    """(T,) bool: tracks that mostly lie where a track of a better score lies.

    Args:
        cuboids: of all frames, in order of frames; ``track_id`` is one of the tracks.
        tracks: T tracks.
        max_overlap: BEV IoU.
    """
    n = len(tracks)
    merit = tracks.score * np.log1p(tracks.n_observed)
    order = np.argsort(-merit, kind="stable")
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    row = np.searchsorted(tracks.track_id, cuboids.track_id)
    lifetime = np.bincount(row, minlength=n)
    one, other, together = _clashes(cuboids, row, n, max_overlap)
    starts = np.searchsorted(one, np.arange(n + 1))
    gone = np.zeros(n, np.bool_)
    for i in order:
        if not gone[i]:
            mine = slice(starts[i], starts[i + 1])
            rival = other[mine]
            beaten = (rank[rival] > rank[i]) & (together[mine] > 0.3 * lifetime[rival])
            gone[rival[beaten]] = True
    return gone


def _clashes(
    cuboids: Cuboids, row: Int64, n: int, max_overlap: float
) -> tuple[Int64, Int64, Int64]:
    """Pairs of tracks (P,), (P,) that overlap, each both ways round, and in how many frames.

    Sorted by the first; only pairs that meet take room, however long the log.
    """
    bounds = np.flatnonzero(np.diff(cuboids.frame_idx, prepend=-1, append=-1))
    bev = cuboids.bev
    keys = [np.zeros(0, np.int64)]
    for first, stop in pairwise(bounds):
        here = row[first:stop]
        overlap = bev_iou(bev[first:stop], bev[first:stop]) > max_overlap
        np.fill_diagonal(overlap, val=False)
        a, b = np.nonzero(overlap)
        keys.append(here[a] * n + here[b])
    pair, together = np.unique(np.concatenate(keys), return_counts=True)
    return pair // n, pair % n, together
