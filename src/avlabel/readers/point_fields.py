"""Points with named fields, as bags and point-cloud files store them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.core.arrays import BoolArray, Float32, Int16
from avlabel.errors import ReadError
from avlabel.readers.point_times import time_field

INTENSITY_FIELDS = ("intensity", "intensities", "i", "reflectivity", "scalar_intensity")
RING_FIELDS = ("ring", "line", "channel", "laser_id")
MAX_POINTS = 20_000_000
MAX_STEP = 4096
"""Bytes of a point; the largest drivers' have 48."""


@dataclass(frozen=True, slots=True, eq=False)
class PointFields:
    """One cloud, its fields not copied yet.

    Attributes:
        where: file, or bag, topic and time, for messages.
        points: (N,) structured.

    Raises:
        ReadError: if x, y or z is missing.
    """

    where: str
    points: NDArray[Any]

    def __post_init__(self) -> None:
        for axis in "xyz":
            self.column(axis)

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
        if name is None:
            return np.full(len(self.points), -1, np.int16)
        values = np.nan_to_num(self.column(name).astype(np.float64), nan=-1)
        return np.clip(np.rint(values), -1, np.iinfo(np.int16).max).astype(np.int16)

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
            there = ", ".join(self.names) or "none"
            raise ReadError(f"{self.where}: field '{name}' is missing; there are {there}")
        return np.asarray(self.points[name])

    def unit_scale(self) -> float:
        """255 where intensities run from 0 to 1, which simulators and some drivers write."""
        name = known_field(self.names, INTENSITY_FIELDS)
        if name is None or self.points.dtype[name].kind != "f" or not len(self.points):
            return 1.0
        return 255.0 if np.nanmax(self.column(name), initial=0.0) <= 1.0 else 1.0


def known_field(names: tuple[str, ...], known: tuple[str, ...]) -> str | None:
    """The first of the ``known`` fields that a cloud has; capitals do not matter."""
    by_name = {name.lower(): name for name in names}
    return next((by_name[name] for name in known if name in by_name), None)
