"""Labels as people left them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.tracks import Tracks
from avlabel.edits.conflicts import Conflict
from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import auto_key
from avlabel.edits.notes import Pinned


@dataclass(frozen=True, eq=False)
class Resolved:
    """Automatic labels with every edit laid onto them.

    Attributes:
        labels: the automatic labels.
        cuboids: N boxes. Automatic ones keep their row order and ``cuboid_id``, moved or not;
            boxes that the labels did not have follow. ``source`` tells human, interpolated and
            automatic ones apart; ``is_keyframe`` is set where a person, or a sensor, saw it.
        tracks: their tracks.
        auto_row: (N,) int64 row of the automatic box that each was, -1 for none.
        keys: key of each track that a person touched; see ``key_of``.
        conflicts: what a person should look at, in order of time.
        decisions: verdicts that hold, in order of time.
        comments: in order of time.
        attributes: of tracks, or of single boxes, in order of time.
    """

    labels: AutoLabels
    cuboids: Cuboids
    tracks: Tracks
    auto_row: Int64
    keys: Mapping[int, str] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    decisions: tuple[Pinned, ...] = ()
    comments: tuple[Pinned, ...] = ()
    attributes: tuple[Pinned, ...] = ()

    def key_of(self, track_id: int) -> str:
        """Key by which edits call a track, now and after every reprocessing.

        Raises:
            ValueError: for ``NO_TRACK``.
        """
        if track_id == NO_TRACK:
            raise ValueError("a box without a track has no key")
        return self.keys.get(track_id) or auto_key(self.labels.commit, track_id)

    def track_of(self, key: str) -> int:
        """Track of a key; ``NO_TRACK`` if there is none."""
        track = self._track_of_key.get(key)
        if track is not None:
            return track
        prefix, _, number = key.partition(":")
        if prefix == str(self.labels.commit) and int(number) not in self.keys:
            return int(number)
        return NO_TRACK

    @cached_property
    def _track_of_key(self) -> Mapping[str, int]:
        return {key: track for track, key in self.keys.items()}
