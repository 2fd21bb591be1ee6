"""The images that belong to the frames: checked, noted in the scene, and when each was taken."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cameras import CameraModel
from avlabel.core.findings import Finding
from avlabel.core.log import Log
from avlabel.scenes.writer import SceneWriter
from avlabel.stages.images import image_fault
from avlabel.stages.project import NO_IMAGE
from avlabel.stages.synchronize import MISSING, Schedule


def store_images(
    log: Log, schedule: Schedule, writer: SceneWriter
) -> tuple[Mapping[str, Int64], list[Finding]]:
    """Note every image of a log's frames in a scene.

    Returns:
        By camera, (F,) int64 exposure of each frame's image, ``NO_IMAGE`` where it is missing or
        unusable; and a finding for each of those.
    """
    exposure_ns, findings = {}, []
    for camera in schedule.image:
        exposure_ns[camera], noticed = _store_camera(camera, log, schedule, writer)
        findings += noticed
    return exposure_ns, findings


def _store_camera(
    camera: str, log: Log, schedule: Schedule, writer: SceneWriter
) -> tuple[Int64, list[Finding]]:
    index, model = log.images[camera], log.rig.cameras[camera].model
    exposure_ns = np.full(len(schedule), NO_IMAGE, np.int64)
    findings = []
    for k, image in enumerate(schedule.image[camera]):
        frame_idx = int(schedule.frame_idx[k])
        if image == MISSING:
            message = f"camera '{camera}' has no image"
            findings.append(Finding("image-missing", "info", message, frame_idx))
            continue
        encoded, fault = _read(log, index.uris[image], model)
        if fault:
            message = f"{index.uris[image]} {fault}"
            findings.append(Finding("image-unreadable", "warning", message, frame_idx))
            continue
        exposure_ns[k] = index.timestamp_ns[image]
        writer.write_image(
            frame_idx=frame_idx,
            camera=camera,
            timestamp_ns=int(exposure_ns[k]),
            dt_to_ref_ns=int(exposure_ns[k] - schedule.ref_ns[k]),
            size_px=(model.width_px, model.height_px),
            uri=index.uris[image],
            encoded=encoded,
        )
    return exposure_ns, findings


def _read(log: Log, uri: str, model: CameraModel) -> tuple[bytes, str | None]:
    """An image file's bytes, and what is wrong with it."""
    try:
        encoded = (log.root / uri).read_bytes()
    except OSError as error:
        return b"", f"cannot be read: {error.strerror}"
    return encoded, image_fault(encoded, model.width_px, model.height_px)
