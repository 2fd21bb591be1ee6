"""One scene out to one format."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avlabel import __version__
from avlabel.core.cuboids import NO_TRACK
from avlabel.exchange.account import Account, tilt_rad
from avlabel.exchange.classes import check_names, names_of_leaves
from avlabel.exchange.folder import fresh_folder
from avlabel.exchange.job import ExportJob
from avlabel.exchange.options import ExportOptions
from avlabel.exchange.registry import exporter
from avlabel.exchange.selection import select
from avlabel.scenes.scene import Scene

REPORT = "export-report.json"
NOTABLE_TILT_RAD = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class ExportReport:
    """What went out.

    Attributes:
        format: its name.
        scene_id: of the scene.
        commit: whose labels these are.
        labels: ``resolved`` or ``auto``.
        n_frames: frames written.
        n_boxes: boxes written.
        n_tracks: objects written.
        classes: boxes written, by class name in the format.
        account: what could not be carried.
    """

    format: str
    scene_id: str
    commit: int
    labels: str
    n_frames: int
    n_boxes: int
    n_tracks: int
    classes: dict[str, int]
    account: Account

    def as_json(self) -> dict[str, Any]:
        """The content of the report's file."""
        names = ("format", "scene_id", "commit", "labels", "n_frames", "n_boxes", "n_tracks")
        facts = {name: getattr(self, name) for name in names}
        return {"avlabel": __version__, **facts, "classes": self.classes, **self.account.as_json()}


def export_scene(
    scene: Scene, format_name: str, out: Path, options: ExportOptions | None = None
) -> ExportReport:
    """Write a scene's labels in another format, and ``export-report.json`` beside them.

    Args:
        scene: the scene.
        format_name: such as ``kitti-tracking``.
        out: a folder that is absent or empty; it appears whole or not at all.
        options: what to write.

    Raises:
        FormatError: for a format that nobody announces.
        ExportError: for a folder in use, no such class, camera or frame, or a class name that
            the format cannot write.
        ReadError: if an image of the recording is gone; see ``open_scene`` for its place.
        SceneError: if the scene cannot be read, or the disk refuses.
    """
    options = options or ExportOptions()
    form, account = exporter(format_name), Account()
    names = names_of_leaves(scene.taxonomy, form.classes, options.classes)
    check_names(names.values(), one_word=form.one_word)
    with fresh_folder(out) as folder:
        chosen = select(scene, options, names, account)
        job = ExportJob(
            scene,
            options,
            chosen.cuboids,
            chosen.class_names,
            names,
            chosen.frames,
            chosen.attributes,
            chosen.tracks,
            account,
        )
        form.write(job, folder)
        _note_losses(job, form.carries)
        report = _report(format_name, job)
        (folder / REPORT).write_text(json.dumps(report.as_json(), indent=1) + "\n")
    return report


def _report(format_name: str, job: ExportJob) -> ExportReport:
    rows = [row for rows in job.account.left_out.values() for row in rows]
    written = ~np.isin(job.cuboids.cuboid_id, [row["cuboid_id"] for row in rows])
    names = (name for name, kept in zip(job.class_names, written, strict=True) if kept)
    return ExportReport(
        format=format_name,
        scene_id=job.scene.scene_id,
        commit=job.scene.number,
        labels=job.options.labels,
        n_frames=len(job.frames),
        n_boxes=int(written.sum()),
        n_tracks=len(np.setdiff1d(job.cuboids.track_id[written], [NO_TRACK])),
        classes=dict(Counter(names).most_common()),
        account=job.account,
    )


def _note_losses(job: ExportJob, carries: frozenset[str]) -> None:
    """What the format has no place for, as far as these labels have it."""
    account, cuboids = job.account, job.cuboids
    carried = set(carries)
    steepest = float(np.max(tilt_rad(cuboids), initial=0.0))
    held = {
        "track": bool(np.any(cuboids.track_id != NO_TRACK)),
        "tilt": steepest > NOTABLE_TILT_RAD,
        "velocity": bool(np.isfinite(cuboids.velocity).any()),
        "attributes": bool(job.attributes),
    }
    account.lose(carried | {name for name, there in held.items() if not there})
    if "tilt" in account.fields_lost:
        account.fields_lost["tilt"] += f", up to {np.degrees(steepest):.1f} degrees"
    leaves = defaultdict(set)
    for code in np.unique(cuboids.category).tolist():
        leaf = job.scene.taxonomy.leaves[code]
        leaves[job.names[leaf]].add(leaf)
    for name, merged in leaves.items():
        if len(merged) > 1:
            account.note(f"{', '.join(sorted(merged))} are all called '{name}'")
