"""Detections as the tracker sees them: time-ordered records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.taxonomy import Taxonomy

NONE = -1

OBSERVATION = np.dtype(
    [
        ("time_s", "f8"),
        ("x", "f8"),
        ("y", "f8"),
        ("z", "f8"),
        ("length", "f8"),
        ("width", "f8"),
        ("height", "f8"),
        ("yaw", "f8"),
        ("score", "f8"),
        ("max_speed", "f8"),
        ("typical_length", "f8"),
        ("typical_width", "f8"),
        ("parent", "i8"),
    ]
)
"""One detection: seconds from the first frame, metres, radians, metres a second; ``typical``
sizes are one standard deviation above the mean of its class."""


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """N detections in order of frames.

    Attributes:
        row: (N,) int64 row of each among the detections.
        frame: (N,) int64 position of its frame, ascending.
        records: (N,) ``OBSERVATION``.
    """

    row: Int64
    frame: Int64
    records: NDArray[Any]

    def __len__(self) -> int:
        """Number of observations."""
        return len(self.row)


def observe(cuboids: Cuboids, frames: Frames, taxonomy: Taxonomy) -> Observations:
    """Order detections by frame, then by row."""
    frame = frames.positions(cuboids.frame_idx)
    row = np.argsort(frame, kind="stable")
    boxes, category = cuboids.boxes[row], cuboids.category[row]
    records = np.zeros(len(row), OBSERVATION)
    records["time_s"] = (cuboids.timestamp_ns[row] - frames.ref_ns[0]) * 1e-9
    for k, name in enumerate(("x", "y", "z", "length", "width", "height", "yaw")):
        records[name] = boxes[:, k]
    records["score"] = cuboids.score[row]
    records["max_speed"] = taxonomy.max_speed_mps[category]
    typical = taxonomy.size_m[category] + taxonomy.size_std_m[category]
    records["typical_length"], records["typical_width"] = typical[:, 0], typical[:, 1]
    records["parent"] = taxonomy.coarse(category)
    return Observations(row, frame[row], records)


def reversed_in_time(observed: Observations) -> Observations:
    """The same observations with time running backward."""
    records = observed.records[::-1].copy()
    records["time_s"] *= -1
    last = observed.frame[-1] if len(observed) else 0
    return Observations(observed.row[::-1], last - observed.frame[::-1], records)
