"""nuScenes' clouds of the HDL-32E: float32 x, y, z, intensity, ring, in the order of firing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float32, Int16, Int32
from avlabel.readers.files import read_float32_rows

BEAMS = 32
FIRING_NS = 46_080
"""From one firing of all beams to the next (Velodyne HDL-32E manual); 1084 make a turn."""
TURN_NS = 50_000_000
MAX_TURNS = 2
"""A file of more firings than of so many turns is no sweep, and its order tells no times."""


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """N points.

    Attributes:
        points_lidar: (N, 3) float32 metres, as the LiDAR would have seen them at its time.
        intensity: (N,) int16, 0 to 255.
        ring: (N,) int16, -1 where unknown.
        before_ns: (N,) int32, how much earlier than the file's time each was measured; None where
            the order does not tell.
    """

    points_lidar: Float32
    intensity: Int16
    ring: Int16
    before_ns: Int32 | None


def read_cloud(path: Path) -> Cloud:
    """Read a ``.pcd.bin``.

    Files list firing after firing, in each the 32 beams from the lowest; the file's time is that
    of the last. Measured: with the car's motion put back by these times, the beams of a real
    sweep turn evenly within 0.02 degrees; by no times they stray by a degree.

    Raises:
        ReadError: if the file is missing, empty or truncated.
    """
    rows = read_float32_rows(path, 5)
    intensity = np.nan_to_num(rows[:, 3], nan=0.0).clip(0, 255)
    return Cloud(
        rows[:, :3], np.rint(intensity).astype(np.int16), _rings(rows[:, 4]), _before(rows[:, 4])
    )


def _rings(stored: Float32) -> Int16:
    stored = np.nan_to_num(stored, nan=-1.0)
    known = np.isin(stored, np.arange(BEAMS, dtype=np.float32))
    return np.where(known, stored, -1).astype(np.int16)


def _before(stored: Float32) -> Int32 | None:
    firings, rest = divmod(len(stored), BEAMS)
    in_order = rest == 0 and bool((stored.reshape(-1, BEAMS) == np.arange(BEAMS)).all())
    if not in_order or firings * FIRING_NS > MAX_TURNS * TURN_NS:
        return None
    return np.repeat(np.arange(firings)[::-1] * FIRING_NS, BEAMS).astype(np.int32)
