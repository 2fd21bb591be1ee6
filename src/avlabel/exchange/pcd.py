"""Point clouds as PCD 0.7, binary."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float32


def pcd_bytes(points: Float32) -> bytes:
    """A file's content of (N, 4) float32 x, y, z, intensity."""
    header = [
        "# .PCD v0.7 - Point Cloud Data file format",
        "VERSION 0.7",
        "FIELDS x y z intensity",
        "SIZE 4 4 4 4",
        "TYPE F F F F",
        "COUNT 1 1 1 1",
        f"WIDTH {len(points)}",
        "HEIGHT 1",
        "VIEWPOINT 0 0 0 1 0 0 0",
        f"POINTS {len(points)}",
        "DATA binary\n",
    ]
    return "\n".join(header).encode() + np.ascontiguousarray(points, "<f4").tobytes()
