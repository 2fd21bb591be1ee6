"""ASAM OpenLABEL 1.0.0: cuboids in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, ReadError
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_ego
from avlabel.readers.files import read_json
from avlabel.readers.json_fields import Node

VEHICLE, WORLD = "vehicle-iso8855", "world"
MAX_DEPTH = 16
NS_A_S = 1_000_000_000


def read(path: Path, target: Target) -> Incoming:
    """Cuboids of a file, or of the one ``.json`` file in a folder that is OpenLABEL.

    Frames are those of the scene by ``timestamp`` (seconds) where there is one, else by number.
    A cuboid without a coordinate system is the vehicle's. Sensors' poses are those of the file;
    the vehicle's are the scene's own, but for cuboids in a root that is not the vehicle, which is
    taken for the recording's own world.

    Raises:
        ReadError: naming file and place.
    """
    file = path / "labels.json" if path.is_dir() else path
    root = Node(read_json(file), str(file))["openlabel"]
    version = root["metadata"]["schema_version"].text()
    if not version.startswith("1."):
        raise ReadError(f"{file}: expected schema version 1.x, got {version!r}")
    kinds = {key: one["type"].text() for key, one in root["objects"].items()}
    systems = _Systems(root.get("coordinate_systems"), target)
    rows, times = [], []
    for key, frame in root["frames"].items():
        frame_row = _frame_row(key, frame, target)
        for name, cuboid in _cuboids(frame):
            if name not in kinds:
                raise ReadError(f"{cuboid.where}: object '{name}' is not in 'objects'")
            rows.append(_row(cuboid, name, kinds[name], frame_row, systems))
            times.append(_time(cuboid))
    return from_ego(rows, target, np.array(times, np.int64))


def _cuboids(frame: Node) -> Iterator[tuple[str, Node]]:
    """Names of objects and their first cuboid in a frame; those without a value are absent."""
    objects = frame.get("objects")
    for name, one in objects.items() if objects else ():
        data = one.get("object_data")
        listed = data.get("cuboid") if data else None
        for cuboid in listed or ():
            if cuboid.get("val") is not None:
                yield name, cuboid
                break


def _frame_row(key: str, frame: Node, target: Target) -> int:
    properties = frame.get("frame_properties")
    timestamp = properties.get("timestamp") if properties else None
    if timestamp is None:
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise ReadError(f"{frame.where}: expected a frame number, got {key[:40]!r}")
        return int(target.rows_of(np.array([int(key)]))[0])
    if isinstance(timestamp.value, str):
        try:
            timestamp = Node(float(timestamp.value), timestamp.where)
        except ValueError:
            raise ReadError(
                f"{timestamp.where}: expected seconds, got {timestamp.value[:40]!r}"
            ) from None
    seconds = timestamp.number()
    if abs(seconds) >= 4e9:
        raise ReadError(f"{timestamp.where}: expected seconds, got {seconds:g}")
    return int(target.rows_at(np.array([round(seconds * NS_A_S)]))[0])


def _row(cuboid: Node, name: str, kind: str, frame_row: int, systems: _Systems) -> LabelRow:
    val, system = cuboid["val"], cuboid.get("coordinate_system")
    numbers, quat = _numbers(val)
    try:
        pose = SE3.from_quat(quat, numbers[:3])
        from_system = systems.ego_from(system.text() if system else VEHICLE, frame_row, cuboid)
    except CalibrationError as error:
        raise ReadError(f"{val.where}: {error}") from error
    placed = from_system @ pose
    return LabelRow(
        frame_row,
        name,
        kind,
        cuboid.where,
        placed.translation.tolist(),
        numbers[-3:],
        placed.quat_wxyz.tolist(),
        _score(cuboid),
    )


def _numbers(val: Node) -> tuple[list[float], list[float]]:
    """9 or 10 numbers, and the quaternion w, x, y, z among them."""
    if not isinstance(val.value, list) or len(val.value) != 9:
        numbers = val.numbers(10)
        return numbers, [numbers[6], *numbers[3:6]]
    numbers = val.numbers(9)
    # Rotations about the fixed axes x, y and z, one after the other.
    turned = Rotation.from_euler("xyz", numbers[3:6])
    return numbers, turned.as_quat(scalar_first=True).tolist()


def _score(cuboid: Node) -> float:
    found = _attribute(cuboid, "num", "score")
    return found.number() if found else float("nan")


def _time(cuboid: Node) -> int:
    """Nanoseconds, as avlabel writes them; -1 where there are none."""
    found = _attribute(cuboid, "text", "timestamp_ns")
    digits = found.text() if found else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1


def _attribute(cuboid: Node, kind: str, name: str) -> Node | None:
    attributes = cuboid.get("attributes")
    listed = attributes.get(kind) if attributes else None
    for one in listed or ():
        if one.mapping().get("name") == name:
            return one["val"]
    return None


class _Systems:
    """The tree of coordinate systems."""

    def __init__(self, systems: Node | None, target: Target) -> None:
        self._systems: Mapping[str, Node] = dict(systems.items()) if systems else {}
        self._target = target

    def ego_from(self, name: str, frame_row: int, cuboid: Node) -> SE3:
        """The scene's ego frame of a frame from a coordinate system."""
        where = cuboid.where
        pose, start = SE3.identity(), name
        for _ in range(MAX_DEPTH):
            if name == VEHICLE:
                return pose
            if name not in self._systems:
                raise ReadError(f"{where}: coordinate system '{name[:60]}' is not declared")
            system = self._systems[name]
            if system["type"].text() == "local_cs":
                return pose
            parent = system["parent"].text()
            if not parent:
                return self._ego_from_world(frame_row) @ pose
            pose, name = _transform(system["pose_wrt_parent"]) @ pose, parent
        raise ReadError(f"{where}: coordinate system '{start[:60]}' has no root")

    def _ego_from_world(self, frame_row: int) -> SE3:
        frames, origin = self._target.frames, self._target.origin_m
        pose = frames.world_from_ego[frame_row]
        return SE3(pose.rotation, pose.translation + origin).inverse()


def _transform(node: Node) -> SE3:
    """A pose: 16 numbers row by row, alone or as ``matrix4x4``; or quaternion and translation."""
    try:
        if isinstance(node.value, list):
            return SE3.from_matrix(np.reshape(node.numbers(16), (4, 4)))
        if (matrix := node.get("matrix4x4")) is not None:
            return SE3.from_matrix(np.reshape(matrix.numbers(16), (4, 4)))
        x, y, z, w = node["quaternion"].numbers(4)
        return SE3.from_quat([w, x, y, z], node["translation"].numbers(3))
    except CalibrationError as error:
        raise ReadError(f"{node.where}: {error}") from error
