"""Write a simulated drive in avlabel's native layout (see docs/native-format.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.core.se3 import quat_from_matrix
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import InputError
from avlabel.readers.rig_toml import dump_rig
from avlabel.simulation.drive import LIDAR_ID, Frame, SimulatedDrive
from avlabel.simulation.imaging import pixel_rays
from avlabel.simulation.lidar import Scan

JPEG_QUALITY = 75
LABEL_COLUMNS = (
    "frame_idx,timestamp_ns,track_id,category,x_m,y_m,z_m,qw,qx,qy,qz,"
    "length_m,width_m,height_m,vx_mps,vy_mps,vz_mps,num_points,visibility"
)


def write_drive(
    drive: SimulatedDrive, out: Path, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Write every file of the layout, sweep by sweep; equal drives give equal bytes.

    Args:
        drive: what to write.
        out: folder to make; must not exist, or be empty.
        progress: told the number of frames written so far.

    Raises:
        InputError: if the folder holds something already or cannot be written.
    """
    try:
        _claim(out)
        _write_fixed(drive, out)
        labels = [LABEL_COLUMNS]
        rays = {name: pixel_rays(camera) for name, camera in drive.rig.cameras.items()}
        for frame in drive.frames():
            _write_scan(frame.scan, out / _scan_file(frame.frame_idx))
            labels += _label_rows(frame)
            for name, rays_cam in rays.items():
                picture = drive.image(name, frame.frame_idx, rays_cam)
                _write_jpeg(picture.rgb, out / _image_file(name, frame.frame_idx))
            progress(frame.frame_idx + 1)
        _write_text(out / "labels.csv", "\n".join(labels) + "\n")
    except OSError as error:
        raise InputError(f"{out}: cannot write the drive: {error}") from error


def _claim(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: expected a new or an empty folder for the drive")
    out.mkdir(parents=True, exist_ok=True)


def _scan_file(frame_idx: int) -> str:
    return f"lidar/{LIDAR_ID}/{frame_idx:06d}.parquet"


def _image_file(sensor_id: str, frame_idx: int) -> str:
    return f"camera/{sensor_id}/{frame_idx:06d}.jpg"


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_csv(path: Path, header: str, rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    _write_text(path, buffer.getvalue())


def _write_fixed(drive: SimulatedDrive, out: Path) -> None:
    """Everything that needs no ray: log, rig, poses and the indexes."""
    name = f"simulated-{drive.config.beams}-{drive.config.seed:04d}"
    log = (
        'format = "avlabel-native"\nversion = 1\n'
        f'log_id = "{name}"\nmain_lidar = "{LIDAR_ID}"\ncompensated = false\n'
        'description = "A simulated street drive with truth"\nlicence = "Apache-2.0"\n'
    )
    _write_text(out / "log.toml", log)
    _write_text(out / "rig.toml", dump_rig(drive.rig, name))
    poses = drive.trajectory.world_from_ego
    quats = quat_from_matrix(poses.rotation)
    rows = [
        [str(t), *_fixed(xyz, 5), *_fixed(quat, 9)]
        for t, xyz, quat in zip(
            drive.trajectory.timestamp_ns, poses.translation, quats, strict=True
        )
    ]
    _write_csv(out / "poses.csv", "timestamp_ns,tx_m,ty_m,tz_m,qw,qx,qy,qz", rows)
    indexes = range(drive.config.frames)
    spans = [(i, *drive.span_ns(i)) for i in indexes]
    sweeps = [[LIDAR_ID, str(i), str(start), str(end), _scan_file(i)] for i, start, end in spans]
    _write_csv(out / "sweeps.csv", "sensor_id,frame_idx,start_ns,end_ns,file", sweeps)
    images = [
        [name, str(drive.image_time_ns(name, i)), _image_file(name, i)]
        for name in drive.rig.cameras
        for i in indexes
    ]
    if images:
        _write_csv(out / "images.csv", "sensor_id,timestamp_ns,file", images)


def _write_scan(scan: Scan, path: Path) -> None:
    """About 6 bytes a point: byte planes of coordinates on a 2 mm grid compress well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    x, y, z = scan.points_sensor.T
    table = pa.table(
        {
            "x_m": x,
            "y_m": y,
            "z_m": z,
            "intensity": scan.intensity,
            "ring": scan.ring,
            "t_offset_ns": scan.t_offset_ns,
            "class": scan.point_class,
        }
    )
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=12,
        use_dictionary=["intensity", "ring", "class"],
        column_encoding={
            "x_m": "BYTE_STREAM_SPLIT",
            "y_m": "BYTE_STREAM_SPLIT",
            "z_m": "BYTE_STREAM_SPLIT",
            "t_offset_ns": "DELTA_BINARY_PACKED",
        },
        row_group_size=max(len(x), 1),
        write_page_checksum=True,
    )


def _write_jpeg(rgb: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    path.write_bytes(encoded.tobytes())


def _label_rows(frame: Frame) -> list[str]:
    boxes = frame.labels.cuboids
    names = default_taxonomy().names(boxes.category)
    return [
        ",".join(
            [
                str(frame.frame_idx),
                str(boxes.timestamp_ns[i]),
                str(boxes.track_id[i]),
                names[i],
                *_fixed(boxes.center[i], 4),
                *_fixed(boxes.quat_wxyz[i], 8),
                *_fixed(boxes.size_lwh[i], 4),
                *_fixed(boxes.velocity[i], 3),
                str(boxes.num_points[i]),
                f"{frame.labels.visibility[i]:.3f}",
            ]
        )
        for i in range(len(boxes))
    ]


def _fixed(values: np.ndarray, digits: int) -> list[str]:
    """Plain decimals; a rounded -0 loses its sign."""
    return [f"{float(value) + 0.0:.{digits}f}" for value in np.round(values, digits)]
