"""An island's automatic boxes and people's boxes put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.edits.index import NONE, AutoIndex
from avlabel.edits.path import NO_ROW
from avlabel.edits.settle import Settled


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """All boxes of the tracks that an island concerns, and whose they are.

    Attributes:
        cuboids: N boxes: of the objects that were touched, then automatic ones as they were.
        auto_row: (N,) int64 row of each automatic box, -1 for others.
        n_touched: how many are of objects that were touched.
        rows: (R,) int64 every automatic row of these tracks.
        track_of_key: track id of each object that has boxes.
        category: class of each object that was touched, by key.
    """

    cuboids: Cuboids
    auto_row: Int64
    n_touched: int
    rows: Int64
    track_of_key: Mapping[str, int]
    category: Mapping[str, int]

    @property
    def touched(self) -> Cuboids:
        """Boxes of the objects that were touched."""
        return self.cuboids.select(slice(self.n_touched))


def assemble(settled: Settled, numbers: Mapping[str, int], index: AutoIndex) -> Assembled:
    """Give objects their numbers, and set them among what is left of the automatic tracks.

    Args:
        settled: objects of an island.
        numbers: of tracks that people made, by key.
        index: automatic labels.
    """
    auto, laid = index.labels.cuboids, settled.laid
    ids = {one.wish.key: settled.tracks.get(one.wish.key) for one in laid}
    track_of = {key: numbers[key] if track is None else track for key, track in ids.items()}
    row = np.concatenate([NONE, *(one.path.row for one in laid)])
    claimed = np.concatenate([row[row != NO_ROW], np.array(sorted(settled.removed), np.int64)])
    tracks = {*auto.track_id[claimed].tolist(), *settled.untouched.values()} - {NO_TRACK}
    rows = np.concatenate([NONE, *(index.by_track[track] for track in sorted(tracks))])
    rest = rows[~np.isin(rows, claimed)]
    boxes = Cuboids.concatenate([*(one.boxes for one in laid), auto.select(rest)])
    n_boxes = [len(one.boxes) for one in laid]
    boxes.track_id[: len(row)] = np.repeat([track_of[one.wish.key] for one in laid], n_boxes)
    # A box that replaces an automatic one keeps its cuboid_id.
    boxes.cuboid_id[: len(row)][row != NO_ROW] = auto.cuboid_id[row[row != NO_ROW]]
    return Assembled(
        cuboids=boxes,
        auto_row=np.concatenate([row, rest]),
        n_touched=len(row),
        rows=rows,
        track_of_key={**settled.untouched, **track_of},
        category={one.wish.key: int(one.boxes.category[0]) for one in laid},
    )
