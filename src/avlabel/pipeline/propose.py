"""The stages that look at sensor data, for any stretch of a log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from avlabel.core.detections import Detections
from avlabel.core.findings import Finding
from avlabel.geometry.sweep_depth import SweepDepth
from avlabel.pipeline.boxes import boxes_of_sweep
from avlabel.pipeline.camera_evidence import add_camera_evidence
from avlabel.pipeline.depths import depth_of
from avlabel.pipeline.stopwatch import Stopwatch
from avlabel.pipeline.work import Progress, Work, frames_of
from avlabel.scenes.writer import SceneWriter
from avlabel.stages.camera.fuse import Fused
from avlabel.stages.detection.detect import detect
from avlabel.stages.ingest import ingest
from avlabel.stages.synchronize import Schedule


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """What a stretch of a log shows, frame by frame.

    Attributes:
        schedule: the frames that could be read.
        fused: what was detected in them, ego frame, points in whole millimetres.
        findings: what was noticed.
        depths: what hides boxes in each of the frames; gone through once.
    """

    schedule: Schedule
    fused: Fused
    findings: tuple[Finding, ...]
    depths: Iterable[SweepDepth | None]


def propose(
    work: Work, schedule: Schedule, writer: SceneWriter, clock: Stopwatch, progress: Progress
) -> Proposals:
    """Read, compensate and store sweeps, detect in them, and let images vote on what is found.

    Args:
        work: the log and its settings.
        schedule: the frames to do; all of the log's or some.
        writer: where the points go; sweeps are not kept in memory.
        clock: told what each stage takes.
        progress: told about each frame.
    """
    kept, found, depths, findings = [], [], [], []
    sensor_xy = work.log.rig.lidars[work.log.sweeps.sensor_id].ego_from_sensor.translation[:2]
    for k, index in enumerate(schedule.sweep):
        with clock("ingest"):
            sweep, noticed = ingest(work.log, int(index), work.trajectory, work.config.ingest)
        findings += noticed
        if sweep is not None:
            with clock("write"):
                writer.write_sweep(sweep)
            with clock("detect"):
                proposed = (
                    detect(sweep, sensor_xy, work.taxonomy, work.config.detect)
                    if work.boxes is None
                    else boxes_of_sweep(work.boxes, sweep)
                )
                # As a scene gives them back, so that stages redone from it see equal values.
                found.append(proposed.in_millimetres())
            with clock("project"):
                depths.append(depth_of(sweep, work.log.rig))
            kept.append(k)
        progress("detect", k + 1, len(schedule))
    schedule = schedule.select(np.array(kept, np.int64))
    detections = Detections.concatenate([Detections.empty("ego"), *found])
    fused, noticed = look(work, detections, schedule, clock, progress)
    return Proposals(schedule, fused, (*findings, *noticed), depths)


def look(
    work: Work, detections: Detections, schedule: Schedule, clock: Stopwatch, progress: Progress
) -> tuple[Fused, list[Finding]]:
    """What the images say of the detections; nothing without a camera model."""
    if not work.config.fuse.camera_model:
        return Fused.unseen(detections, work.taxonomy), []
    with clock("fuse"):
        return add_camera_evidence(
            detections,
            work.log,
            schedule,
            frames_of(schedule, work.trajectory),
            work.trajectory,
            work.taxonomy,
            work.config.fuse,
            lambda done, total: progress("fuse", done, total),
        )
