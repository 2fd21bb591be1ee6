"""Images and points of a scene as files of other formats."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import Float32
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.errors import SceneWriteError
from avlabel.exchange.job import ExportJob
from avlabel.exchange.rectify import is_rectified, rectify

KINDS = {".jpg": ".jpg", ".jpeg": ".jpg", ".png": ".png"}
JPEG_QUALITY = 95


def copy_image(job: ExportJob, frame_idx: int, camera: str, stem: Path) -> Path | None:
    """Copy an image's file unchanged to ``stem`` and its own suffix; None if there is none.

    Raises:
        ReadError: if the recording's file is gone or has changed.
    """
    file = job.scene.image_file(frame_idx, camera) if job.options.images else None
    if file is None:
        return None
    path = stem.with_name(stem.name + Path(file[0]).suffix.lower())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file[1])
    return path


def image_names(job: ExportJob, camera: str) -> dict[int, str]:
    """By frame number, how ``copy_image`` calls the camera's images, written or not."""
    if camera not in job.scene.cameras:
        return {}
    table = job.scene.table(f"images/{camera}")
    uris = zip(table.column("frame_idx").to_pylist(), table.column("uri").to_pylist(), strict=True)
    return {frame: f"{frame:06d}{Path(uri).suffix.lower()}" for frame, uri in uris}


def write_rectified(job: ExportJob, frame_idx: int, camera: Camera, path: Path) -> bool:
    """Write an image without its lens' distortion; False if there is none.

    A file that is rectified and of the wanted kind already is copied.

    Raises:
        ReadError: if the recording's file is gone, has changed or is no image.
        SceneWriteError: if it cannot be encoded.
    """
    file = job.scene.image_file(frame_idx, camera.sensor_id) if job.options.images else None
    if file is None:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_rectified(camera.model) and KINDS.get(Path(file[0]).suffix.lower()) == path.suffix:
        path.write_bytes(file[1])
        return True
    image = job.scene.image(frame_idx, camera.sensor_id)
    if image is None:
        return False
    good, encoded = cv2.imencode(
        path.suffix, cv2.cvtColor(rectify(image, camera), cv2.COLOR_RGB2BGR)
    )
    if not good:
        raise SceneWriteError(f"{path}: the image cannot be encoded")
    path.write_bytes(encoded.tobytes())
    return True


def points_in(job: ExportJob, frame_idx: int, sensor_from_ego: SE3) -> Float32 | None:
    """(N, 4) float32 x, y, z in metres and intensity 0..1 of the main LiDAR's sweep.

    Args:
        job: the export.
        frame_idx: the frame.
        sensor_from_ego: the frame of reference that the points are wanted in.

    Returns:
        The points, motion-compensated to the frame's time; None if the scene has no sweeps or
        nobody wants them. Intensity is the sensor's divided by 255, cut at 1.
    """
    if not job.options.points or not job.scene.lidars:
        return None
    sweep = job.scene.sweep(frame_idx)
    points = sensor_from_ego.apply(sweep.points_ego.astype(np.float64))
    intensity = np.clip(sweep.intensity / 255.0, 0.0, 1.0)
    return np.column_stack([points, intensity]).astype(np.float32)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, its folder made if absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write a UTF-8 file, its folder made if absent."""
    write_bytes(path, content.encode())
