"""What a scene was made from, as one hash: equal hashes, nothing to do."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np

from avlabel.core.configs import to_toml
from avlabel.core.cuboids import Cuboids
from avlabel.core.log import Log
from avlabel.core.rig import Rig
from avlabel.core.taxonomy import Taxonomy
from avlabel.pipeline.config import PipelineConfig
from avlabel.stages.synchronize import MISSING, Schedule


def config_hash(config: PipelineConfig, taxonomy: Taxonomy) -> str:
    """Hex SHA-256 of the resolved configuration, the classes and the network's weights."""
    h = hashlib.sha256(to_toml(config, comments=False).encode())
    h.update(repr(taxonomy.table()).encode())
    if config.detect.network:
        h.update((files("avlabel.stages.detection") / "weights" / "cluster_net.npz").read_bytes())
    return h.hexdigest()


def input_hash(log: Log, schedule: Schedule, boxes: Cuboids | None = None) -> str:
    """Hex SHA-256 of what of a log will be read: times, poses, rig, and the files' content.

    ``boxes`` are those of another detector, if there is one.
    """
    h = hashlib.sha256()
    facts = (log.log_id, log.source_uri, log.sweeps.sensor_id, sorted(log.metadata.items()))
    h.update(repr(facts).encode())
    h.update(repr(log.trajectory.max_gap_ns).encode())
    for array in (
        schedule.frame_idx,
        log.sweeps.start_ns[schedule.sweep],
        log.sweeps.end_ns[schedule.sweep],
        log.trajectory.timestamp_ns,
        log.trajectory.world_from_ego.matrix,
    ):
        h.update(np.ascontiguousarray(array).tobytes())
    h.update(_rig(log.rig))
    if boxes is not None:
        for column in (boxes.frame_idx, boxes.category, boxes.boxes, boxes.quat_wxyz, boxes.score):
            h.update(np.ascontiguousarray(column).tobytes())
    for index in schedule.sweep if log.sweeps.files else ():
        h.update(_file_digest(log.sweeps.files[index]))
    for camera, chosen in sorted(schedule.image.items()):
        images = log.images[camera]
        for index in chosen[chosen != MISSING]:
            h.update(repr((camera, int(images.timestamp_ns[index]), images.uris[index])).encode())
            h.update(_file_digest(log.root / images.uris[index]))
    return h.hexdigest()


def _file_digest(path: Path) -> bytes:
    """SHA-256 of a file; one that cannot be read counts as none: its stage will say so."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError:
        return b"unreadable"


def _rig(rig: Rig) -> bytes:
    parts = [
        lidar.sensor_id.encode() + lidar.ego_from_sensor.matrix.tobytes()
        for lidar in rig.lidars.values()
    ]
    for camera in rig.cameras.values():
        model = camera.model
        parts += [
            repr((camera.sensor_id, model.name, model.width_px, model.height_px)).encode(),
            repr((camera.shutter, camera.readout_ns)).encode(),
            camera.ego_from_sensor.matrix.tobytes(),
            model.intrinsics.tobytes(),
            model.distortion.tobytes(),
        ]
    return b"".join(parts)
