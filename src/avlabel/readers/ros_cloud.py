"""``sensor_msgs/PointCloud2``: any fields, at any offset, of any type and byte order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.core.arrays import BoolArray, Float32, Int16
from avlabel.errors import ReadError
from avlabel.readers.point_times import time_field

DATATYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}
"""NumPy's names of ``sensor_msgs/PointField``'s datatypes."""
INTENSITY_FIELDS = ("intensity", "intensities", "i", "reflectivity")
RING_FIELDS = ("ring", "line", "channel", "laser_id")
MAX_POINTS = 20_000_000
MAX_STEP = 4096
"""Bytes of a point; the largest drivers' have 48."""


@dataclass(frozen=True, slots=True, eq=False)
class RosCloud:
    """One cloud, its fields not copied yet.

    Attributes:
        where: bag, topic and time, for messages.
        points: (N,) structured, a view of the message.
    """

    where: str
    points: NDArray[Any]

    @classmethod
    def of(cls, message: Any, where: str) -> RosCloud:
        """Look at a message.

        Raises:
            ReadError: if its sizes do not fit together, or x, y or z is missing.
        """
        step, width, height = int(message.point_step), int(message.width), int(message.height)
        _check_sizes(message, where)
        dtype = np.dtype(
            {**_layout(message, where), "itemsize": step}  # type: ignore[call-overload]
        )
        names = dtype.names or ()
        if missing := [axis for axis in "xyz" if axis not in names]:
            raise ReadError(
                f"{where}: field '{missing[0]}' is missing; there are {', '.join(names) or 'none'}"
            )
        if not width * height:
            return cls(where, np.zeros(0, dtype))
        data = np.frombuffer(message.data, np.uint8)
        strides = (int(message.row_step), step)
        rows: NDArray[Any] = np.ndarray((height, width), dtype, data, strides=strides)
        return cls(where, rows.reshape(-1))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields."""
        return self.points.dtype.names or ()

    def xyz_m(self) -> Float32:
        """(N, 3) sensor frame; may hold NaN. What float32 cannot hold becomes infinite."""
        with np.errstate(over="ignore"):
            return np.column_stack([self.points[axis] for axis in "xyz"]).astype(np.float32)

    def returns(self) -> BoolArray:
        """(N,) bool: hit something. Drivers write NaN or the origin where nothing came back."""
        xyz = self.xyz_m()
        return np.asarray(np.isfinite(xyz).all(axis=1) & (xyz != 0).any(axis=1))

    def intensity(self, name: str, scale: float) -> Int16:
        """(N,) of the field ``name``, by default the first that is known; 0 if there is none."""
        chosen = name or known_field(self.names, INTENSITY_FIELDS)
        if chosen is None:
            return np.zeros(len(self.points), np.int16)
        values = np.nan_to_num(self.column(chosen).astype(np.float64) * scale)
        return np.clip(np.rint(values), 0, np.iinfo(np.int16).max).astype(np.int16)

    def ring(self) -> Int16:
        """(N,) beam numbers; -1 if there are none."""
        name = known_field(self.names, RING_FIELDS)
        if name is None or self.points.dtype[name].kind not in "iu":
            return np.full(len(self.points), -1, np.int16)
        return np.clip(self.column(name).astype(np.int64), -1, 32767).astype(np.int16)

    def times(self, name: str) -> NDArray[Any] | None:
        """(N,) as stored, in the machine's byte order; None if there are none."""
        chosen = name or time_field(self.names)
        if chosen is None:
            return None
        column = self.column(chosen)
        return column.astype(column.dtype.newbyteorder("="))

    def column(self, name: str) -> NDArray[Any]:
        """(N,) one field.

        Raises:
            ReadError: if it is missing.
        """
        if name not in self.names:
            raise ReadError(
                f"{self.where}: field '{name}' is missing; there are {', '.join(self.names)}"
            )
        return np.asarray(self.points[name])


def known_field(names: tuple[str, ...], known: tuple[str, ...]) -> str | None:
    """The first of the ``known`` fields that a cloud has; capitals do not matter."""
    by_name = {name.lower(): name for name in names}
    return next((by_name[name] for name in known if name in by_name), None)


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
