"""What is settled about one log before its first sweep is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from avlabel.checks.rules import chosen
from avlabel.core.arrays import Float64
from avlabel.core.configs import to_toml
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.log import Log
from avlabel.core.taxonomy import Taxonomy, default_taxonomy
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.pipeline.camera_evidence import with_model_hash
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.fingerprint import config_hash, input_hash
from avlabel.scenes.info import SceneInfo
from avlabel.stages.synchronize import Schedule, synchronize

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how many of its frames are done, and how many there are."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """A ``Progress`` that tells nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One log, its frames and the settings of every stage.

    Attributes:
        log: the recording.
        scene_id: name of the scene to be.
        trajectory: ``world_from_ego`` in the scene's world.
        schedule: the frames.
        findings: what pairing sweeps and images noticed.
        boxes: of another detector, ego frame; None where ours is to look.
        config: resolved settings.
        taxonomy: classes.
        input_hash: of what will be read.
        config_hash: of the resolved settings.
        input_stamp: of the recording's files without their content; "" if unknown.
        info: where the scene comes from.
    """

    log: Log
    scene_id: str
    trajectory: Trajectory
    schedule: Schedule
    findings: tuple[Finding, ...]
    boxes: Cuboids | None
    config: PipelineConfig
    taxonomy: Taxonomy
    input_hash: str
    config_hash: str
    input_stamp: str
    info: SceneInfo

    @property
    def hashes(self) -> tuple[str, str]:
        """Of input and configuration."""
        return self.input_hash, self.config_hash


def prepare(
    log: Log,
    config: PipelineConfig,
    *,
    scene_id: str | None = None,
    boxes: Cuboids | None = None,
    first: int | None = None,
    last: int | None = None,
    input_stamp: str = "",
    known_input: str = "",
) -> Work:
    """Choose the frames of a log, resolve the configuration, and hash both.

    Args:
        log: the recording.
        config: settings of every stage.
        scene_id: name of the scene; the log's if None.
        boxes: of another detector, ego frame, or None.
        first: first frame number, None for the recording's first.
        last: frame number before which to stop, None for all.
        input_stamp: of the recording's files, kept in the scene's commit.
        known_input: a hash that stands for the input already; else all files are hashed.

    Raises:
        InputError: if the camera model cannot be used.
    """
    taxonomy = default_taxonomy()
    config = resolved(config)
    schedule, findings = synchronize(log, first, last, config.synchronize)
    origin_m = local_origin(log.trajectory)
    return Work(
        log=log,
        scene_id=scene_id or log.log_id,
        trajectory=log.trajectory.shifted(origin_m),
        schedule=schedule,
        findings=tuple(findings),
        boxes=boxes,
        config=config,
        taxonomy=taxonomy,
        input_hash=known_input or input_hash(log, schedule, boxes),
        config_hash=config_hash(config, taxonomy),
        input_stamp=input_stamp,
        info=SceneInfo(
            log_id=log.log_id,
            origin_m=origin_m,
            taxonomy=taxonomy,
            source_uris=(log.source_uri,),
            config_toml=to_toml(config, comments=False),
            log_metadata=log.metadata,
        ),
    )


def resolved(config: PipelineConfig) -> PipelineConfig:
    """The configuration with what it refers to pinned by hash.

    Raises:
        InputError: if the camera model cannot be used, or a rule is disabled that there is not.
    """
    chosen(None, config.check.disabled)
    return replace(config, fuse=with_model_hash(config.fuse))


def local_origin(trajectory: Trajectory) -> Float64:
    """(3,) float64 whole metres nearest to the first ego position: the scene's origin."""
    return np.asarray(np.round(trajectory.world_from_ego.translation[0]))


def frames_of(schedule: Schedule, trajectory: Trajectory) -> Frames:
    """The frames of a schedule with their ego poses."""
    pose = trajectory.at(schedule.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    return Frames(schedule.frame_idx, schedule.ref_ns, pose)
