"""Label one log and commit one scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.configs import to_toml
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.log import Log
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy, default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.errors import ReadError
from avlabel.pipeline.boxes import boxes_of_sweep, label_boxes
from avlabel.pipeline.camera_evidence import add_camera_evidence, with_model_hash
from avlabel.pipeline.camera_images import store_images
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.fingerprint import config_hash, input_hash
from avlabel.pipeline.stopwatch import Stopwatch
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel.scenes.publish import is_current
from avlabel.scenes.store import Store
from avlabel.scenes.writer import SceneWriter
from avlabel.stages.camera.agree import agree
from avlabel.stages.camera.fuse import Fused
from avlabel.stages.check import check
from avlabel.stages.detection.detect import detect
from avlabel.stages.ingest import ingest
from avlabel.stages.project import project
from avlabel.stages.refining.refine import refine
from avlabel.stages.synchronize import Schedule, synchronize
from avlabel.stages.tracking.track import track

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how many of its frames are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class LabelResult:
    """What became of one log.

    Attributes:
        scene_path: the scene's folder.
        committed: False if the scene was there already, made from the same.
        n_frames: frames labelled.
        findings: what was noticed on the way; none if nothing was done.
        stage_ms: milliseconds spent by stage.
    """

    scene_path: str
    committed: bool
    n_frames: int
    findings: tuple[Finding, ...]
    stage_ms: Mapping[str, float]


def label_log(
    log: Log,
    root: str | Path,
    config: PipelineConfig,
    *,
    scene_id: str | None = None,
    boxes: Cuboids | None = None,
    first: int | None = None,
    last: int | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
) -> LabelResult:
    """Run every stage on a log and publish the result as a scene.

    Args:
        log: the recording.
        root: folder that holds scenes.
        config: settings of every stage.
        scene_id: name of the scene; the log's if None.
        boxes: of another detector, ego frame, scores in 0..1, seen at the reference times of
            their frames; they replace those of our own.
        first: first frame number, None for the recording's first.
        last: frame number before which to stop, None for all.
        progress: told about each frame.

    Returns:
        What was done. A scene that was made from the same input, configuration and version is
        left alone.

    Raises:
        InputError: if the camera model cannot be used.
        ReadError: if no frame at all can be labelled.
        SceneWriteError: if the scene cannot be stored.
    """
    taxonomy = default_taxonomy()
    scene_id = scene_id or log.log_id
    config = replace(config, fuse=with_model_hash(config.fuse))
    schedule, findings = synchronize(log, first, last, config.synchronize)
    hashes = input_hash(log, schedule, boxes), config_hash(config, taxonomy)
    if is_current(root, scene_id, *hashes):
        path = Store.at(root).child(f"{SCENE_PREFIX}{scene_id}").path()
        return LabelResult(path, committed=False, n_frames=len(schedule), findings=(), stage_ms={})
    origin_m = local_origin(log.trajectory)
    info = SceneInfo(
        log_id=log.log_id,
        origin_m=origin_m,
        taxonomy=taxonomy,
        source_uris=(log.root.absolute().as_uri(),),
        config_toml=to_toml(config, comments=False),
        log_metadata=log.metadata,
    )
    with SceneWriter(
        root, scene_id, info=info, input_hash=hashes[0], config_hash=hashes[1], config=config.store
    ) as writer:
        job = _Job(log, log.trajectory.shifted(origin_m), config, taxonomy, boxes, writer, progress)
        return job.run(schedule, findings)


def local_origin(trajectory: Trajectory) -> Float64:
    """(3,) float64 whole metres nearest to the first ego position: the scene's origin."""
    return np.asarray(np.round(trajectory.world_from_ego.translation[0]))


class _Job:
    """The stages of one log, with what they share."""

    def __init__(
        self,
        log: Log,
        trajectory: Trajectory,
        config: PipelineConfig,
        taxonomy: Taxonomy,
        boxes: Cuboids | None,
        writer: SceneWriter,
        progress: Progress,
    ) -> None:
        self.log = log
        self.trajectory = trajectory
        self.config = config
        self.taxonomy = taxonomy
        self.boxes = boxes
        self.writer = writer
        self.progress = progress
        self.clock = Stopwatch()
        self.findings: list[Finding] = []

    def run(self, schedule: Schedule, findings: list[Finding]) -> LabelResult:
        self.findings += findings
        schedule, detections = self.detect_all(schedule)
        if not len(schedule):
            raise ReadError(f"{self.log.log_id}: none of its frames can be labelled: {self.why()}")
        frames = self.frames(schedule)
        fused = self.look(detections, schedule, frames)
        cuboids = self.label(fused, frames)
        self.write_projections(cuboids, frames, schedule)
        self.write_recording(frames)
        with self.clock("write"):
            self.writer.write_findings(self.findings)
            self.writer.commit(stage_ms=self.clock.total_ms)
        return LabelResult(
            self.writer.scene_path,
            committed=True,
            n_frames=len(frames),
            findings=tuple(self.findings),
            stage_ms=dict(self.clock.total_ms),
        )

    def why(self) -> str:
        if self.findings:
            return self.findings[0].message
        numbers = self.log.sweeps.frame_idx
        known = f"{numbers.min()} to {numbers.max()}" if len(numbers) else "none"
        return f"none was asked for; the recording has frames {known}"

    def detect_all(self, schedule: Schedule) -> tuple[Schedule, Detections]:
        """Read, compensate, store and detect, sweep by sweep; sweeps are not kept."""
        lidar = self.log.rig.lidars[self.log.sweeps.sensor_id]
        sensor_xy = lidar.ego_from_sensor.translation[:2]
        kept, found = [], []
        for k, index in enumerate(schedule.sweep):
            sweep = self.read(int(index))
            if sweep is not None:
                with self.clock("write"):
                    self.writer.write_sweep(sweep)
                with self.clock("detect"):
                    found.append(self.propose(sweep, sensor_xy))
                kept.append(k)
            self.progress("detect", k + 1, len(schedule))
        schedule = schedule.select(np.array(kept, np.int64))
        if not found:
            return schedule, Detections.empty("ego")
        return schedule, Detections.concatenate(found)

    def propose(self, sweep: Sweep, sensor_xy: Float64) -> Detections:
        if self.boxes is not None:
            return boxes_of_sweep(self.boxes, sweep)
        return detect(sweep, sensor_xy, self.taxonomy, self.config.detect)

    def read(self, index: int) -> Sweep | None:
        with self.clock("ingest"):
            sweep, findings = ingest(self.log, index, self.trajectory, self.config.ingest)
        self.findings += findings
        return sweep

    def frames(self, schedule: Schedule) -> Frames:
        pose = self.trajectory.at(schedule.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
        return Frames(schedule.frame_idx, schedule.ref_ns, pose)

    def look(self, detections: Detections, schedule: Schedule, frames: Frames) -> Fused:
        """What the images say of the detections; nothing without a camera model."""
        if not self.config.fuse.camera_model:
            return Fused.unseen(detections, self.taxonomy)
        with self.clock("fuse"):
            fused, findings = add_camera_evidence(
                detections,
                self.log,
                schedule,
                frames,
                self.trajectory,
                self.taxonomy,
                self.config.fuse,
                lambda done, total: self.progress("fuse", done, total),
            )
        self.findings += findings
        return fused

    def label(self, fused: Fused, frames: Frames) -> Cuboids:
        """Track, refine and check; what is stored is what later stages can start from."""
        cuboids, tracks = self.join(fused, frames)
        with self.clock("check"):
            self.findings += check(cuboids, tracks, self.config.check, self.taxonomy)
        with self.clock("write"):
            self.writer.write_detections(fused.detections)
            self.writer.write_cuboids(cuboids)
            self.writer.write_tracks(tracks)
        return cuboids

    def join(self, fused: Fused, frames: Frames) -> tuple[Cuboids, Tracks]:
        detections = fused.detections
        if self.boxes is not None:
            with self.clock("track"):
                return label_boxes(detections.cuboids, frames, self.config.boxes, self.taxonomy)
        rows = frames.positions(detections.cuboids.frame_idx)
        in_world = detections.moved(frames.world_from_ego[rows], "world")
        with self.clock("track"):
            track_id = track(in_world, frames, self.config.track, self.taxonomy)
        with self.clock("refine"):
            cuboids, tracks = refine(in_world, track_id, frames, self.config.refine, self.taxonomy)
            said = track_id, fused.evidence
            return agree(cuboids, tracks, *said, self.taxonomy, self.config.fuse.agree)

    def write_projections(self, cuboids: Cuboids, frames: Frames, schedule: Schedule) -> None:
        with self.clock("images"):
            exposure_ns, findings = store_images(self.log, schedule, self.writer)
        self.findings += findings
        with self.clock("project"):
            projections, findings = project(
                cuboids,
                self.log.rig,
                self.trajectory,
                frames.frame_idx,
                exposure_ns,
                self.config.project,
            )
        self.findings += findings
        with self.clock("write"):
            self.writer.write_projections(projections)

    def write_recording(self, frames: Frames) -> None:
        with self.clock("write"):
            self.writer.write_rig(self.log.rig)
            self.writer.write_trajectory(self.trajectory)
            self.writer.write_frames(frames)
