"""Tracks of resolved labels, each with its boxes in order of time, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Int16, Int64
from avlabel.core.cuboids import NO_TRACK, Source
from avlabel.edits.resolved import Resolved


@dataclass(eq=False)
class TrackFacts:
    """T tracks, by ``track_id``; row arrays index the labels' cuboids.

    Attributes:
        labels: the labels.
        rows: (N,) int64 rows of boxes with a track, by track and frame.
        starts: (T,) int64 where in ``rows`` each track begins.
        track_id: (T,) int64.
    """

    labels: Resolved
    rows: Int64
    starts: Int64
    track_id: Int64

    @classmethod
    def of(cls, labels: Resolved) -> TrackFacts:
        """Sort the boxes."""
        cuboids = labels.cuboids
        rows = np.lexsort((cuboids.frame_idx, cuboids.track_id))
        rows = rows[cuboids.track_id[rows] != NO_TRACK]
        track_id, starts = np.unique(cuboids.track_id[rows], return_index=True)
        return cls(labels, rows, starts, track_id)

    def __len__(self) -> int:
        """Number of tracks."""
        return len(self.track_id)

    @cached_property
    def track_of(self) -> Int64:
        """(N,) position in ``track_id`` of each of ``rows``."""
        return np.repeat(np.arange(len(self)), self.n_boxes)

    @cached_property
    def n_boxes(self) -> Int64:
        """(T,) number of boxes."""
        return np.diff(np.append(self.starts, len(self.rows)))

    @cached_property
    def first(self) -> Int64:
        """(T,) row of the first box."""
        return np.asarray(self.rows[self.starts])

    @cached_property
    def last(self) -> Int64:
        """(T,) row of the last box."""
        return np.asarray(self.rows[self.starts + self.n_boxes - 1])

    @cached_property
    def best(self) -> Int64:
        """(T,) row of the box with most points, the first of equals: where to look."""
        points = self.labels.cuboids.num_points[self.rows].astype(np.int64)
        order = np.lexsort((np.arange(len(points)), -points, self.track_of))
        return np.asarray(self.rows[order[self.starts]])

    @cached_property
    def score(self) -> Float32:
        """(T,) of the track as a whole."""
        tracks = self.labels.tracks
        order = np.argsort(tracks.track_id)
        at = order[np.searchsorted(tracks.track_id[order], self.track_id)]
        return np.asarray(tracks.score[at])

    @cached_property
    def parent(self) -> Int16:
        """(T,) coarse class."""
        return self.labels.labels.taxonomy.coarse(self.labels.cuboids.category[self.first])

    @cached_property
    def by_person(self) -> BoolArray:
        """(T,) whether a person set any of its boxes."""
        human = self.labels.cuboids.source[self.rows] == Source.HUMAN
        return self._reduced(np.logical_or, human)

    def most(self, values: np.ndarray) -> np.ndarray:
        """(T, ...) largest of values (N, ...) that go with ``rows``."""
        return self._reduced(np.maximum, values)

    def least(self, values: np.ndarray) -> np.ndarray:
        """(T, ...) smallest of values (N, ...) that go with ``rows``."""
        return self._reduced(np.minimum, values)

    def _reduced(self, how: np.ufunc, values: np.ndarray) -> np.ndarray:
        if not len(self):
            return np.zeros((0, *values.shape[1:]), values.dtype)
        return np.asarray(how.reduceat(values, self.starts, axis=0))
