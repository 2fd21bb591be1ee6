"""``sensor_msgs/PointCloud2``: any fields, at any offset, of any type and byte order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.errors import ReadError
from avlabel.readers.point_fields import MAX_POINTS, MAX_STEP, PointFields

DATATYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}
"""NumPy's names of ``sensor_msgs/PointField``'s datatypes."""


def read_cloud(message: Any, where: str) -> PointFields:
    """Look at a message; its data are not copied.

    Raises:
        ReadError: if its sizes do not fit together, or x, y or z is missing.
    """
    step, width, height = int(message.point_step), int(message.width), int(message.height)
    _check_sizes(message, where)
    dtype = np.dtype(
        {**_layout(message, where), "itemsize": step}  # type: ignore[call-overload]
    )
    if not width * height:
        return PointFields(where, np.zeros(0, dtype))
    data = np.frombuffer(message.data, np.uint8)
    strides = (int(message.row_step), step)
    rows: NDArray[Any] = np.ndarray((height, width), dtype, data, strides=strides)
    return PointFields(where, rows.reshape(-1))


def _check_sizes(message: Any, where: str) -> None:
    step, width, height = int(message.point_step), int(message.width), int(message.height)
    if width * height > MAX_POINTS:
        raise ReadError(f"{where}: expected at most {MAX_POINTS} points, got {width} x {height}")
    if not 1 <= step <= MAX_STEP:
        raise ReadError(f"{where}: point_step: expected 1 to {MAX_STEP}, got {step}")
    if not width * height:
        return
    if int(message.row_step) < width * step:
        raise ReadError(
            f"{where}: row_step: expected at least {width} x {step} bytes, got {message.row_step}"
        )
    needed = (height - 1) * int(message.row_step) + width * step
    if len(message.data) < needed:
        raise ReadError(
            f"{where}: expected {needed} bytes for {width} x {height} points of {step} bytes, "
            f"got {len(message.data)}"
        )


def _layout(message: Any, where: str) -> dict[str, list[Any]]:
    """Names, types and offsets of the fields; of fields with several values, the first."""
    order = ">" if message.is_bigendian else "<"
    layout: dict[str, list[Any]] = {"names": [], "formats": [], "offsets": []}
    for field in message.fields:
        name, offset = str(field.name), int(field.offset)
        kind = DATATYPES.get(int(field.datatype))
        if kind is None:
            raise ReadError(
                f"{where}: field '{name}': expected datatype 1 to 8, got {field.datatype}"
            )
        if offset + int(kind[1]) > int(message.point_step):
            raise ReadError(
                f"{where}: field '{name}': expected it within point_step {message.point_step}, "
                f"got offset {offset} of {kind}"
            )
        if not name or name in layout["names"]:
            continue  # Padding has no name or the same one again.
        layout["names"].append(name)
        layout["formats"].append(order + kind)
        layout["offsets"].append(offset)
    return layout
