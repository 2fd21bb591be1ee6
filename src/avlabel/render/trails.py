"""Where tracks have been, for drawing behind the boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import NO_TRACK, Cuboids


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """The way of one object up to now.

    Attributes:
        category: index into the taxonomy's leaves.
        points: (K, 3) float64 metres, oldest first, in the frame of the cuboids it is from.
    """

    category: int
    points: Float64


def trails_until(cuboids: Cuboids, frame_idx: int, seconds: float) -> list[Trail]:
    """Trails of all tracks that have a box in frame ``frame_idx``.

    Args:
        cuboids: of a whole scene, in the world.
        frame_idx: the frame that trails end in.
        seconds: how far back they reach.
    """
    now = cuboids.select(cuboids.frame_idx == frame_idx)
    past = cuboids.select((cuboids.frame_idx <= frame_idx) & (cuboids.track_id != NO_TRACK))
    trails = []
    for track, category, t_ns in zip(now.track_id, now.category, now.timestamp_ns, strict=True):
        rows = np.flatnonzero(
            (past.track_id == track) & (past.timestamp_ns >= t_ns - int(seconds * 1e9))
        )
        if len(rows) > 1:
            rows = rows[np.argsort(past.timestamp_ns[rows])]
            trails.append(Trail(int(category), past.center[rows]))
    return trails
