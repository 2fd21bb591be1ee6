"""What deletions take away of the automatic labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.edits.affinity import affinity
from avlabel.edits.conflicts import Conflict
from avlabel.edits.found import Found
from avlabel.edits.index import AutoIndex
from avlabel.edits.model import Edit, Vector
from avlabel.edits.spread import Rows
from avlabel.edits.wishes import Wish


@dataclass(slots=True)
class Suppressed:
    """Rows after deletions.

    Attributes:
        rows: of each object, by frame, without what was deleted.
        removed: rows that were deleted.
        conflicts: deletions that cut a longer track.
    """

    rows: list[dict[int, int]]
    removed: list[int] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def suppress(
    wishes: Sequence[Wish], found: Sequence[Found], rows: Rows, index: AutoIndex
) -> Suppressed:
    """Take away deleted boxes, and the rest of tracks most of which was deleted.

    A deleted track takes all of an automatic track with it if these labels are those that the
    person saw, or if it overlaps at least half of the boxes; else only what it overlaps. Of
    tracks that a person merged, boxes that double others go as well.
    """
    out = Suppressed(rows.own)
    for i, wish in enumerate(wishes):
        own = rows.own[i]
        out.removed += found[i].dropped
        if wish.linked:
            out.removed += [row for row in rows.spare[i] if _doubles(row, own, index)]
        if wish.gone is not None:
            # Its own track in these very labels.
            out.removed += own.values()
            own.clear()
        for frame in sorted(wish.removals.keys() & own.keys() - wish.keyframes.keys()):
            out.removed.append(own.pop(frame))
    owned = {row for own in out.rows for row in own.values()}
    for i, wish in enumerate(wishes):
        if wish.gone is not None:
            _remove_rest(wish.gone, found[i], owned, index, out)
    return out


def _doubles(row: int, own: dict[int, int], index: AutoIndex) -> bool:
    cuboids = index.labels.cuboids
    other = own[int(cuboids.frame_idx[row])]
    pair = cuboids.select(np.array([row, other]))
    places = pair.bev, pair.center[:, 2], index.labels.taxonomy.coarse(pair.category)
    return bool(affinity(places, places)[0, 1] > 0)


def _remove_rest(
    gone: Edit, found: Found, owned: set[int], index: AutoIndex, out: Suppressed
) -> None:
    cuboids = index.labels.cuboids
    hits: dict[int, list[int]] = defaultdict(list)
    for row in found.dropped:
        hits[int(cuboids.track_id[row])].append(row)
    for track, dropped in sorted(hits.items()):
        rest = set(index.by_track[track].tolist()) - set(out.removed) - owned
        if track == NO_TRACK or not rest:
            continue
        if any(found.dropped[row] for row in dropped) or len(dropped) >= len(rest):
            out.removed += sorted(rest)
            continue
        message = (
            f"'{gone.name}' deleted a track; these labels see a longer one there, of "
            f"{len(rest) + len(dropped)} boxes, of which {len(dropped)} were taken away"
        )
        frame = int(cuboids.frame_idx[dropped[0]])
        place: Vector = tuple(cuboids.center[dropped[0]].tolist())
        conflict = Conflict.of("cuts-track", gone, message, frame, place)
        out.conflicts.append(replace(conflict, track_id=track))
