"""What most needs a person's eyes: one reason, one place, and how much of a need it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.core.findings import NOWHERE
from avlabel.core.odds import log_odds, probability
from avlabel.edits.model import Vector

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
    "no-box",
]
BY_PEOPLE: tuple[Kind, ...] = ("conflict", "flag")
"""What people wait for comes before what the labels themselves show."""
SCORE_WEIGHT = 1.3
"""How far the pipeline's score is believed; fitted by ``benchmarks/review_queue.py``."""
SURE = 0.99


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    Attributes:
        item_id: stable as long as the labels' commit is.
        kind: what it is about.
        reason: in words.
        frame_idx: where to look; ``NOWHERE`` for the scene as a whole.
        track_id: of the resolved labels; ``NO_TRACK`` for none.
        priority: 0 to 1, the chance that a person would change something, were this all that is
            known.
        center: x, y, z metres, world, of what has no box; None where there is one.
        time_ns: when a person caused it; 0 for what the labels themselves show.
    """

    item_id: str
    kind: Kind
    reason: str
    frame_idx: int = NOWHERE
    track_id: int = NO_TRACK
    priority: float = 0.5
    time_ns: int = 0
    center: Vector | None = None


Place = tuple[bool, float, int, float, str]
"""Items sort by it."""


def places(items: Sequence[Item], score: Mapping[int, float]) -> dict[str, Place]:
    """Where each item stands: by need of its object, all items of one object together.

    The log odds that an object needs a person are those of the pipeline's own doubt in it, plus
    those of each reason, as if they were independent. What is about no object stands alone.

    Args:
        items: in any order.
        score: of tracks, 0 to 1.
    """
    need, waited_for = needs(items, score), _waited_for(items)
    return {
        item.item_id: (
            not (item.kind in BY_PEOPLE or item.track_id in waited_for),
            -round(need.get(item.track_id, item.priority), 9),
            item.track_id,
            -item.priority,
            item.item_id,
        )
        for item in items
    }


def needs(items: Sequence[Item], score: Mapping[int, float]) -> dict[int, float]:
    """Chance that a person would change something about each object that items are about."""
    reasons: dict[int, float] = defaultdict(float)
    odds = log_odds([item.priority for item in items]).tolist()
    for item, more in zip(items, odds, strict=True):
        if item.track_id != NO_TRACK:
            reasons[item.track_id] += more if item.kind != "low-score" else 0.0
    believed = np.minimum([score.get(track, 0.5) for track in reasons], SURE)
    odds = np.array(list(reasons.values())) - SCORE_WEIGHT * log_odds(believed)
    return dict(zip(reasons, probability(odds).tolist(), strict=True))


def _waited_for(items: Sequence[Item]) -> set[int]:
    return {item.track_id for item in items if item.kind in BY_PEOPLE} - {NO_TRACK}


def spread(share: float, least: float, most: float) -> float:
    """A share of 0 to 1 as a priority between two bounds."""
    return float(least + (most - least) * min(max(share, 0.0), 1.0))
