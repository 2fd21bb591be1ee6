"""avlabel's own drive layout; ``docs/native-format.md`` describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.log import ImageIndex
from avlabel.core.rig import Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.readers.csv_table import CsvTable, Kind, read_csv
from avlabel.readers.files import inside
from avlabel.readers.native_labels import NativeLabels
from avlabel.readers.native_sweeps import NativeSweeps
from avlabel.readers.odometry import odometry
from avlabel.readers.options import ReaderOptions
from avlabel.readers.recorded_log import RecordedLog
from avlabel.readers.rig_pose import QUAT_TOLERANCE
from avlabel.readers.rig_toml import load_rig
from avlabel.readers.toml_table import TomlTable

FORMAT = "avlabel-native"
VERSION = 1
LOG_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
POSES: dict[str, Kind] = {
    "timestamp_ns": "int",
    "tx_m": "float",
    "ty_m": "float",
    "tz_m": "float",
    "qw": "float",
    "qx": "float",
    "qy": "float",
    "qz": "float",
}
IMAGES: dict[str, Kind] = {"sensor_id": "text", "timestamp_ns": "int", "file": "text"}


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one drive.

    Args:
        path: folder with ``log.toml`` in it.
        options: ``lidar`` is one of the rig's; ``sequence`` has no meaning here.

    Raises:
        InputError: naming file and place.
    """
    if options.sequence is not None:
        raise ReadError(f"{path}: sequence '{options.sequence}': a native drive has none")
    root = path.resolve()
    header = _read_header(root / "log.toml")
    rig = load_rig(root / "rig.toml")
    lidar = _lidar(root, rig, options.lidar or header.main_lidar)
    sweeps = NativeSweeps.load(root, rig.lidars[lidar], header.compensated)
    poses = root / "poses.csv"
    trajectory, source = (
        (read_poses(poses), "recorded") if poses.exists() else odometry(sweeps.index, sweeps.read)
    )
    stated = {"description": header.description, "licence": header.licence}
    return RecordedLog(
        log_id=header.log_id,
        root=root,
        rig=rig,
        trajectory=trajectory,
        sweeps=sweeps.index,
        images=_images(root, rig),
        metadata={"format": "native", "poses": source} | {k: v for k, v in stated.items() if v},
        load_sweep=sweeps.read,
        load_truth=NativeLabels(root / "labels.csv").read,
    )


@dataclass(frozen=True, slots=True)
class _Header:
    """What ``log.toml`` says."""

    log_id: str
    compensated: bool
    description: str
    licence: str
    main_lidar: str


def _read_header(path: Path) -> _Header:
    table = TomlTable.load(path, ReadError)
    table.choice("format", (FORMAT,))
    if (version := table.integer("version")) != VERSION:
        raise table.fail("version", f"expected {VERSION}, got {version}")
    header = _Header(
        log_id=table.text("log_id"),
        compensated=table.flag("compensated", default=False),
        description=table.text("description", default=""),
        licence=table.text("licence", default=""),
        main_lidar=table.text("main_lidar", default=""),
    )
    table.finish()
    if not LOG_ID.fullmatch(header.log_id):
        raise table.fail(
            "log_id", f"expected letters, digits, '.', '_' and '-', got '{header.log_id}'"
        )
    return header


def _lidar(root: Path, rig: Rig, wanted: str) -> str:
    lidar = wanted or next(iter(rig.lidars))
    if lidar not in rig.lidars:
        known = ", ".join(rig.lidars)
        raise ReadError(f"{root / 'rig.toml'}: lidar '{lidar}': expected one of {known}")
    return lidar


def read_poses(path: Path) -> Trajectory:
    """World-from-ego poses of a ``poses.csv``.

    Raises:
        ReadError: naming the line.
    """
    table = read_csv(path, POSES)
    if not len(table):
        raise ReadError(f"{path}: expected poses, got none")
    quat_wxyz = table.floats("qw", "qx", "qy", "qz")
    norm = np.linalg.norm(quat_wxyz, axis=1)
    if (bad := np.flatnonzero(np.abs(norm - 1) > QUAT_TOLERANCE)).size:
        row = int(bad[0])
        raise ReadError(
            f"{table.where(row)}: qw..qz: not a rotation; expected a quaternion of length 1, "
            f"got {norm[row]:.6g}"
        )
    times = table.ints("timestamp_ns")
    table.refuse_twins(times.tolist(), "the pose's time")
    order = np.argsort(times)
    translation = table.floats("tx_m", "ty_m", "tz_m")
    return Trajectory(times[order], SE3.from_quat(quat_wxyz[order], translation[order]))


def _images(root: Path, rig: Rig) -> dict[str, ImageIndex]:
    path = root / "images.csv"
    if not path.exists():
        return {}
    table = read_csv(path, IMAGES)
    _check_images(table, root, rig)
    times, files = table.ints("timestamp_ns"), table.texts("file")
    sensors = np.array(table.texts("sensor_id"))
    indexes = {}
    for sensor_id, camera in rig.cameras.items():
        rows = np.flatnonzero(sensors == sensor_id)
        if len(rows):
            rows = rows[np.argsort(times[rows])]
            exposed_ns = times[rows] + camera.time_offset_ns
            indexes[sensor_id] = ImageIndex(sensor_id, exposed_ns, [files[r] for r in rows])
    return indexes


def _check_images(table: CsvTable, root: Path, rig: Rig) -> None:
    sensors, files = table.texts("sensor_id"), table.texts("file")
    for row, sensor_id in enumerate(sensors):
        if sensor_id not in rig.cameras:
            known = ", ".join(rig.cameras) or "none"
            raise ReadError(
                f"{table.where(row)}: sensor_id '{sensor_id}': expected a camera of rig.toml "
                f"({known})"
            )
        inside(root, files[row], table.where(row))
    keys = list(zip(sensors, table.ints("timestamp_ns").tolist(), strict=True))
    table.refuse_twins(keys, "an image of that camera and time")
