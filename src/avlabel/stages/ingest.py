"""From a reader's sweep to one that every later stage can trust."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from avlabel.core.findings import Finding
from avlabel.core.log import Log
from avlabel.core.options import option
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError, TimeRangeError
from avlabel.stages.compensate import CompensateConfig, compensate


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """Settings of the intake of sweeps."""

    max_range_m: float = option(300.0, "points further away are dropped")
    max_duration_ms: float = option(
        250.0, "points whose times span more than this have a wrong time field"
    )
    compensate: CompensateConfig = field(default_factory=CompensateConfig)


def ingest(
    log: Log, index: int, trajectory: Trajectory, config: IngestConfig
) -> tuple[Sweep | None, list[Finding]]:
    """Read one sweep, drop what cannot be a point, take out the ego motion.

    Args:
        log: the recording.
        index: position in the log's sweep index.
        trajectory: ego poses, any world.
        config: limits.

    Returns:
        The compensated sweep, or None if the frame has to be skipped, and what was noticed.
    """
    frame_idx = int(log.sweeps.frame_idx[index])
    try:
        sweep = log.read_sweep(index)
    except ReadError as error:
        return None, [Finding("sweep-unreadable", "error", f"{error}: frame skipped", frame_idx)]
    sweep, findings = _drop_impossible(sweep, config)
    if len(sweep) == 0:
        message = "sweep has no points: frame skipped"
        return None, [*findings, Finding("sweep-empty", "error", message, frame_idx)]
    first, last = sweep.end_offset_ns
    if last - first > config.max_duration_ms * 1e6:
        message = (
            f"point times span {(last - first) / 1e6:.1f} ms; expected at most "
            f"{config.max_duration_ms:g} ms: frame skipped"
        )
        return None, [*findings, Finding("point-times", "error", message, frame_idx)]
    if first == last and len(sweep) > 1 and not sweep.compensated:
        message = "points carry no times: ego motion during the sweep is not taken out"
        findings.append(Finding("points-without-times", "warning", message, frame_idx))
    try:
        return compensate(sweep, trajectory, config.compensate), findings
    except TimeRangeError as error:
        finding = Finding("pose-missing", "error", f"{error}: frame skipped", frame_idx)
        return None, [*findings, finding]


def _drop_impossible(sweep: Sweep, config: IngestConfig) -> tuple[Sweep, list[Finding]]:
    finite = np.asarray(np.isfinite(sweep.points_ego).all(axis=1))
    findings = []
    if not finite.all():
        findings.append(
            Finding(
                "points-not-finite",
                "warning",
                f"{int((~finite).sum())} of {len(sweep)} points are NaN or infinite: dropped",
                sweep.frame_idx,
            )
        )
        sweep = sweep.select(finite)
    distance2 = np.einsum("ij,ij->i", sweep.points_ego, sweep.points_ego)
    near = np.asarray(distance2 <= config.max_range_m**2)
    if not near.all():
        findings.append(
            Finding(
                "points-too-far",
                "info",
                f"{int((~near).sum())} of {len(sweep)} points are beyond "
                f"{config.max_range_m:g} m: dropped",
                sweep.frame_idx,
            )
        )
        sweep = sweep.select(near)
    return sweep, findings
