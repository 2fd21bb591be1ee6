"""Share of a sweep's points that fall into each image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.cameras import CameraModel
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.mounting import in_image
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided

FULL_CIRCLE = 0.8
"""A LiDAR with points in this share of all directions around the car sees what a camera sees."""
SECTORS = 72
COLUMNS = 33
FRAMES = 3
EVERY = 10
"""Shares of tens of thousands of points need no more than a tenth of them."""


@rule("points-in-image", "error", "hardly any LiDAR point falls into the image", "fast")
def points_in_image(evidence: Evidence) -> Iterator[Answer]:
    """Compare the share with the one that the camera's horizontal angle of view stands for."""
    for camera in evidence.log.rig.cameras.values():
        name = camera.sensor_id
        shares, around = [], []
        for k in evidence.frames(FRAMES, name):
            points = evidence.points_cam(camera, int(k), EVERY)
            if points is not None and len(points):
                shares.append(float(in_image(camera, points).mean()))
                around.append(_sectors_filled(evidence, int(k)))
        if not shares:
            yield undecided("no frame with an image and points", name)
            continue
        share, expected = float(np.median(shares)), angle_of_view(camera.model) / (2 * np.pi)
        numbers = {"share": share, "expected": expected}
        if share >= evidence.config.min_view_share * expected:
            yield fine(f"{share:.1%} of the points fall into the image", name, numbers)
        elif np.median(around) < FULL_CIRCLE:
            yield undecided("the LiDAR may not look where the camera does", name, numbers)
        else:
            yield found(
                f"{share:.2%} of the points fall into the image; its angle of view should hold "
                f"about {expected:.0%}",
                name,
                numbers,
            )


def angle_of_view(model: CameraModel) -> float:
    """Radians that the image's middle row spans, as far as rays go through it."""
    columns = np.linspace(0.0, model.width_px - 1.0, COLUMNS)
    rays = model.unproject(np.column_stack([columns, np.full(COLUMNS, (model.height_px - 1) / 2)]))
    rays = rays[np.isfinite(rays).all(axis=1)]
    turns = np.clip(np.einsum("ij,ij->i", rays[1:], rays[:-1]), -1.0, 1.0)
    return float(np.arccos(turns).sum())


def _sectors_filled(evidence: Evidence, frame: int) -> float:
    """Share of the directions around the car in which a sweep has points."""
    sweep = evidence.sweep(frame)
    if sweep is None:
        return 0.0
    azimuth = np.arctan2(sweep.points_ego[:, 1], sweep.points_ego[:, 0])
    sector = ((azimuth + np.pi) / (2 * np.pi) * SECTORS).astype(np.int64) % SECTORS
    return len(np.unique(sector)) / SECTORS
