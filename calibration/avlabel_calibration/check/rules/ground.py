"""The road around the car against ego's z axis and origin."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.plane import RoadPlane, road_plane
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided

SWEEPS = 5
MIN_SHARE = 0.4
MIN_CELLS = 60
"""Of about 300 within reach."""


@rule("ground-normal", "warning", "the road below the car is not flat and level in ego", "fast")
def ground_normal(evidence: Evidence) -> Iterator[Answer]:
    """Tilt of the road below the car, and its height, as medians over a few sweeps."""
    lidar, config = evidence.log.sweeps.sensor_id, evidence.config
    sweeps = [evidence.sweep(int(k)) for k in evidence.frames(SWEEPS)]
    planes = [p for sweep in sweeps if sweep and (p := road_plane(sweep.points_ego)) is not None]
    planes = [plane for plane in planes if plane.cells >= MIN_CELLS and plane.share >= MIN_SHARE]
    if not planes:
        yield undecided("no sweep shows a flat road around the car", lidar)
        return
    tilt, height = _median(planes)
    numbers = {"tilt_deg": tilt, "height_m": height, "sweeps": float(len(planes))}
    words = f"the road is tilted by {tilt:.1f} degrees and {height:+.2f} m from ego's origin"
    if tilt <= config.max_ground_tilt_deg and abs(height) <= config.max_ground_height_m:
        yield fine(words, lidar, numbers)
    else:
        bad = tilt > config.bad_ground_tilt_deg
        yield found(
            f"{words}; expected at most {config.max_ground_tilt_deg:g} degrees and "
            f"{config.max_ground_height_m:g} m: the LiDAR's extrinsic or ego is off",
            lidar,
            numbers,
            "error" if bad else "warning",
        )


def _median(planes: list[RoadPlane]) -> tuple[float, float]:
    """Tilt in degrees and height in metres of the median plane."""
    normal = np.median([plane.normal for plane in planes], axis=0)
    tilt = np.rad2deg(np.arctan2(np.hypot(normal[0], normal[1]), normal[2]))
    return float(tilt), float(np.median([plane.height_m for plane in planes]))
