"""An island's automatic boxes and people's boxes put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.edits.index import NONE, AutoIndex
from avlabel.edits.laid import Laid
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
    auto = index.labels.cuboids
    ids = {one.wish.key: settled.tracks.get(one.wish.key) for one in settled.laid}
    track_of = {key: numbers[key] if track is None else track for key, track in ids.items()}
    boxes, row = _boxes(settled.laid, track_of, auto)
    claimed = np.concatenate([row[row >= 0], np.array(sorted(settled.removed), np.int64)])
    tracks = {*auto.track_id[claimed].tolist(), *settled.untouched.values()} - {NO_TRACK}
    rows = np.concatenate([NONE, *(index.by_track[track] for track in sorted(tracks))])
    rest = rows[~np.isin(rows, claimed)]
    return Assembled(
        cuboids=Cuboids.concatenate([boxes, auto.select(rest)]),
        auto_row=np.concatenate([row, rest]),
        n_touched=len(boxes),
        rows=rows,
        track_of_key={**settled.untouched, **track_of},
        category={one.wish.key: int(one.boxes.category[0]) for one in settled.laid},
    )


def _boxes(
    laid: Sequence[Laid], track_of: Mapping[str, int], auto: Cuboids
) -> tuple[Cuboids, Int64]:
    """Boxes of all objects, with their track ids, and the automatic row of each."""
    boxes = Cuboids.concatenate([Cuboids.empty("world"), *(one.boxes for one in laid)])
    ids = np.repeat([track_of[one.wish.key] for one in laid], [len(one.boxes) for one in laid])
    row = np.concatenate([NONE, *(one.path.row for one in laid)])
    # A box that replaces an automatic one keeps its cuboid_id.
    cuboid_id = np.where(row == NO_ROW, NO_ROW, auto.cuboid_id[row]) if len(auto) else row
    return replace(boxes, track_id=ids.astype(np.int64), cuboid_id=cuboid_id), row
