"""Later stages again, from the detections that a scene keeps; its points are read, not written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from avlabel import __version__
from avlabel.checks.rules import RULES
from avlabel.core.configs import from_toml, to_toml
from avlabel.core.cuboids import Cuboids
from avlabel.core.tracks import Tracks
from avlabel.errors import ConfigError
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.depths import scene_depths
from avlabel.pipeline.exposures import exposures
from avlabel.pipeline.fingerprint import config_hash
from avlabel.pipeline.finish import commit, join, write_labels
from avlabel.pipeline.label import LabelResult, unchanged
from avlabel.pipeline.stopwatch import Stopwatch
from avlabel.pipeline.work import resolved
from avlabel.scenes.scene import Scene
from avlabel.scenes.writer import SceneWriter
from avlabel.stages.camera.fuse import Fused
from avlabel.stages.project import FINDINGS as PROJECT_FINDINGS

STAGES: Mapping[str, tuple[str, ...]] = {
    "track": ("track", "boxes"),
    "refine": ("refine",),
    "check": ("check",),
    "project": ("project",),
}
"""Stages that can be done again, in their order, and the settings that each takes anew."""

REDONE = ("scene", "cuboids", "tracks", "projections", "findings")
"""Tables that are written anew; all others are taken over."""


def redo(
    scene: Scene,
    root: str | Path,
    config: PipelineConfig,
    stages: Collection[str],
    *,
    force: bool = False,
) -> LabelResult:
    """Commit a scene anew with other tracks, boxes, checks or projections.

    Args:
        scene: the newest commit.
        root: folder of scenes that it lies in.
        config: settings; those of the named stages are taken, all others are the scene's own.
        stages: of ``STAGES``. What follows the first of them is done again too.
        force: whether to commit even if the settings are those of the scene.

    Returns:
        What was done; nothing if the scene has these settings and comes from this version.

    Raises:
        ConfigError: for a stage that there is not, or settings in the scene that this version
            does not know.
        SceneError: if the scene cannot be read or written.
    """
    config = resolved(merged(scene, config, stages))
    hashes = scene.metadata.input_hash, config_hash(config, scene.taxonomy)
    if not force and scene.metadata.same_work(*hashes, __version__):
        return unchanged(root, scene.scene_id, len(scene.frames))
    clock = Stopwatch()
    with SceneWriter(
        root,
        scene.scene_id,
        info=replace(scene.info, config_toml=to_toml(config, comments=False)),
        input_hash=hashes[0],
        config_hash=hashes[1],
        input_stamp=scene.metadata.input_stamp,
        config=config.store,
        base=scene.number,
    ) as writer:
        writer.adopt(scene, [name for name in scene.table_names if name not in REDONE])
        cuboids, tracks = _labels(scene, config, stages, clock)
        noticed = write_labels(
            cuboids,
            tracks,
            scene.frames,
            scene.rig,
            scene.trajectory,
            exposures(scene),
            scene_depths(scene),
            config=config,
            taxonomy=scene.taxonomy,
            writer=writer,
            clock=clock,
        )
        again = {*RULES, *PROJECT_FINDINGS}
        kept = [finding for finding in scene.findings() if finding.rule not in again]
        findings = commit([*kept, *noticed], writer, clock)
    n_frames = len(scene.frames)
    return LabelResult(writer.scene_path, True, n_frames, findings, dict(clock.total_ms))


def merged(scene: Scene, config: PipelineConfig, stages: Collection[str]) -> PipelineConfig:
    """The scene's own settings with those of the named stages taken from ``config``.

    Raises:
        ConfigError: for a stage that there is not, or settings in the scene that this version
            does not know.
    """
    check_stages(stages)
    own = from_toml(PipelineConfig, scene.config, f"{scene.path}: its configuration")
    taken = {name for stage in stages for name in STAGES[stage]}
    return replace(own, **{name: getattr(config, name) for name in taken})


def check_stages(stages: Collection[str]) -> None:
    """Refuse stages that cannot be done again.

    Raises:
        ConfigError: naming the first one.
    """
    for stage in stages:
        if stage not in STAGES:
            raise ConfigError(f"stage '{stage}': expected some of {', '.join(STAGES)}")


def _labels(
    scene: Scene, config: PipelineConfig, stages: Collection[str], clock: Stopwatch
) -> tuple[Cuboids, Tracks]:
    if not {"track", "refine"} & set(stages):
        return scene.cuboids(), scene.tracks()
    # Tracks of single detections are not stored: tracking is repeated, on equal terms or new ones.
    fused = Fused(scene.detections(), scene.evidence())
    # Of another detector's boxes no points are kept.
    whole = not len(fused.detections.points)
    return join(fused, scene.frames, config, scene.taxonomy, clock, whole=whole)
