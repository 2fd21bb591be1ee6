"""A parsed YAML or JSON mapping whose every complaint says where in the file it is."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import CameraModel, camera_model
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, NotARotationError
from avlabel.readers.files import is_number

QUAT_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """A mapping.

    Attributes:
        where: file and path within it, as errors name them.
        values: what is there.
    """

    where: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, where: str, values: object) -> Mapped:
        """Wrap what a parser gave.

        Raises:
            CalibrationError: if it is no mapping of names.
        """
        if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
            raise CalibrationError(f"{where}: expected names and values, got {_short(values)}")
        return cls(where, values)

    def fail(self, name: str, problem: str) -> CalibrationError:
        """An exception that names file, place and field."""
        return CalibrationError(f"{self.where}: field '{name}': {problem}")

    def has(self, name: str) -> bool:
        """Whether a field is there and not empty."""
        return self.values.get(name) is not None

    def take(self, *names: str) -> Any:
        """Value of the first of several names that is there."""
        for name in names:
            if self.has(name):
                return self.values[name]
        raise self.fail(names[0], f"missing; expected it beside {', '.join(self.values)}")

    def at(self, name: str) -> Mapped:
        """A mapping within this one."""
        return Mapped.of(f"{self.where}: {name}", self.take(name))

    def number(self, name: str) -> float:
        """A finite number."""
        value = _number(self.take(name))
        if value is None:
            raise self.fail(name, f"expected a finite number, got {_short(self.values[name])}")
        return value

    def integer(self, *names: str) -> int:
        """A whole number above 0."""
        value = self.take(*names)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.fail(names[0], f"expected a whole number above 0, got {_short(value)}")
        return value

    def text(self, *names: str) -> str:
        """A string."""
        value = self.take(*names)
        if not isinstance(value, str):
            raise self.fail(names[0], f"expected a string, got {_short(value)}")
        return value

    def numbers(self, *names: str) -> Float64:
        """(N,) finite numbers: a list, or the ``data`` of a mapping."""
        value = self.take(*names)
        if isinstance(value, Mapping):
            return Mapped(f"{self.where}: {names[0]}", value).numbers("data")
        numbers = [_number(item) for item in value] if isinstance(value, list) else [None]
        if None in numbers:
            raise self.fail(names[0], f"expected a list of finite numbers, got {_short(value)}")
        return np.array(numbers, np.float64)

    def matrix(self, shape: tuple[int, int], *names: str) -> Float64:
        """Finite numbers of a shape: row by row in one list, or a list a row."""
        value = self.take(*names)
        if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
            if [len(row) for row in value] != [shape[1]] * shape[0]:
                lengths = ", ".join(str(len(row)) for row in value)
                raise self.fail(
                    names[0], f"expected {shape[0]} rows of {shape[1]}, got rows of {lengths}"
                )
            value = [number for row in value for number in row]
        numbers = Mapped(self.where, {names[0]: value}).numbers(names[0])
        if len(numbers) != shape[0] * shape[1]:
            raise self.fail(
                names[0], f"has {len(numbers)} values; expected {shape[0]} x {shape[1]}"
            )
        return numbers.reshape(shape)

    def pose(self, name: str) -> SE3:
        """A 4 x 4 matrix.

        Raises:
            NotARotationError, MirroredRotationError: naming file and field.
        """
        matrix = self.matrix((4, 4), name)
        if not np.allclose(matrix[3], [0, 0, 0, 1]):
            raise self.fail(name, f"expected the last row 0 0 0 1, got {matrix[3].tolist()}")
        try:
            return SE3.from_matrix(matrix)
        except CalibrationError as error:
            raise type(error)(f"{self.where}: field '{name}': {error}") from error

    def pose_from_quat(self, quat_wxyz: Float64, translation_m: Float64) -> SE3:
        """A pose out of the numbers of this mapping.

        Raises:
            NotARotationError: if the quaternion is not of length 1 within 0.001.
        """
        norm = math.hypot(*quat_wxyz)
        if not abs(norm - 1) <= QUAT_TOLERANCE:
            raise NotARotationError(
                f"{self.where}: not a rotation; expected a quaternion of length 1, got {norm:.6g}"
            )
        return SE3.from_quat(quat_wxyz, translation_m)

    def camera_model(
        self, name: str, size_px: tuple[int, int], k: Float64, distortion: Float64
    ) -> CameraModel:
        """Optics out of a 3 x 3 camera matrix.

        Raises:
            CalibrationError: naming file and camera.
        """
        if not (np.allclose(k[2], [0, 0, 1]) and np.allclose([k[0, 1], k[1, 0]], 0)):
            raise CalibrationError(
                f"{self.where}: camera matrix: expected fx 0 cx, 0 fy cy, 0 0 1 (no skew), "
                f"got {k.tolist()}"
            )
        intrinsics = np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]])
        try:
            return camera_model(name, *size_px, intrinsics, distortion)
        except CalibrationError as error:
            raise type(error)(f"{self.where}: {error}") from error


def _number(value: object) -> float | None:
    """A finite number; YAML 1.1 reads ``1e-05`` as text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if is_number(value) else None


def _short(value: object) -> str:
    text = reprlib.repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
