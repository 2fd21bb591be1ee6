"""Rotations that are none, and such that mirror.

Most readers refuse both when a recording is opened; ``check.run`` turns that refusal into the
same verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.se3 import ORTHONORMAL_TOLERANCE, SE3
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found

NOT_A_ROTATION = "not-a-rotation"
MIRRORED = "mirrored"


@rule(NOT_A_ROTATION, "error", "an extrinsic's 3 x 3 part is no rotation", "fast")
def not_a_rotation(evidence: Evidence) -> Iterator[Answer]:
    """Whether R R^T is the identity for every sensor and pose."""
    for name, transform in _transforms(evidence):
        rotation = transform.rotation
        off = np.abs(rotation @ np.swapaxes(rotation, -1, -2) - np.eye(3)).max()
        if not (off <= ORTHONORMAL_TOLERANCE and np.isfinite(transform.translation).all()):
            yield found(f"R R^T differs from the identity by {off:.3g}", name, {"off": float(off)})
        else:
            yield fine("a rotation and a finite translation", name, {"off": float(off)})


@rule(MIRRORED, "error", "an extrinsic turns right into left (determinant -1)", "fast")
def mirrored(evidence: Evidence) -> Iterator[Answer]:
    """Whether any rotation is a reflection as well."""
    for name, transform in _transforms(evidence):
        determinant = float(np.min(np.linalg.det(transform.rotation)))
        if determinant < 0:
            yield found("determinant -1, expected +1", name, {"determinant": determinant})
        else:
            yield fine("not mirrored", name, {"determinant": determinant})


def _transforms(evidence: Evidence) -> Iterator[tuple[str, SE3]]:
    rig = evidence.log.rig
    for lidar in rig.lidars.values():
        yield lidar.sensor_id, lidar.ego_from_sensor
    for camera in rig.cameras.values():
        yield camera.sensor_id, camera.ego_from_sensor
    yield "ego poses", evidence.log.trajectory.world_from_ego
