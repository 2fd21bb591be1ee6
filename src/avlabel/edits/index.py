"""Automatic labels arranged for looking boxes up."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from avlabel.core.arrays import Int64, IntArray
from avlabel.edits.labels import AutoLabels

NONE = np.zeros(0, np.int64)


class AutoIndex:
    """Rows of the automatic boxes by frame, by track, and by both.

    Args:
        labels: N boxes.

    Attributes:
        labels: as given.
        by_frame: rows of each frame number.
        by_track: rows of each track, by frame.
        track_row: row of each track in the table of tracks.
        frames: numbers of the frames that there are.
    """

    def __init__(self, labels: AutoLabels) -> None:
        cuboids = labels.cuboids
        self.labels = labels
        self.by_frame = _groups(cuboids.frame_idx, cuboids.track_id)
        self.by_track = _groups(cuboids.track_id, cuboids.frame_idx)
        self.track_row = {track: i for i, track in enumerate(labels.tracks.track_id.tolist())}
        self.frames = frozenset(labels.frames.frame_idx.tolist())
        slots = zip(cuboids.track_id.tolist(), cuboids.frame_idx.tolist(), strict=True)
        self._row = {slot: row for row, slot in enumerate(slots)}

    def row(self, track_id: int, frame_idx: int) -> int | None:
        """The row of a track's box in a frame; None if there is none."""
        return self._row.get((track_id, frame_idx))


def _groups(key: IntArray, then: IntArray) -> Mapping[int, Int64]:
    """Rows by key, each group sorted by ``then``."""
    if not len(key):
        return {}
    order = np.lexsort((then, key))
    keys, starts = np.unique(key[order], return_index=True)
    return dict(zip(keys.tolist(), np.split(order, starts[1:]), strict=True))
