"""Where the sensors of a rig file sit: each says so in exactly one of three ways."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, InputError, NotARotationError
from avlabel.readers.toml_table import TomlTable, toml_string

QUAT_TOLERANCE = 1e-3
EXACT = 1e-12
"""A matrix this near to a rotation is taken as it stands, to the last bit."""
MAX_OFFSET_M = 200.0
WAYS = {
    "translation_m": ("translation_m", "rotation_wxyz"),
    "ego_from_sensor": ("ego_from_sensor",),
    "sensor_from_other": ("sensor_from_other", "other"),
}
EXPECTED = "translation_m and rotation_wxyz, or ego_from_sensor, or sensor_from_other and other"


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A sensor relative to the vehicle, or to another sensor if ``other`` is one."""

    table: TomlTable
    parent_from_sensor: SE3
    other: str


def read_poses(tables: Mapping[str, TomlTable]) -> dict[str, SE3]:
    """``ego_from_sensor`` of every sensor.

    Args:
        tables: the sensors' tables by id, LiDARs and cameras alike.

    Raises:
        CalibrationError: naming sensor and field.
    """
    placed = {sensor_id: _read(table) for sensor_id, table in tables.items()}
    poses = {sensor_id: _resolve(sensor_id, placed, ()) for sensor_id in placed}
    for sensor_id, pose in poses.items():
        _check_metres(placed[sensor_id], pose)
    return poses


def dump_pose(ego_from_sensor: SE3) -> str:
    """The fields of one sensor, which ``read_poses`` reads back to the last bit.

    A quaternion holds most rotation matrices only up to rounding; those are written as matrices.
    """
    quat_wxyz = ego_from_sensor.quat_wxyz
    read_back = SE3.from_quat(quat_wxyz, ego_from_sensor.translation)
    if np.array_equal(read_back.rotation, ego_from_sensor.rotation):
        return (
            f"translation_m = {ego_from_sensor.translation.tolist()}\n"
            f"rotation_wxyz = {quat_wxyz.tolist()}\n"
        )
    return _dump_matrix("ego_from_sensor", ego_from_sensor)


def view_comment(ego_from_sensor: SE3) -> str:
    """Where a camera looks, for people: degrees to the left, up, and clockwise about its view."""
    right, down, ahead = ego_from_sensor.rotation.T
    turns = (
        np.arctan2(ahead[1], ahead[0]),
        np.arctan2(ahead[2], np.hypot(ahead[0], ahead[1])),
        np.arctan2(-right[2], -down[2]),
    )
    left, up, rolled = (round(float(np.rad2deg(turn)), 2) + 0.0 for turn in turns)
    return f"# looks {left:g} degrees to the left, {up:g} up, rolled {rolled:g} clockwise\n"


def dump_relative_pose(sensor_from_other: SE3, other: str) -> str:
    """The fields of a sensor whose place is known relative to another one."""
    return f"other = {toml_string(other)}\n{_dump_matrix('sensor_from_other', sensor_from_other)}"


def _dump_matrix(name: str, pose: SE3) -> str:
    rows = "".join(f"  {row},\n" for row in pose.matrix.tolist())
    return f"{name} = [\n{rows}]\n"


def _read(table: TomlTable) -> _Placed:
    ways = [way for way, names in WAYS.items() if any(name in table.values for name in names)]
    if not ways:
        raise table.fail("translation_m", f"missing; expected {EXPECTED}")
    if len(ways) > 1:
        raise table.fail(
            ways[1],
            f"beside '{ways[0]}'; expected one way to say where the sensor sits: {EXPECTED}",
        )
    if ways[0] == "translation_m":
        return _Placed(table, _from_quat(table), "")
    if ways[0] == "ego_from_sensor":
        return _Placed(table, _from_matrix(table, "ego_from_sensor"), "")
    sensor_from_other = _from_matrix(table, "sensor_from_other")
    return _Placed(table, sensor_from_other.inverse(), table.text("other"))


def _from_quat(table: TomlTable) -> SE3:
    translation_m = table.numbers("translation_m", (3,))
    quat_wxyz = table.numbers("rotation_wxyz", (4,))
    norm = math.hypot(*quat_wxyz)
    if abs(norm - 1) > QUAT_TOLERANCE:
        raise NotARotationError(
            f"{table.where}: field 'rotation_wxyz': not a rotation; expected a quaternion of "
            f"length 1, got {norm:.6g}"
        )
    return SE3.from_quat(quat_wxyz, translation_m)


def _from_matrix(table: TomlTable, name: str) -> SE3:
    matrix = table.matrix(name, 4, 4)
    if not np.array_equal(matrix[3], [0, 0, 0, 1]):
        hint = "; is it transposed?" if np.array_equal(matrix[:, 3], [0, 0, 0, 1]) else ""
        raise table.fail(name, f"expected the last row 0 0 0 1, got {matrix[3].tolist()}{hint}")
    rotation = matrix[:3, :3]
    if _is_exact(rotation):
        return SE3(rotation.copy(), matrix[:3, 3].copy())
    try:
        return SE3.from_matrix(matrix)
    except CalibrationError as error:
        raise type(error)(f"{table.where}: field '{name}': {error}") from error


def _is_exact(rotation: Float64) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(rotation @ rotation.T - np.eye(3)).max()
        return bool(error <= EXACT and np.linalg.det(rotation) > 0)


def _resolve(sensor_id: str, placed: Mapping[str, _Placed], chain: tuple[str, ...]) -> SE3:
    """Follow ``other`` up to a sensor that says where it sits on the vehicle."""
    sensor = placed[sensor_id]
    if not sensor.other:
        return sensor.parent_from_sensor
    if sensor.other not in placed:
        raise _unknown(sensor, sensor_id, placed)
    if sensor.other in (*chain, sensor_id):
        loop = " -> ".join((*chain, sensor_id, sensor.other))
        raise sensor.table.fail("other", f"goes round in a circle: {loop}; expected one in ego")
    return _resolve(sensor.other, placed, (*chain, sensor_id)) @ sensor.parent_from_sensor


def _check_metres(sensor: _Placed, ego_from_sensor: SE3) -> None:
    """Millimetres are the usual mistake."""
    far_m = np.abs(ego_from_sensor.translation).max()
    if not far_m <= MAX_OFFSET_M:
        raise sensor.table.fail(
            next(name for names in WAYS.values() for name in names if name in sensor.table.values),
            f"expected metres, at most {MAX_OFFSET_M:g} from the vehicle, got {far_m:g}",
        )


def _unknown(sensor: _Placed, sensor_id: str, placed: Mapping[str, _Placed]) -> InputError:
    others = ", ".join(name for name in placed if name != sensor_id) or "none"
    return sensor.table.fail("other", f"expected another sensor ({others}), got '{sensor.other}'")
