"""What workers run. Each task opens what it needs by URI and returns a few hundred bytes.

What is wrong with a recording comes back as a failed outcome, since it would fail again. What may
pass, such as a full disk or a lost connection, is raised, so that the task is tried again.
"""

from __future__ import annotations

import resource
import sys
import time
from contextlib import AbstractContextManager
from pathlib import PurePosixPath

from avlabel.core.log import Log
from avlabel.errors import InputError, SceneCorruptError, SceneNotFoundError, SceneVersionError
from avlabel.pipeline import LabelResult, label_log
from avlabel.pipeline.local_copy import is_remote
from avlabel.pipeline.parts import join_parts, label_part, part_key, parts_root
from avlabel.pipeline.recording import recording
from avlabel.pipeline.redo import redo
from avlabel.pipeline.stamp import input_stamp
from avlabel.scenes.paths import SCENE_PREFIX, check_name
from avlabel.scenes.publish import newest_commit, why_redo
from avlabel.scenes.scene import open_scene
from avlabel.stages.synchronize import synchronize
from avlabel_pipelines.jobs import LogRef, Outcome, Settings, Survey

HOPELESS = (InputError, SceneCorruptError, SceneNotFoundError, SceneVersionError)
"""Trying again would not help."""


def survey(log: LogRef, settings: Settings) -> Survey | Outcome:
    """Find out what scene a log makes and whether there is anything to do."""
    try:
        if settings.stages:
            return _survey_scene(log, settings)
        stamp = input_stamp(log.uri, *log.facts, *_rig_state(log.rig))
        scene_id, frames = _index(log, settings)
        commit = newest_commit(settings.root, check_name(scene_id, "scene id"))
        why = "forced" if settings.force else why_redo(commit, stamp, settings.config_hash)
        return Survey(scene_id, frames, stamp, why)
    except HOPELESS as error:
        return Outcome(log, log.scene_id, "failed", str(error))


def label(log: LogRef, found: Survey, settings: Settings) -> Outcome:
    """Label a whole log and commit its scene."""
    start = time.perf_counter()
    try:
        with opened(log) as source:
            result = label_log(
                source,
                settings.root,
                settings.config,
                scene_id=found.scene_id,
                first=log.first,
                last=log.last,
                input_stamp=found.stamp,
                force=settings.force,
            )
        return _outcome(log, found, settings, result, time.perf_counter() - start)
    except HOPELESS as error:
        return Outcome(log, found.scene_id, "failed", str(error))


def part(
    log: LogRef, found: Survey, number: int, n_parts: int, settings: Settings
) -> int | Outcome:
    """Look at one stretch of a long log; the number of its frames."""
    try:
        with opened(log) as source:
            return label_part(
                source,
                _parts(found, n_parts, settings),
                settings.config,
                part=number,
                n_parts=n_parts,
                key=_part_key(found, n_parts, settings),
                first=log.first,
                last=log.last,
            )
    except HOPELESS as error:
        return Outcome(log, found.scene_id, "failed", str(error))


def join(log: LogRef, found: Survey, n_parts: int, settings: Settings) -> Outcome:
    """Make one scene of a long log's parts."""
    start = time.perf_counter()
    try:
        with opened(log) as source:
            result = join_parts(
                source,
                settings.root,
                _parts(found, n_parts, settings),
                settings.config,
                n_parts=n_parts,
                scene_id=found.scene_id,
                first=log.first,
                last=log.last,
                input_stamp=found.stamp,
                force=settings.force,
            )
        return _outcome(log, found, settings, result, time.perf_counter() - start)
    except HOPELESS as error:
        return Outcome(log, found.scene_id, "failed", str(error))


def again(log: LogRef, found: Survey, settings: Settings) -> Outcome:
    """Do later stages of a stored scene again."""
    start = time.perf_counter()
    try:
        scene = open_scene(_scene_uri(settings.root, found.scene_id))
        result = redo(scene, settings.root, settings.config, settings.stages, force=settings.force)
        return _outcome(log, found, settings, result, time.perf_counter() - start)
    except HOPELESS as error:
        return Outcome(log, found.scene_id, "failed", str(error))


def opened(log: LogRef) -> AbstractContextManager[Log]:
    """A recording, copied from its object store for as long as it is needed."""
    return recording(
        log.uri,
        log.format,
        sequence=log.sequence or None,
        lidar=log.lidar or None,
        rig=log.rig or None,
    )


def _rig_state(rig: str) -> tuple[str, ...]:
    """What tells that a rig's file is another; known rigs come with the version."""
    return (input_stamp(rig),) if rig.endswith(".toml") else ()


def _index(log: LogRef, settings: Settings) -> tuple[str, int]:
    """Name of the scene and number of its frames."""
    if is_remote(log.uri):
        # To open it would mean to copy it, so its folder's name has to do.
        return log.scene_id or _name_in_bucket(log), 0
    with opened(log) as source:
        schedule, _ = synchronize(source, log.first, log.last, settings.config.synchronize)
        return log.scene_id or source.log_id, len(schedule)


def _name_in_bucket(log: LogRef) -> str:
    folder = PurePosixPath(log.uri.partition("://")[2]).name
    return "-".join(part for part in (folder, log.sequence) if part)


def _survey_scene(log: LogRef, settings: Settings) -> Survey:
    # Whether the merged settings are the scene's own is found out when it is opened.
    scene_id = log.scene_id or _index(log, settings)[0]
    if newest_commit(settings.root, scene_id) is None:
        raise SceneNotFoundError(f"{_scene_uri(settings.root, scene_id)}: no whole scene there")
    return Survey(scene_id, 0, "", f"again: {', '.join(settings.stages)}")


def _scene_uri(root: str, scene_id: str) -> str:
    return f"{root.rstrip('/')}/{SCENE_PREFIX}{scene_id}"


def _parts(found: Survey, n_parts: int, settings: Settings) -> str:
    return parts_root(settings.root, found.scene_id, _part_key(found, n_parts, settings))


def _part_key(found: Survey, n_parts: int, settings: Settings) -> str:
    return part_key(found.stamp, settings.config_hash, n_parts)


def conflicts_of(uri: str) -> int:
    """How many of people's edits do not fit the newest labels of a scene; they are kept."""
    scene = open_scene(uri)
    return len(scene.resolved().conflicts) if scene.edits().edits else 0


def _outcome(
    log: LogRef, found: Survey, settings: Settings, result: LabelResult, seconds: float
) -> Outcome:
    return Outcome(
        log,
        found.scene_id,
        "done" if result.committed else "skipped",
        found.why if result.committed else "its content is the same",
        frames=result.n_frames if result.committed else 0,
        findings=sum(finding.severity == "error" for finding in result.findings),
        conflicts=conflicts_of(_scene_uri(settings.root, found.scene_id)),
        seconds=seconds,
        stage_ms=result.stage_ms,
        peak_mb=peak_mb(),
    )


def peak_mb() -> float:
    """Most memory that this process ever held, MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
