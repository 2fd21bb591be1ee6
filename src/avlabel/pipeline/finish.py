"""The stages that need the whole log: tracks, boxes, checks and projections, then one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from avlabel.checks.run import check
from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.rig import Rig
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.geometry.sweep_depth import SweepDepth
from avlabel.pipeline.boxes import label_boxes
from avlabel.pipeline.camera_images import store_images
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.propose import Proposals
from avlabel.pipeline.stopwatch import Stopwatch
from avlabel.pipeline.work import Work, frames_of
from avlabel.scenes.writer import SceneWriter
from avlabel.stages.camera.agree import agree
from avlabel.stages.camera.fuse import Fused
from avlabel.stages.project import project
from avlabel.stages.refining.refine import refine
from avlabel.stages.tracking.track import track


def finish(
    work: Work, proposals: Proposals, writer: SceneWriter, clock: Stopwatch
) -> tuple[Finding, ...]:
    """Make labels of what was proposed, and commit the scene.

    Returns:
        All that was noticed on the way.

    Raises:
        ReadError: if no frame at all can be labelled.
        SceneWriteError: if the scene cannot be stored.
    """
    schedule = proposals.schedule
    findings = [*work.findings, *proposals.findings]
    if not len(schedule):
        raise ReadError(
            f"{work.log.log_id}: none of its frames can be labelled: {_why(work, findings)}"
        )
    fused = _numbered(proposals.fused)
    with clock("write"):
        # What follows starts from what is stored, so that it can be done again to the same bytes.
        rig = writer.write_rig(work.log.rig)
        trajectory = writer.write_trajectory(work.trajectory)
        frames = writer.write_frames(frames_of(schedule, work.trajectory))
        writer.write_detections(fused.detections, fused.evidence)
    with clock("images"):
        exposure_ns, noticed = store_images(work.log, schedule, writer)
    findings += noticed
    whole = work.boxes is not None
    findings += write_labels(
        *join(fused, frames, work.config, work.taxonomy, clock, whole=whole),
        frames,
        rig,
        trajectory,
        exposure_ns,
        proposals.depths,
        config=work.config,
        taxonomy=work.taxonomy,
        writer=writer,
        clock=clock,
    )
    return commit(findings, writer, clock)


def join(
    fused: Fused,
    frames: Frames,
    config: PipelineConfig,
    taxonomy: Taxonomy,
    clock: Stopwatch,
    *,
    whole: bool,
) -> tuple[Cuboids, Tracks]:
    """Detections as tracks of boxes.

    Args:
        fused: detections, ego frame, and what images say of them.
        frames: every frame of the log.
        config: settings.
        taxonomy: classes.
        clock: told what each stage takes.
        whole: whether the detections are another detector's finished boxes.

    Returns:
        Boxes in the world frame and their tracks.
    """
    detections = fused.detections
    if whole:
        with clock("track"):
            return label_boxes(detections.cuboids, frames, config.boxes, taxonomy)
    rows = frames.positions(detections.cuboids.frame_idx)
    in_world = detections.moved(frames.world_from_ego[rows], "world")
    with clock("track"):
        track_id = track(in_world, frames, config.track, taxonomy)
    with clock("refine"):
        cuboids, tracks = refine(in_world, track_id, frames, config.refine, taxonomy)
        said = track_id, fused.evidence
        return agree(cuboids, tracks, *said, taxonomy, config.fuse.agree)


def write_labels(
    cuboids: Cuboids,
    tracks: Tracks,
    frames: Frames,
    rig: Rig,
    trajectory: Trajectory,
    exposure_ns: Mapping[str, Int64],
    depths: Iterable[SweepDepth | None],
    *,
    config: PipelineConfig,
    taxonomy: Taxonomy,
    writer: SceneWriter,
    clock: Stopwatch,
) -> list[Finding]:
    """Check labels, project them into the images and write all three; what was noticed."""
    with clock("check"):
        findings = check(cuboids, frames, config.check, taxonomy)
    with clock("project"):
        projections, noticed = project(
            cuboids, rig, trajectory, frames.frame_idx, exposure_ns, config.project, depths
        )
    with clock("write"):
        writer.write_cuboids(cuboids)
        writer.write_tracks(tracks)
        writer.write_projections(projections)
    return [*findings, *noticed]


def commit(
    findings: Sequence[Finding], writer: SceneWriter, clock: Stopwatch
) -> tuple[Finding, ...]:
    """Write the findings, by frame, and publish the scene."""
    ordered = tuple(sorted(findings, key=lambda f: (f.frame_idx, f.rule, f.track_id, f.message)))
    with clock("write"):
        writer.write_findings(ordered)
        writer.commit(stage_ms=clock.total_ms)
    return ordered


def _numbered(fused: Fused) -> Fused:
    detections = fused.detections
    cuboid_id = np.arange(len(detections), dtype=np.int64)
    cuboids = replace(detections.cuboids, cuboid_id=cuboid_id)
    return replace(fused, detections=replace(detections, cuboids=cuboids))


def _why(work: Work, findings: Sequence[Finding]) -> str:
    if findings:
        return findings[0].message
    numbers = work.log.sweeps.frame_idx
    known = f"{numbers.min()} to {numbers.max()}" if len(numbers) else "none"
    return f"none was asked for; the recording has frames {known}"
