"""From the words of a command line to the list of logs."""

from __future__ import annotations

from collections.abc import Sequence

from avlabel.errors import InputError
from avlabel.scenes.locate import scene_ids
from avlabel.scenes.paths import SCENE_PREFIX
from avlabel.scenes.store import Store
from avlabel_pipelines.inputs import from_arguments, from_manifest
from avlabel_pipelines.jobs import LogRef
from avlabel_pipelines.record import failed_logs


def choose(
    logs: Sequence[str],
    root: str,
    *,
    format_name: str,
    sequences: Sequence[str],
    lidar: str,
    rig: str,
    manifests: Sequence[str],
    stored: bool,
    retry_failed: bool,
) -> list[LogRef]:
    """The logs of a run, each once.

    Args:
        logs: paths, URIs or globs.
        root: of the scenes.
        format_name: of ``logs``; "" if there are none.
        sequences: of each of ``logs``.
        lidar: of each of ``logs``.
        rig: of each of ``logs``, in place of their own.
        manifests: files that list logs.
        stored: whether scenes will do as well as logs: without any, all of the root are taken.
        retry_failed: only what failed before; without logs, all of that.

    Raises:
        InputError: for what is not there, or a format that is not named.
    """
    if logs and not format_name:
        raise InputError("LOGS need a --format")
    found = [*from_arguments(logs, format_name, sequences, lidar, rig)] if logs else []
    for manifest in manifests:
        found += from_manifest(manifest)
    unique = {log.key: log for log in found}
    if retry_failed:
        failed = {log.key: log for log in failed_logs(root)}
        return [log for key, log in failed.items() if not unique or key in unique]
    if stored and not unique:
        return all_scenes(root)
    return list(unique.values())


def all_scenes(root: str) -> list[LogRef]:
    """Every committed scene of a root, as something to start from."""
    base = root.rstrip("/")
    ids = scene_ids(Store.at(root))
    return [LogRef(f"{base}/{SCENE_PREFIX}{scene_id}", scene_id=scene_id) for scene_id in ids]
