"""A long log in parts: each is looked at alone, then all are joined into one scene.

A part is committed as a scene of its own where nobody looks for scenes, so that whatever happens
to its process it is there whole or not at all, and is not done twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from avlabel import __version__
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.log import Log
from avlabel.core.tracks import Tracks
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.depths import scene_depths
from avlabel.pipeline.finish import commit, finish
from avlabel.pipeline.label import LabelResult, gated, scene_store, unchanged, writer_of
from avlabel.pipeline.propose import Proposals, propose
from avlabel.pipeline.stopwatch import Stopwatch
from avlabel.pipeline.work import Progress, frames_of, prepare, silent
from avlabel.scenes.commits import newest_number
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel.scenes.publish import is_current
from avlabel.scenes.scene import Scene, open_scene
from avlabel.scenes.store import Store
from avlabel.stages.camera.fuse import Fused
from avlabel.stages.synchronize import Schedule

FOLDER = "_parts"


def parts_root(root: str | Path, scene_id: str, key: str) -> str:
    """Where the parts of a scene-to-be are kept.

    Args:
        root: folder that holds scenes.
        scene_id: the scene.
        key: hash of all that the parts are made from; other input, other place.
    """
    return f"{str(root).rstrip('/')}/{FOLDER}/{scene_id}/{key[:16]}"


def part_key(input_stamp: str, config_hash: str, n_parts: int) -> str:
    """Hex hash of all that the parts of a log are made from."""
    facts = (input_stamp, config_hash, __version__, n_parts)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def part_id(part: int) -> str:
    """Name of the scene that holds a part."""
    return f"{part:05d}"


def label_part(
    log: Log,
    parts: str,
    config: PipelineConfig,
    *,
    part: int,
    n_parts: int,
    key: str,
    first: int | None = None,
    last: int | None = None,
    progress: Progress = silent,
) -> int:
    """Do all stages that look at sensor data for a stretch of a log.

    Args:
        log: the recording.
        parts: where parts are kept, see ``parts_root``.
        config: settings of every stage.
        part: which stretch.
        n_parts: how many there are, of equal length.
        key: hash of all that the parts are made from.
        first: first frame number of the log, None for the recording's first.
        last: frame number before which to stop, None for all.
        progress: told about each frame.

    Returns:
        How many frames the part has. A part that is there already is left alone.
    """
    work = prepare(log, config, first=first, last=last, known_input=key)
    work = replace(work, scene_id=part_id(part))
    schedule = work.schedule.select(np.array_split(np.arange(len(work.schedule)), n_parts)[part])
    if is_current(parts, work.scene_id, *work.hashes):
        return len(schedule)
    clock = Stopwatch()
    with writer_of(work, parts) as writer:
        proposals = propose(work, schedule, writer, clock, progress)
        writer.write_detections(proposals.fused.detections, proposals.fused.evidence)
        writer.write_rig(log.rig)
        writer.write_trajectory(work.trajectory)
        writer.write_frames(frames_of(proposals.schedule, work.trajectory))
        writer.write_cuboids(Cuboids.empty("world"))
        writer.write_tracks(Tracks.empty())
        commit(proposals.findings, writer, clock)
    return len(schedule)


def join_parts(
    log: Log,
    root: str | Path,
    parts: str,
    config: PipelineConfig,
    *,
    n_parts: int,
    scene_id: str | None = None,
    first: int | None = None,
    last: int | None = None,
    input_stamp: str = "",
    force: bool = False,
) -> LabelResult:
    """Do the stages that need the whole log, and commit the scene that ``label_log`` would.

    Args:
        log: the recording.
        root: folder that holds scenes.
        parts: where the log's parts are kept; removed once the scene is committed.
        config: settings of every stage, as the parts had them.
        n_parts: how many parts there are.
        scene_id: name of the scene; the log's if None.
        first: first frame number, None for the recording's first.
        last: frame number before which to stop, None for all.
        input_stamp: of the recording's files, kept in the scene's commit.
        force: whether to commit even if the scene is there, made from the same.

    Raises:
        ReadError: if no frame at all can be labelled.
        SceneError: if a part is missing or damaged, or the scene cannot be stored.
    """
    work = prepare(log, config, scene_id=scene_id, first=first, last=last, input_stamp=input_stamp)
    base = newest_number(scene_store(root, work.scene_id))
    if not force and is_current(root, work.scene_id, *work.hashes):
        remove_parts(parts)
        return unchanged(root, work.scene_id, len(work.schedule))
    found = [open_scene(f"{parts}/{SCENE_PREFIX}{part_id(k)}") for k in range(n_parts)]
    clock = Stopwatch()
    _add_times(found, clock)
    work = gated(work, clock)
    with writer_of(work, root, base) as writer:
        with clock("join"):
            for part in found:
                writer.append_sweeps(part)
            proposals = _together(found, work.schedule)
        findings = finish(work, proposals, writer, clock)
    remove_parts(parts)
    n_frames = len(proposals.schedule)
    return LabelResult(writer.scene_path, True, n_frames, findings, dict(clock.total_ms))


def remove_parts(parts: str) -> None:
    """Remove the parts of one scene, if they are there, and the folders that held nothing else."""
    Store.at(parts).remove_folder("")
    scene = parts.rpartition("/")[0]
    if Store.at(scene).remove_if_empty(""):
        Store.at(scene.rpartition("/")[0]).remove_if_empty("")


def _together(parts: Sequence[Scene], schedule: Schedule) -> Proposals:
    """What the parts of a schedule show, as if it had been looked at in one go."""
    kept = np.concatenate([part.frames.frame_idx for part in parts])
    fused = [Fused(part.detections(), part.evidence()) for part in parts]
    findings: list[Finding] = []
    for part in parts:
        findings += part.findings()
    return Proposals(
        schedule.select(np.isin(schedule.frame_idx, kept)),
        Fused.concatenate(fused),
        tuple(findings),
        chain.from_iterable(scene_depths(part) for part in parts),
    )


def _add_times(parts: Sequence[Scene], clock: Stopwatch) -> None:
    for part in parts:
        for stage, spent in part.metadata.stage_ms.items():
            clock.total_ms[stage] = clock.total_ms.get(stage, 0.0) + spent
