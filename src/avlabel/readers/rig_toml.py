"""A rig as a TOML file: which sensors a vehicle carries and where they sit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from avlabel.core.cameras import DISTORTION_COUNTS, MODELS, CameraModel, camera_model
from avlabel.core.rig import Camera, Lidar, Rig, Shutter
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.files import read_text
from avlabel.readers.rig_pairs import EGO, PixelPair, dump_pair, read_pair
from avlabel.readers.rig_pose import dump_pose, read_poses, view_comment
from avlabel.readers.toml_table import TomlTable, toml_string

VERSION = 1
MAX_TIME_OFFSET_MS = 1000.0
SENSOR_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}")
MAX_PIXELS = 65_535
MAX_READOUT_MS = 1000.0
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, eq=False)
class RigFile:
    """What a rig file says.

    Attributes:
        name: of the vehicle or the set-up; may be empty.
        rig: the sensors.
        pairs: points and their pixels, which the rig has been checked against.
    """

    name: str
    rig: Rig
    pairs: tuple[PixelPair, ...] = ()


def load_rig(path: Path) -> Rig:
    """Read the sensors of a rig file; see ``load_rig_file``."""
    return load_rig_file(path).rig


def load_rig_file(path: Path) -> RigFile:
    """Read a rig.

    Args:
        path: a TOML file as ``docs/rigs.md`` describes it.

    Raises:
        ReadError: if the file is missing or no UTF-8.
        CalibrationError: naming file, sensor, field, what is expected and what is there.
    """
    return parse_rig(read_text(path), str(path))


def parse_rig(text: str, where: str) -> RigFile:
    """Read a rig out of TOML that came from ``where``.

    Raises:
        CalibrationError: as for ``load_rig_file``; begins with ``where``.
    """
    table = TomlTable.parse(text, where, CalibrationError)
    if (version := table.integer("version")) != VERSION:
        raise table.fail("version", f"expected {VERSION}, got {version}")
    name = table.text("name", default="")
    lidars = table.tables("lidars", "lidar")
    cameras = table.tables("cameras", "camera")
    pairs = table.array_of_tables("pairs", "pair")
    table.finish()
    _check_ids(table, list(lidars), list(cameras))
    poses = read_poses(lidars | cameras)
    rig = Rig(
        {sensor_id: _lidar(sensor_id, t, poses[sensor_id]) for sensor_id, t in lidars.items()},
        {sensor_id: _camera(sensor_id, t, poses[sensor_id]) for sensor_id, t in cameras.items()},
    )
    return RigFile(name, rig, tuple(read_pair(pair, rig) for pair in pairs))


def dump_rig(rig: Rig, name: str, pairs: Sequence[PixelPair] = ()) -> str:
    """Write a rig as TOML that ``load_rig`` reads back exactly.

    Args:
        rig: the sensors; the first LiDAR stays the main one.
        name: of the vehicle or the set-up.
        pairs: points and their pixels, to be checked whenever the file is read.
    """
    parts = [f"version = {VERSION}\nname = {toml_string(name)}\n"]
    parts += [
        f"{table_of('lidars', lidar.sensor_id)}{dump_pose(lidar.ego_from_sensor)}"
        for lidar in rig.lidars.values()
    ]
    parts += [
        f"{table_of('cameras', camera.sensor_id)}{view_comment(camera.ego_from_sensor)}"
        f"{dump_pose(camera.ego_from_sensor)}"
        f"{dump_optics(camera.model, camera.shutter, camera.readout_ns)}{_dump_offset(camera)}"
        for camera in rig.cameras.values()
    ]
    parts += [dump_pair(pair) for pair in pairs]
    return "\n".join(parts)


def _dump_offset(camera: Camera) -> str:
    offset_ns = camera.time_offset_ns
    return f"time_offset_ms = {offset_ns / 1e6!r}\n" if offset_ns else ""


def _check_ids(table: TomlTable, lidars: list[str], cameras: list[str]) -> None:
    if not lidars:
        raise table.fail("lidars", "expected at least one table [lidars.<id>], got none")
    for sensor_id in (*lidars, *cameras):
        if not SENSOR_ID.fullmatch(sensor_id):
            raise table.fail(
                sensor_id,
                "expected a sensor id of up to 128 letters, digits or _.+- (not led by . + or -)",
            )
        if sensor_id == EGO:
            raise table.fail(sensor_id, "is the vehicle's frame; expected another sensor id")
    if twice := sorted(set(lidars) & set(cameras)):
        raise table.fail(twice[0], "is both a lidar and a camera; expected ids to be unique")


def _lidar(sensor_id: str, table: TomlTable, ego_from_sensor: SE3) -> Lidar:
    table.finish()
    return Lidar(sensor_id, ego_from_sensor)


def _camera(sensor_id: str, table: TomlTable, ego_from_sensor: SE3) -> Camera:
    name = table.choice("model", MODELS)
    size_px = _pixels(table, "width_px"), _pixels(table, "height_px")
    intrinsics = table.numbers("intrinsics", (4,))
    distortion = table.numbers("distortion", DISTORTION_COUNTS[name], default=[])
    shutter = cast(Shutter, table.choice("shutter", ("global", "rolling"), default="global"))
    readout_ms = table.number("readout_ms", default=0.0)
    offset_ms = table.number("time_offset_ms", default=0.0)
    table.finish()
    if abs(offset_ms) > MAX_TIME_OFFSET_MS:
        limit = f"{MAX_TIME_OFFSET_MS:g}"
        raise table.fail("time_offset_ms", f"expected -{limit} to {limit}, got {offset_ms:g}")
    readout_ns = _readout_ns(table, shutter, readout_ms)
    try:
        model = camera_model(name, *size_px, intrinsics, distortion)
    except CalibrationError as error:
        raise type(error)(f"{table.where}: {error}") from error
    return Camera(sensor_id, ego_from_sensor, model, shutter, readout_ns, round(offset_ms * 1e6))


def _pixels(table: TomlTable, name: str) -> int:
    value = table.integer(name)
    if value > MAX_PIXELS:
        raise table.fail(name, f"expected an image size of at most {MAX_PIXELS}, got {value}")
    return value


def _readout_ns(table: TomlTable, shutter: Shutter, readout_ms: float) -> int:
    if not 0 <= readout_ms <= MAX_READOUT_MS:
        raise table.fail("readout_ms", f"expected 0 to {MAX_READOUT_MS:g}, got {readout_ms:g}")
    readout_ns = round(readout_ms * 1e6)
    if (readout_ns > 0) != (shutter == "rolling"):
        expected = "more than 0" if shutter == "rolling" else "0"
        raise table.fail("readout_ms", f"expected {expected} ({shutter} shutter), got {readout_ms}")
    return readout_ns


def table_of(kind: str, sensor_id: str) -> str:
    """The line that begins a sensor's table; ``kind`` is ``lidars`` or ``cameras``."""
    key = sensor_id if BARE_KEY.fullmatch(sensor_id) else toml_string(sensor_id)
    return f"[{kind}.{key}]\n"


def dump_optics(model: CameraModel, shutter: Shutter, readout_ns: int) -> str:
    """The fields of a camera beside its pose."""
    return (
        f'model = "{model.name}"\n'
        f"width_px = {model.width_px}\n"
        f"height_px = {model.height_px}\n"
        f"intrinsics = {model.intrinsics.tolist()}\n"
        f"distortion = {model.distortion.tolist()}\n"
        f'shutter = "{shutter}"\n'
        f"readout_ms = {readout_ns / 1e6!r}\n"
    )
