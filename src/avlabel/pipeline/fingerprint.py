"""What a scene was made from, as one hash: equal hashes, nothing to do."""

from __future__ import annotations

import hashlib
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
    """Hex SHA-256 of the resolved configuration and the classes."""
    text = to_toml(config, comments=False) + repr(taxonomy.table())
    return hashlib.sha256(text.encode()).hexdigest()


def input_hash(log: Log, schedule: Schedule, boxes: Cuboids | None = None) -> str:
    """Hex SHA-256 of what of a log will be read: times, poses, rig, and the files' content.

    ``boxes`` are those of another detector, if there is one.
    """
    h = hashlib.sha256()
    for part in (log.log_id, log.sweeps.sensor_id, sorted(log.metadata.items())):
        h.update(repr(part).encode())
    for array in (schedule.frame_idx, schedule.ref_ns, log.trajectory.timestamp_ns):
        h.update(np.ascontiguousarray(array).tobytes())
    h.update(log.trajectory.world_from_ego.matrix.tobytes())
    h.update(_rig(log.rig))
    if boxes is not None:
        for column in (boxes.frame_idx, boxes.category, boxes.boxes, boxes.quat_wxyz, boxes.score):
            h.update(np.ascontiguousarray(column).tobytes())
    for path in _files(log, schedule):
        h.update(path.name.encode())
        _update_with_file(h, path)
    return h.hexdigest()


def _files(log: Log, schedule: Schedule) -> list[Path]:
    files = [log.sweeps.files[k] for k in schedule.sweep] if log.sweeps.files else []
    for camera, chosen in sorted(schedule.image.items()):
        files += [log.root / log.images[camera].uris[k] for k in chosen if k != MISSING]
    return files


def _update_with_file(h: hashlib._Hash, path: Path) -> None:
    """A file that cannot be read counts as empty: the stage that needs it will say so."""
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                h.update(block)
    except OSError:
        h.update(b"unreadable")


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
