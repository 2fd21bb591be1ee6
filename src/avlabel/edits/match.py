"""Which automatic box is which object, by id on the labels a person saw, else by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from avlabel.core.arrays import Int64, IntArray
from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.affinity import MatchConfig, assign
from avlabel.edits.index import AutoIndex
from avlabel.edits.model import AUTO_KEY, NO_AUTO, Box, auto_key
from avlabel.edits.nearby import Nearby
from avlabel.edits.wishes import Wish

UNOWNED = -1
DROPPED = -2
Order = tuple[int, str, int]
Piece = tuple[int, int] | None


@dataclass(slots=True)
class Found:
    """Which rows of the automatic labels an object's own boxes are.

    Attributes:
        rows: row by frame, of the object's claims.
        exact: frames that were found by id.
        dropped: rows that were deleted from it, and whether they were found by id.
    """

    rows: dict[int, int] = field(default_factory=dict)
    exact: set[int] = field(default_factory=set)
    dropped: dict[int, bool] = field(default_factory=dict)

    def add(self, frame: int, row: int, *, is_dropped: bool, exact: bool) -> None:
        """Note a row."""
        if is_dropped:
            self.dropped[row] = exact
            return
        self.rows[frame] = row
        if exact:
            self.exact.add(frame)


@dataclass(frozen=True, slots=True)
class _Looked:
    """A box to be found: of which object, where, seen on which commit, and whether deleted."""

    i: int
    box: Box
    base: int
    is_dropped: bool = False


def find_claims(wishes: Sequence[Wish], nearby: Nearby) -> list[Found]:
    """Find each object's boxes of earlier labels, or what people set, in these labels.

    First by id, what was seen in these very labels; then what was seen in others, by place;
    then what people set on others and nothing was found for. A row goes to one object.
    """
    index = nearby.index
    found = [Found() for _ in wishes]
    taken: dict[int, int] = {}
    seen = _last_said(wishes)
    _find_by_id(seen, index, found, taken)
    elsewhere = [one for one in seen if one.base != index.labels.commit]
    _find_by_place(elsewhere, nearby, found, taken)
    _find_by_place(_set_elsewhere(wishes, index, found), nearby, found, taken)
    _drop_strays(wishes, index, found, nearby.config)
    return found


def _last_said(wishes: Sequence[Wish]) -> list[_Looked]:
    """Every box of earlier labels that edits mention, as what was said of it last."""
    last: dict[tuple[int, int, int], tuple[Order, _Looked]] = {}
    for i, wish in enumerate(wishes):
        said = [(claim, False) for claim in wish.claims.values()]
        said += [(claim, True) for claim in wish.dropped]
        for claim, is_dropped in said:
            box = claim.box
            which = claim.base, box.frame_idx, box.auto_track
            if which not in last or last[which][0] <= claim.edit.order:
                last[which] = claim.edit.order, _Looked(i, box, claim.base, is_dropped)
    return [one for _, one in last.values()]


def _find_by_id(
    seen: Sequence[_Looked], index: AutoIndex, found: list[Found], taken: dict[int, int]
) -> None:
    for one in seen:
        if one.base != index.labels.commit:
            continue
        frame = one.box.frame_idx
        row = index.row(one.box.auto_track, frame)
        if row is not None:
            taken[row] = one.i
            found[one.i].add(frame, row, is_dropped=one.is_dropped, exact=True)


def _set_elsewhere(wishes: Sequence[Wish], index: AutoIndex, found: list[Found]) -> list[_Looked]:
    return [
        _Looked(i, keyframe.box, keyframe.edit.base)
        for i, wish in enumerate(wishes)
        for frame, keyframe in wish.keyframes.items()
        if keyframe.edit.base != index.labels.commit and frame not in found[i].rows
    ]


def _find_by_place(
    boxes: Sequence[_Looked], nearby: Nearby, found: list[Found], taken: dict[int, int]
) -> None:
    looked: dict[int, list[_Looked]] = defaultdict(list)
    for one in boxes:
        # One object has one box a frame; by id is better than by place.
        if one.is_dropped or one.box.frame_idx not in found[one.i].rows:
            looked[one.box.frame_idx].append(one)
    for frame in sorted(looked):
        near = [nearby.of(one.box) for one in looked[frame]]
        free = sorted({row for rows in near for row in rows} - taken.keys())
        score = np.array([[rows.get(row, 0.0) for row in free] for rows in near])
        for a, b in assign(score):
            one = looked[frame][a]
            found[one.i].add(frame, free[b], is_dropped=one.is_dropped, exact=False)
            taken[free[b]] = one.i


def _drop_strays(
    wishes: Sequence[Wish], index: AutoIndex, found: list[Found], config: MatchConfig
) -> None:
    """A box that fits in one frame by chance makes no track of an object that is elsewhere.

    What was one track of earlier labels is judged together: of an object that people merged
    of several, each may be short.
    """
    track_id = index.labels.cuboids.track_id
    for wish, mine in zip(wishes, found, strict=True):
        pieces = _pieces(wish)
        votes: dict[tuple[int, Piece], list[int]] = defaultdict(list)
        for frame, row in mine.rows.items():
            votes[int(track_id[row]), pieces[frame]].append(frame)
        for (track, piece), hits in votes.items():
            if mine.exact.intersection(hits) or track == NO_TRACK:
                continue
            frames = [frame for frame, own in pieces.items() if own == piece]
            covered = np.isin(frames, index.labels.cuboids.frame_idx[index.by_track[track]])
            if len(hits) < config.track_share * np.count_nonzero(covered):
                for frame in hits:
                    del mine.rows[frame]


def _pieces(wish: Wish) -> dict[int, Piece]:
    """Commit and track of the earlier box in each frame; nothing where people set the first."""
    claims = {frame: (c.base, c.box.auto_track) for frame, c in wish.claims.items()}
    return {**dict.fromkeys(wish.keyframes), **claims}


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
