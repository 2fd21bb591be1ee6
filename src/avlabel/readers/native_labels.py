"""Truth of a native drive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.log import Truth
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ReadError
from avlabel.readers.csv_table import CsvTable, Kind, read_csv
from avlabel.readers.rig_pose import QUAT_TOLERANCE

LABELS: dict[str, Kind] = {
    "frame_idx": "int",
    "timestamp_ns": "int",
    "track_id": "int",
    "category": "text",
    "x_m": "float",
    "y_m": "float",
    "z_m": "float",
    "qw": "float",
    "qx": "float",
    "qy": "float",
    "qz": "float",
    "length_m": "float",
    "width_m": "float",
    "height_m": "float",
    "vx_mps": "float or nan",
    "vy_mps": "float or nan",
    "vz_mps": "float or nan",
    "num_points": "int",
    "visibility": "float or nan",
}


@dataclass(frozen=True, slots=True)
class NativeLabels:
    """The optional ``labels.csv``."""

    path: Path

    def read(self) -> Truth | None:
        """Cuboids in the recording's world, all around the car; None without a file.

        Raises:
            ReadError: naming line and column.
        """
        if not self.path.exists():
            return None
        table = read_csv(self.path, LABELS)
        _check(table)
        taxonomy = default_taxonomy()
        cuboids = Cuboids.build(
            "world",
            frame_idx=table.ints("frame_idx"),
            timestamp_ns=table.ints("timestamp_ns"),
            track_id=table.ints("track_id"),
            category=np.array([taxonomy.code(leaf) for leaf in table.texts("category")], np.int16),
            center=table.floats("x_m", "y_m", "z_m"),
            quat_wxyz=table.floats("qw", "qx", "qy", "qz"),
            size_lwh=table.floats("length_m", "width_m", "height_m"),
            velocity=table.floats("vx_mps", "vy_mps", "vz_mps"),
            num_points=table.ints("num_points"),
        )
        return Truth.all_around(cuboids)


def _check(table: CsvTable) -> None:
    leaves = default_taxonomy().leaves
    for row, category in enumerate(table.texts("category")):
        if category not in leaves:
            raise ReadError(
                f"{table.where(row)}: category: expected one of {', '.join(leaves)}, "
                f"got '{category}'"
            )
    norm = np.linalg.norm(table.floats("qw", "qx", "qy", "qz"), axis=1)
    _refuse(table, np.abs(norm - 1) > QUAT_TOLERANCE, "qw..qz: expected a quaternion of length 1")
    for name in ("length_m", "width_m", "height_m"):
        _refuse(table, table.floats(name)[:, 0] <= 0, f"{name}: expected more than 0")
    keys = np.column_stack([table.ints("frame_idx"), table.ints("track_id")]).tolist()
    tracked = [tuple(key) if key[1] >= 0 else row for row, key in enumerate(keys)]
    table.refuse_twins(tracked, "the track's box in that frame")


def _refuse(table: CsvTable, bad: np.ndarray, problem: str) -> None:
    if bad.any():
        raise ReadError(f"{table.where(int(np.flatnonzero(bad)[0]))}: {problem}")
