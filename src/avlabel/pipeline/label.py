"""Label one log and commit one scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.log import Log
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.finish import finish
from avlabel.pipeline.gates import run_gates
from avlabel.pipeline.propose import propose
from avlabel.pipeline.stopwatch import Stopwatch
from avlabel.pipeline.work import Progress, Work, prepare, silent
from avlabel.scenes.commits import newest_number
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel.scenes.publish import is_current
from avlabel.scenes.store import Store
from avlabel.scenes.writer import SceneWriter


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
    input_stamp: str = "",
    force: bool = False,
    progress: Progress = silent,
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
        input_stamp: of the recording's files, kept in the scene's commit.
        force: whether to commit even if the scene is there, made from the same.
        progress: told about each frame.

    Returns:
        What was done. A scene that was made from the same input, configuration and version is
        left alone.

    Raises:
        InputError: if the camera model cannot be used.
        GateError: if a check before labeling finds an error; ``config.gates`` tells which run.
        ReadError: if no frame at all can be labelled.
        SceneWriteError: if the scene cannot be stored.
    """
    work = prepare(
        log,
        config,
        scene_id=scene_id,
        boxes=boxes,
        first=first,
        last=last,
        input_stamp=input_stamp,
    )
    base = newest_number(scene_store(root, work.scene_id))
    if not force and is_current(root, work.scene_id, *work.hashes):
        return unchanged(root, work.scene_id, len(work.schedule))
    clock = Stopwatch()
    work = gated(work, clock)
    with writer_of(work, root, base) as writer:
        proposals = propose(work, work.schedule, writer, clock, progress)
        findings = finish(work, proposals, writer, clock)
    n_frames = len(proposals.schedule)
    return LabelResult(writer.scene_path, True, n_frames, findings, dict(clock.total_ms))


def gated(work: Work, clock: Stopwatch) -> Work:
    """The same work with what the checks before labeling noticed.

    Raises:
        GateError: if one finds an error.
    """
    with clock("gates"):
        noticed = run_gates(work.log, work.config.gates)
    return replace(work, findings=(*work.findings, *noticed))


def writer_of(work: Work, root: str | Path, base: int | None = None) -> SceneWriter:
    """A writer of the scene that a piece of work makes; see ``SceneWriter`` for ``base``."""
    return SceneWriter(
        root,
        work.scene_id,
        info=work.info,
        input_hash=work.input_hash,
        config_hash=work.config_hash,
        input_stamp=work.input_stamp,
        config=work.config.store,
        base=base,
    )


def scene_store(root: str | Path, scene_id: str) -> Store:
    """The folder of a scene."""
    return Store.at(root).child(f"{SCENE_PREFIX}{scene_id}")


def unchanged(root: str | Path, scene_id: str, n_frames: int) -> LabelResult:
    """The result for a scene that is there already."""
    return LabelResult(scene_store(root, scene_id).path(), False, n_frames, (), {})
