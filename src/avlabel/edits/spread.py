"""All automatic boxes of an object: those that were found, and the rest of their tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Int64, IntArray
from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.found import Found
from avlabel.edits.index import AutoIndex
from avlabel.edits.model import AUTO_KEY, NO_AUTO, auto_key
from avlabel.edits.wishes import Wish

UNOWNED = -1
DROPPED = -2


@dataclass(slots=True)
class Rows:
    """Automatic boxes of objects.

    Attributes:
        own: for each object, row by frame.
        spare: for each object, rows of frames in which it has another.
    """

    own: list[dict[int, int]]
    spare: list[list[int]]


def spread(wishes: Sequence[Wish], found: Sequence[Found], index: AutoIndex) -> Rows:
    """All rows of each object: what was found, and the rest of those tracks.

    The rest of a track belongs to the object that these very labels call by that track's id,
    else to the one whose found box is nearest in time.
    """
    known: dict[int, int] = {}
    for i, mine in enumerate(found):
        known.update(dict.fromkeys(mine.rows.values(), i))
        known.update(dict.fromkeys(mine.dropped, DROPPED))
    owner = {row: i for row, i in known.items() if i != DROPPED}
    home = {wish.key: i for i, wish in enumerate(wishes)}
    for track in _tracks_concerned(wishes, found, index):
        rows = [row for row in index.by_track[track].tolist() if known.get(row) != DROPPED]
        at_home = home.get(auto_key(index.labels.commit, track))
        if at_home is not None:
            owner.update((row, at_home) for row in rows if row not in known)
        else:
            theirs = np.array([known.get(row, UNOWNED) for row in rows])
            nearest = _nearest_owner(index.labels.cuboids.frame_idx[rows], theirs)
            owner.update(zip(rows, nearest.tolist(), strict=True))
    return _one_a_frame(owner, known, wishes, index)


def _tracks_concerned(
    wishes: Sequence[Wish], found: Sequence[Found], index: AutoIndex
) -> list[int]:
    track_id = index.labels.cuboids.track_id
    tracks = {int(track_id[row]) for mine in found for row in mine.rows.values()}
    for wish in wishes:
        match = AUTO_KEY.fullmatch(wish.key)
        if match and int(match[1]) == index.labels.commit:
            tracks.add(int(match[2]))
    return sorted(tracks & index.by_track.keys() - {NO_TRACK, NO_AUTO})


def _nearest_owner(frames: IntArray, owner: Int64) -> Int64:
    """(R,) owner of the row nearest in frames, the earlier of two; rows are sorted by frame."""
    known = np.flatnonzero(owner >= 0)
    after = np.clip(np.searchsorted(known, np.arange(len(owner))), 0, len(known) - 1)
    before = np.clip(after - 1, 0, None)
    to_before = np.abs(frames - frames[known[before]])
    to_after = np.abs(frames[known[after]] - frames)
    return np.asarray(owner[known[np.where(to_before <= to_after, before, after)]])


def _one_a_frame(
    owner: Mapping[int, int], known: Mapping[int, int], wishes: Sequence[Wish], index: AutoIndex
) -> Rows:
    """Of several tracks that are one object: the track it is called by, then what was found."""
    cuboids, commit = index.labels.cuboids, index.labels.commit
    owned = sorted(owner)
    rows = np.array(owned, np.int64)
    mine = np.array([owner[row] for row in owned], np.int64)
    spread_out = np.array([row not in known for row in owned], np.bool_)
    tracks, homes = cuboids.track_id[rows], [_home(wish.key, commit) for wish in wishes]
    guest = np.array(homes, np.int64)[mine] != tracks
    rank = np.lexsort((tracks, spread_out, guest, cuboids.frame_idx[rows], mine))
    rows, mine, frames = rows[rank], mine[rank], cuboids.frame_idx[rows[rank]]
    first = np.ones(len(rows), np.bool_)
    first[1:] = (mine[1:] != mine[:-1]) | (frames[1:] != frames[:-1])
    out = Rows([{} for _ in wishes], [[] for _ in wishes])
    cells = zip(mine.tolist(), frames.tolist(), rows.tolist(), first.tolist(), strict=True)
    for i, frame, row, is_first in cells:
        if is_first:
            out.own[i][frame] = row
        else:
            out.spare[i].append(row)
    return out


def _home(key: str, commit: int) -> int:
    """The track of these very labels that a key names; -1 for none."""
    base, _, number = key.partition(":")
    return int(number) if base == str(commit) else NO_TRACK
