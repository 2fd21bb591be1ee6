"""Two LiDARs of one vehicle that disagree about where things are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.log import Log
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.errors import AvlabelError
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.registration import Registration, register, surface, thinned
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided

SWEEPS = 3
MOVING_VOXEL_M = 0.5
SIGMAS = 3.0


@rule("lidars-disagree", "error", "two LiDARs see the same walls in different places", "slow")
def lidars_disagree(evidence: Evidence) -> Iterator[Answer]:
    """Register the points of every other LiDAR to those of the main one."""
    main = evidence.log.sweeps.sensor_id
    others = [name for name in evidence.log.rig.lidars if name != main]
    if not others:
        yield undecided(f"the rig has one LiDAR, '{main}'", main)
    for name in others:
        if evidence.open_lidar is None:
            yield undecided("it was not opened", name)
            continue
        try:
            other = evidence.open_lidar(name)
        except AvlabelError as error:
            yield undecided(f"no sweeps of it: {error}", name)
            continue
        yield _compare(evidence, other, name)


def _compare(evidence: Evidence, other: Log, name: str) -> Answer:
    each = [r for k in evidence.frames(SWEEPS) if (r := _register(evidence, other, int(k)))]
    if not each:
        return undecided("too few points of both see the same surfaces", name)
    turn = np.median([r.turn_rad for r in each], axis=0)
    shift = np.median([r.shift_m for r in each], axis=0)
    turn_sigma = np.median([r.turn_sigma_rad for r in each], axis=0)
    shift_sigma = np.median([r.shift_sigma_m for r in each], axis=0)
    degrees, metres = np.rad2deg(np.abs(turn)), np.abs(shift)
    config = evidence.config
    numbers = {"turn_deg": float(degrees.max()), "shift_m": float(metres.max())}
    words = f"{numbers['turn_deg']:.2f} degrees and {numbers['shift_m']:.2f} m from the main LiDAR"
    too_far = (degrees - SIGMAS * np.rad2deg(turn_sigma) > config.max_lidar_turn_deg).any()
    too_far |= (metres - SIGMAS * shift_sigma > config.max_lidar_shift_m).any()
    if too_far:
        limit = f"{config.max_lidar_turn_deg:g} degrees and {config.max_lidar_shift_m:g} m"
        return found(f"{words}; expected at most {limit}", name, numbers)
    return fine(words, name, numbers)


def _register(evidence: Evidence, other: Log, frame: int) -> Registration | None:
    """The other LiDAR's sweep of a frame on the main one's, both in ego at the main one's time."""
    sweep = evidence.sweep(frame)
    frame_idx = int(evidence.schedule.frame_idx[frame])
    index = np.flatnonzero(other.sweeps.frame_idx == frame_idx)
    if sweep is None or not len(index):
        return None
    seen, _ = ingest(other, int(index[0]), evidence.log.trajectory, IngestConfig())
    if seen is None:
        return None
    times = np.array([sweep.ref_ns, seen.ref_ns])
    world_from_ego = evidence.log.trajectory.at(times, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    points = (world_from_ego[0].inverse() @ world_from_ego[1]).apply(
        seen.points_ego.astype(np.float64)
    )
    return register(thinned(points, MOVING_VOXEL_M), surface(sweep.points_ego))
