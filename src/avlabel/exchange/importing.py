"""Labels of one file or folder into one scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.edits import compose
from avlabel.errors import ReadError
from avlabel.exchange.account import Account
from avlabel.exchange.classes import LEFT_OUT, leaves_of_names
from avlabel.exchange.incoming import Incoming, Target
from avlabel.exchange.matching import IMPORT_AUTHOR
from avlabel.exchange.merge import Merge, merge
from avlabel.exchange.options import ImportOptions
from avlabel.exchange.plan import FormatFacts
from avlabel.exchange.registry import importer
from avlabel.scenes.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class ImportReport:
    """What came in.

    Attributes:
        format: its name.
        scene_id: of the scene.
        author: of the edits.
        n_boxes: boxes read.
        merged: what they changed.
        account: what of the file was not used.
    """

    format: str
    scene_id: str
    author: str
    n_boxes: int
    merged: Merge
    account: Account

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        names = ("n_objects", "n_matched", "n_set", "n_same", "n_deleted")
        return {
            "format": self.format,
            "scene_id": self.scene_id,
            "author": self.author,
            "n_boxes": self.n_boxes,
            **{name: getattr(self.merged, name) for name in names},
            "n_edits": len(self.merged.drafts),
            **self.account.as_json(),
        }


def import_labels(
    scene: Scene,
    path: Path,
    format_name: str,
    options: ImportOptions | None = None,
    *,
    dry_run: bool = False,
) -> ImportReport:
    """Write labels of another format into a scene, as edits by ``import:<format>``.

    Args:
        scene: the scene of the same recording.
        path: a file or folder, as the format has it.
        format_name: such as ``kitti-tracking``.
        options: how to read and merge.
        dry_run: find out what would change, and change nothing.

    Returns:
        What was, or would be, changed. All edits are written or none.

    Raises:
        FormatError: for a format that nobody announces.
        ReadError: naming file and place of what cannot be read, or a class that is not known.
        SceneError: if the scene cannot be read or written.
    """
    options = options or ImportOptions()
    form, account = importer(format_name), Account()
    if not path.exists():
        raise ReadError(f"{path}: no such file or folder")
    target = Target(scene.frames, scene.rig, scene.origin_m, options, account)
    read = form.read(path, target)
    names = zip(read.class_name, read.where, strict=True)
    leaves = leaves_of_names(names, form.classes, options.classes, scene.taxonomy)
    labels, leaves = _without_left_out(read, leaves, account)
    seen, author = scene.resolved(), options.author or f"{IMPORT_AUTHOR}{format_name}"
    # What the user says goes for every box; else a van stays one where the file says vehicle.
    called = {leaf: name for leaf, name in form.called.items() if name not in options.classes}
    facts = FormatFacts(format_name, form.has_tilt, form.has_tracks, called)
    merged = merge(seen, scene.edits().active, labels, leaves, facts, options)
    _note_untracked(seen.cuboids, labels, account)
    refused = [_shown(labels, row) for row in merged.refused.tolist()]
    account.drop_rows("a person set this box in the scene", refused)
    if merged.drafts and not dry_run:
        with scene.edit_log(author) as log:
            log.append(*merged.drafts)
    return ImportReport(format_name, scene.scene_id, author, len(read), merged, account)


def undo_import(scene: Scene, author: str) -> int:
    """Take back every edit of an import's author that still holds, and return their number.

    Raises:
        SceneError: if the scene cannot be read or written.
    """
    drafts = [compose.undo(edit) for edit in scene.edits().active if edit.author == author]
    if drafts:
        with scene.edit_log(author) as log:
            log.append(*drafts)
    return len(drafts)


def _note_untracked(cuboids: Cuboids, labels: Incoming, account: Account) -> None:
    alone = (cuboids.track_id == NO_TRACK) & np.isin(cuboids.frame_idx, labels.frame_idx)
    if count := int(alone.sum()):
        account.note(f"{count} boxes of the scene have no track: edits cannot name them; they stay")


def _without_left_out(
    labels: Incoming, leaves: Sequence[str], account: Account
) -> tuple[Incoming, list[str]]:
    keep = np.array([leaf != LEFT_OUT for leaf in leaves], np.bool_)
    left_out = [_shown(labels, row) for row in np.flatnonzero(~keep).tolist()]
    account.drop_rows("class left out", left_out)
    return labels.select(keep), [leaf for leaf in leaves if leaf != LEFT_OUT]


def _shown(labels: Incoming, row: int) -> dict[str, Any]:
    return {
        "frame_idx": int(labels.frame_idx[row]),
        "object": labels.object_id[row],
        "class": labels.class_name[row],
        "where": labels.where[row],
    }
