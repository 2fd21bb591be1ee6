"""Automatic boxes that boxes of other labels may be, each looked up once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from avlabel.edits.affinity import DEFAULTS, MatchConfig, affinity, bev_of, parents_of
from avlabel.edits.index import NONE, AutoIndex
from avlabel.edits.model import Box


class Nearby:
    """Automatic boxes that fit a box of other labels, in its frame.

    Args:
        index: automatic labels.
        config: when two boxes fit.
    """

    def __init__(self, index: AutoIndex, config: MatchConfig = DEFAULTS) -> None:
        self.index, self.config = index, config
        self._known: dict[Box, Mapping[int, float]] = {}

    def of(self, box: Box) -> Mapping[int, float]:
        """Affinity by row, of the rows where it is not 0."""
        if box not in self._known:
            self.look([box])
        return self._known[box]

    def look(self, boxes: Iterable[Box]) -> None:
        """Look many up at once, all of a frame together."""
        here: dict[int, list[Box]] = defaultdict(list)
        for box in dict.fromkeys(boxes):
            if box not in self._known:
                here[box.frame_idx].append(box)
        for frame, those in here.items():
            rows = self.index.by_frame.get(frame, NONE)
            for box, score in zip(those, self._score(those, rows), strict=True):
                fits = np.flatnonzero(score)
                near = zip(rows[fits].tolist(), score[fits].tolist(), strict=True)
                self._known[box] = dict(near)

    def _score(self, boxes: list[Box], rows: np.ndarray) -> np.ndarray:
        taxonomy, there = self.index.labels.taxonomy, self.index.labels.cuboids.select(rows)
        return affinity(
            (*bev_of(boxes), parents_of(boxes, taxonomy)),
            (there.bev, there.center[:, 2], taxonomy.coarse(there.category)),
            self.config,
        )
