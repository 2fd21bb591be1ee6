"""Which detections are the same object: offline tracking over a whole log.

A constant-velocity filter runs over the frames in both directions of time. Links on which both
runs agree make tracklets; tracklets are then stitched across gaps, and those that live side by
side inside one plausible box are merged, since a cluster may fall apart into several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.options import option
from avlabel.core.taxonomy import Taxonomy
from avlabel.stages.tracking.filter import FilterConfig, link_forward
from avlabel.stages.tracking.merge import MergeConfig, merge_fragments
from avlabel.stages.tracking.observations import NONE, Observations, observe, reversed_in_time
from avlabel.stages.tracking.stitch import StitchConfig, stitch


@dataclass(frozen=True, slots=True)
class TrackConfig:
    """How detections are joined into tracks."""

    filter: FilterConfig = option(FilterConfig(), "frame-to-frame association")
    stitch: StitchConfig = option(StitchConfig(), "joining tracklets across gaps")
    merge: MergeConfig = option(MergeConfig(), "joining fragments that live side by side")


def track(detections: Detections, frames: Frames, config: TrackConfig, taxonomy: Taxonomy) -> Int64:
    """Give every detection the id of its track.

    Args:
        detections: of the whole log, world frame, in any order.
        frames: every frame of the log.
        config: options.
        taxonomy: that the detections' categories index.

    Returns:
        (N,) int64 track of each detection, counted from 0 in order of first appearance. One
        track may own several detections of one frame: fragments of one object. A detection
        that fits to nothing is a track of its own.

    Raises:
        ValueError: if the detections are not in the world frame, or name an unknown frame.
    """
    if detections.cuboids.frame != "world":
        raise ValueError(f"track: expected detections in world, got {detections.cuboids.frame}")
    if len(detections) == 0:
        return np.zeros(0, np.int64)
    observed = observe(detections.cuboids, frames, taxonomy)
    successor = both_directions(observed, config.filter)
    tracklet = chains(successor)
    tracklet = stitch(observed, tracklet, config.stitch)
    tracklet = merge_fragments(observed, tracklet, config.merge)
    track_id = np.empty(len(detections), np.int64)
    track_id[observed.row] = tracklet
    return by_first_appearance(track_id, observed.row)


def both_directions(observed: Observations, config: FilterConfig) -> Int64:
    """(N,) int64 successor of each observation in time, or -1.

    A link holds if both runs made it, or if one made it and the other left both its ends free.
    Where the runs disagree neither is believed: stitching decides with both motions known.
    """
    n = len(observed)
    forward = link_forward(observed, config)
    backward = np.full(n, NONE)
    mirrored = link_forward(reversed_in_time(observed), config)
    later = np.flatnonzero(mirrored != NONE)
    backward[n - 1 - mirrored[later]] = n - 1 - later
    agreed = np.where(forward == backward, forward, NONE)
    for one, other in ((forward, backward), (backward, forward)):
        head = np.flatnonzero((one != NONE) & (other == NONE))
        reached = np.zeros(n, np.bool_)
        reached[other[other != NONE]] = True
        head = head[~reached[one[head]]]
        agreed[head] = one[head]
    return agreed


def chains(successor: Int64) -> Int64:
    """(N,) int64 chain number of each observation, given successors that lie later in order."""
    chain = np.arange(len(successor))
    for i in np.flatnonzero(successor != NONE):
        chain[successor[i]] = chain[i]
    return np.unique(chain, return_inverse=True)[1].astype(np.int64)


def by_first_appearance(track_id: Int64, order: Int64) -> Int64:
    """Renumber tracks from 0 in the order in which ``order`` meets them."""
    _, first, inverse = np.unique(track_id[order], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    out = np.empty(len(track_id), np.int64)
    out[order] = rank[inverse]
    return out
