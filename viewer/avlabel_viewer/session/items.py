"""What most needs a person's eyes: one reason, one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.core.findings import NOWHERE

Kind = Literal[
    "conflict",
    "flag",
    "finding",
    "low-score",
    "camera-differs",
    "camera-misses",
    "broken-track",
    "ends-in-view",
    "short-track",
    "size-varies",
    "few-points",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    Attributes:
        item_id: stable as long as the labels' commit is.
        kind: what it is about.
        reason: in words.
        frame_idx: where to look; ``NOWHERE`` for the scene as a whole.
        track_id: of the resolved labels; ``NO_TRACK`` for none.
        priority: 0 to 1, a rough chance that a person would change something here.
        time_ns: when a person caused it; 0 for what the labels themselves show.
    """

    item_id: str
    kind: Kind
    reason: str
    frame_idx: int = NOWHERE
    track_id: int = NO_TRACK
    priority: float = 0.5
    time_ns: int = 0


Place = tuple[float, int, float, str]
"""Items sort by it."""


def places(items: Sequence[Item]) -> dict[str, Place]:
    """Where each item stands: by need of its object, items of one object together.

    An object's need is the chance that at least one of its reasons is real, were they
    independent. What is about no object stands alone.
    """
    doubt: dict[int, float] = defaultdict(lambda: 1.0)
    for item in items:
        if item.track_id != NO_TRACK:
            doubt[item.track_id] *= 1.0 - item.priority
    return {
        item.item_id: (
            -round(_need(item, doubt), 9),
            item.track_id,
            -item.priority,
            item.item_id,
        )
        for item in items
    }


def _need(item: Item, doubt: dict[int, float]) -> float:
    return item.priority if item.track_id == NO_TRACK else 1.0 - doubt[item.track_id]


def spread(score: float, least: float, most: float) -> float:
    """A score of 0 to 1 as a priority between two bounds."""
    return float(least + (most - least) * np.clip(score, 0.0, 1.0))
