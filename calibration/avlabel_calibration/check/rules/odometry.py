"""Ego poses against the motion that the LiDAR itself sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Float64
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.registration import register, surface, thinned
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided

PAIRS = 5
MAX_STEP_S = 0.3
MOVING_VOXEL_M = 0.8
SIGMAS = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Motion from one sweep to the next, as ego at the first from ego at the second.

    Attributes:
        posed: by the poses.
        opposite: by the poses, were they inverted.
        seen: by the LiDAR.
        turn_deg: (3,) what the LiDAR adds to the poses, in degrees.
        shift_m: (3,) the same for the place.
        turn_sigma_deg: (3,) standard deviations.
        shift_sigma_m: (3,) standard deviations.
    """

    posed: SE3
    opposite: SE3
    seen: SE3
    turn_deg: Float64
    shift_m: Float64
    turn_sigma_deg: Float64
    shift_sigma_m: Float64


@rule("poses-odometry", "error", "ego poses and the LiDAR tell different motions", "slow")
def poses_odometry(evidence: Evidence) -> Iterator[Answer]:
    """Register pairs of neighbouring sweeps; the poses are the first guess."""
    if evidence.log.metadata.get("poses", "").startswith("kiss-icp"):
        yield undecided("the poses come from the LiDAR itself")
        return
    steps = [s for k in _first_frames(evidence) if (s := _step(evidence, k)) is not None]
    if not steps:
        yield undecided("no two neighbouring sweeps with enough surfaces in common")
        return
    config = evidence.config
    degrees, metres = (_median_size(steps, name) for name in ("turn_deg", "shift_m"))
    margin_deg, margin_m = (
        SIGMAS * _median_size(steps, name) for name in ("turn_sigma_deg", "shift_sigma_m")
    )
    numbers = {
        "turn_deg": float(degrees.max()),
        "shift_m": float(metres.max()),
        "pairs": float(len(steps)),
    }
    words = (
        f"poses and LiDAR differ by {numbers['shift_m']:.3f} m and {numbers['turn_deg']:.2f} "
        "degrees from one sweep to the next"
    )
    too_far = (degrees - margin_deg > config.max_pose_turn_deg).any()
    too_far |= (metres - margin_m > config.max_pose_shift_m).any()
    if not too_far:
        yield fine(words, "", numbers)
        return
    limit = f"{config.max_pose_shift_m:g} m and {config.max_pose_turn_deg:g} degrees"
    hint = "; the poses may be inverted" if _fits_inverse(steps) else ""
    yield found(f"{words}; expected at most {limit}{hint}", "", numbers)


def _median_size(steps: list[Step], name: str) -> Float64:
    """(3,) size of the median over all steps."""
    return np.asarray(np.abs(np.median([getattr(step, name) for step in steps], axis=0)))


def _first_frames(evidence: Evidence) -> list[int]:
    """Frames spread over the recording whose next one follows at once."""
    step_s = np.diff(evidence.schedule.ref_ns) * 1e-9
    chosen = np.flatnonzero(step_s < MAX_STEP_S)
    if len(chosen) > PAIRS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, PAIRS).round().astype(np.int64)]
    return [int(k) for k in chosen]


def _step(evidence: Evidence, frame: int) -> Step | None:
    here, there = evidence.sweep(frame), evidence.sweep(frame + 1)
    if here is None or there is None:
        return None
    times = np.array([here.ref_ns, there.ref_ns])
    world_from_ego = evidence.log.trajectory.at(times, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    posed = world_from_ego[0].inverse() @ world_from_ego[1]
    opposite = world_from_ego[0] @ world_from_ego[1].inverse()
    points, fixed = thinned(there.points_ego, MOVING_VOXEL_M), surface(here.points_ego)
    best = register(posed.apply(points), fixed)
    start = posed
    if best is None or np.abs(best.shift_m).max() > evidence.config.max_pose_shift_m:
        # Far from a good guess registration may stick; others are tried before poses are blamed.
        for other in (opposite, SE3.identity()):
            result = register(other.apply(points), fixed)
            if result is not None and (best is None or result.fit > best.fit):
                best, start = result, other
    if best is None:
        return None
    seen = best.fixed_from_moving @ start
    off = seen @ posed.inverse()
    middle = posed.apply(points.mean(axis=0)[None])[0]
    return Step(
        posed,
        opposite,
        seen,
        np.rad2deg(Rotation.from_matrix(off.rotation).as_rotvec()),
        np.asarray(off.apply(middle[None])[0] - middle),
        np.rad2deg(best.turn_sigma_rad),
        best.shift_sigma_m,
    )


def _fits_inverse(steps: list[Step]) -> bool:
    """Whether the LiDAR's motion is rather that of the inverted poses."""
    seen, posed, opposite = (
        np.stack([getattr(step, name).translation for step in steps])
        for name in ("seen", "posed", "opposite")
    )
    off = np.median(np.linalg.norm(seen - opposite, axis=1))
    return bool(off < 0.3 * np.median(np.linalg.norm(seen - posed, axis=1)))
