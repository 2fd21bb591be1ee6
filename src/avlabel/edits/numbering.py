"""Numbers of tracks: those of the labels for objects that they know, others for the rest."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Container, Iterable, Sequence

import numpy as np

from avlabel.edits.index import AutoIndex
from avlabel.edits.laid import Laid
from avlabel.edits.model import auto_key
from avlabel.edits.path import NO_ROW

HUMAN_TRACKS = 1_000_000
"""Tracks that people made have ids from here on, derived from their keys."""


def numbered(keys: Iterable[str], never: Container[int]) -> dict[str, int]:
    """A track id for each key; of two that would have the same, the later takes the next.

    Args:
        keys: of objects, in the order in which people first mentioned them.
        never: ids of automatic tracks.
    """
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for key in keys:
        number = HUMAN_TRACKS + zlib.crc32(key.encode()) % HUMAN_TRACKS
        while number in taken or number in never:
            number += 1
        taken.add(number)
        numbers[key] = number
    return numbers


def own_tracks(laid: Sequence[Laid], removed: Iterable[int], index: AutoIndex) -> dict[str, int]:
    """The automatic track that an object mostly is, if nothing else goes by it.

    Args:
        laid: every object that has boxes of some automatic tracks.
        removed: rows of those tracks that were deleted.
        index: automatic labels.

    Returns:
        Track by the object's key, where there is one.
    """
    track_id = index.labels.cuboids.track_id
    claimed = set(removed).union(*(one.ground.rows.values() for one in laid))
    left = Counter(track_id[list(claimed)].tolist())
    tracks: dict[str, int] = {}
    for one in laid:
        whole = (t for t in _tracks_of(one, index) if left[t] == len(index.by_track[t]))
        choice = next((t for t in whole if t not in tracks.values()), None)
        if choice is not None:
            tracks[one.wish.key] = choice
    return tracks


def _tracks_of(one: Laid, index: AutoIndex) -> list[int]:
    """Tracks that an object's automatic boxes had: its own first, then the one of most boxes."""
    rows = one.path.row[one.path.row != NO_ROW]
    tracks, counts = np.unique(index.labels.cuboids.track_id[rows], return_counts=True)
    by_count = tracks[np.argsort(-counts, kind="stable")].tolist()
    return sorted(
        (int(track) for track in by_count if track >= 0),
        key=lambda track: one.wish.key != auto_key(index.labels.commit, track),
    )
