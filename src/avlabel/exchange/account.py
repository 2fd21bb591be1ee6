"""What an export or an import could not carry, kept so that nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from avlabel.core.cuboids import Cuboids

FIELDS: Mapping[str, str] = {
    "track": "which boxes are one object",
    "tilt": "rotation other than about the vertical",
    "velocity": "velocity over ground",
    "score": "how sure the labels are",
    "num_points": "LiDAR points inside",
    "timestamp": "a box's own time; the time of its frame stands for it",
    "source": "whether a box is automatic, interpolated or a person's",
    "attributes": "free attributes that people set",
}
"""What a label holds besides class, place, heading and size."""


@dataclass(slots=True)
class Account:
    """Grows while labels are written or read.

    Attributes:
        left_out: by reason, what was left out: identifying facts of each box.
        fields_lost: by field, why.
        notes: anything else that a user should know, each once.
    """

    left_out: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fields_lost: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def drop(self, why: str, cuboids: Cuboids) -> None:
        """Boxes that were left out."""
        ids = zip(
            cuboids.frame_idx.tolist(),
            cuboids.track_id.tolist(),
            cuboids.cuboid_id.tolist(),
            strict=True,
        )
        names = ("frame_idx", "track_id", "cuboid_id")
        self.drop_rows(why, [dict(zip(names, row, strict=True)) for row in ids])

    def drop_rows(self, why: str, rows: Iterable[dict[str, Any]]) -> None:
        """Labels that were left out, by whatever tells them apart."""
        if rows := list(rows):
            self.left_out.setdefault(why, []).extend(rows)

    def lose(self, carried: Iterable[str]) -> None:
        """Note every field but those carried."""
        missing = [name for name in FIELDS if name not in set(carried)]
        self.fields_lost |= {name: FIELDS[name] for name in missing}

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)

    @property
    def n_left_out(self) -> int:
        """Number of boxes left out."""
        return sum(map(len, self.left_out.values()))

    def as_json(self) -> dict[str, Any]:
        """For the report beside the output."""
        return {
            "left_out": [
                {"why": why, "count": len(rows), "boxes": rows}
                for why, rows in self.left_out.items()
            ],
            "fields_lost": self.fields_lost,
            "notes": self.notes,
        }


def tilt_rad(cuboids: Cuboids) -> np.ndarray:
    """(N,) float64 radians between each box's own z axis and the vertical of its frame."""
    _, x, y, _ = cuboids.quat_wxyz.T
    return np.asarray(np.arccos(np.clip(1 - 2 * (x * x + y * y), -1.0, 1.0)))
