"""Which automatic boxes an object's own boxes are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.affinity import MatchConfig
from avlabel.edits.index import AutoIndex
from avlabel.edits.wishes import Wish

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

    def copy(self) -> Found:
        """Another to which more can be added."""
        return Found(dict(self.rows), set(self.exact), dict(self.dropped))


def drop_strays(wish: Wish, found: Found, index: AutoIndex, config: MatchConfig) -> None:
    """A box that fits in one frame by chance makes no track of an object that is elsewhere.

    What was one track of earlier labels is judged together: of an object that people merged
    of several, each may be short.
    """
    if not found.rows.keys() - found.exact:
        return
    pieces, cuboids = _pieces(wish), index.labels.cuboids
    votes: dict[tuple[int, Piece], list[int]] = defaultdict(list)
    for frame, row in found.rows.items():
        votes[int(cuboids.track_id[row]), pieces[frame]].append(frame)
    for (track, piece), hits in votes.items():
        if found.exact.intersection(hits) or track == NO_TRACK:
            continue
        frames = [frame for frame, own in pieces.items() if own == piece]
        covered = np.isin(frames, cuboids.frame_idx[index.by_track[track]])
        if len(hits) < config.track_share * np.count_nonzero(covered):
            for frame in hits:
                del found.rows[frame]


def _pieces(wish: Wish) -> dict[int, Piece]:
    """Commit and track of the earlier box in each frame; nothing where people set the first."""
    claims = {frame: (c.base, c.box.auto_track) for frame, c in wish.claims.items()}
    return {**dict.fromkeys(wish.keyframes), **claims}
