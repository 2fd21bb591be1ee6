"""What stages and people said that a person should look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from avlabel.core.cuboids import NO_TRACK
from avlabel.core.findings import NOWHERE, Finding, Severity
from avlabel.edits.conflicts import Rule
from avlabel.edits.model import Comment, Decide, Edit, SetValues, auto_key, boxes_of
from avlabel.edits.resolved import Resolved
from avlabel_viewer.session.items import Item
from avlabel_viewer.session.needs import counted

OF_TRACK: dict[Severity, float] = {"error": 0.97, "warning": 0.77, "info": 0.55}
OF_FRAME: dict[Severity, float] = {"error": 0.5, "warning": 0.25, "info": 0.05}
"""Of a frame alone, such as a missing image: there is seldom anything to correct."""
OF_CONFLICT: dict[Rule, float] = {
    "contradiction": 0.95,
    "accepted-changed": 0.9,
    "box-taken": 0.9,
    "no-match": 0.85,
    "class-differs": 0.8,
    "unknown-class": 0.8,
    "cuts-track": 0.6,
    "no-track": 0.5,
    "no-frame": 0.5,
}
OF_FLAG = 0.95


def found(labels: Resolved, findings: Sequence[Finding]) -> Iterator[Item]:
    """Findings about a track or a frame; those of frames that follow each other as one."""
    of_track = [one for one in findings if one.track_id != NOWHERE]
    known = set(labels.tracks.track_id.tolist())
    by_key = {key: track for track, key in labels.keys.items()}
    for one in of_track:
        key = auto_key(labels.labels.commit, one.track_id)
        track = by_key.get(key, one.track_id)
        if track in known:
            item_id = f"finding/{one.rule}:{key}:{one.frame_idx}"
            reason = f"{one.rule}: {one.message}"
            yield Item(item_id, "finding", reason, one.frame_idx, track, OF_TRACK[one.severity])
    of_frame = [one for one in findings if one.track_id == NOWHERE != one.frame_idx]
    for run in _runs(labels, of_frame):
        one, n = run[0], len(run)
        more = f" (and in {counted(n - 1, 'more frame')})" if n > 1 else ""
        item_id = f"finding/{one.rule}:{one.frame_idx}:{one.message}"
        reason = f"{one.rule}: {one.message}{more}"
        yield Item(item_id, "finding", reason, one.frame_idx, NO_TRACK, OF_FRAME[one.severity])


def conflicts(labels: Resolved, edits: Sequence[Edit]) -> Iterator[Item]:
    """Edits that do not fit these labels, or each other.

    Args:
        labels: resolved.
        edits: that they were resolved of; they tell the track where the conflict does not.
    """
    if not labels.conflicts:
        return
    concerned = {one.edit_id for one in labels.conflicts}
    by_id = {edit.edit_id: edit for edit in edits if edit.edit_id in concerned}
    for one in labels.conflicts:
        track_id = one.track_id
        if track_id == NO_TRACK and one.edit_id in by_id:
            track_id = _track_of(labels, by_id[one.edit_id])
        item_id = f"conflict/{one.rule}:{one.edit_id}:{one.frame_idx}"
        reason = f"{one.rule}, {one.author}: {one.message}"
        yield Item(
            item_id,
            "conflict",
            reason,
            one.frame_idx,
            track_id,
            OF_CONFLICT.get(one.rule, 0.7),
            one.time_ns,
        )


def flags(labels: Resolved) -> Iterator[Item]:
    """What somebody wants somebody to look at."""
    for note in labels.decisions:
        if note.verdict == "flag":
            why = f": {note.text}" if note.text else ""
            frame_idx = NOWHERE if note.frame_idx is None else note.frame_idx
            if frame_idx == NOWHERE and note.track_id != NO_TRACK:
                row = int(np.argmax(labels.cuboids.track_id == note.track_id))
                frame_idx = int(labels.cuboids.frame_idx[row])
            yield Item(
                f"flag:{note.edit.edit_id}",
                "flag",
                f"flagged by {note.edit.author}{why}",
                frame_idx,
                note.track_id,
                OF_FLAG,
                note.edit.time_ns,
            )


def _track_of(labels: Resolved, edit: Edit) -> int:
    """The track that an edit is about, if it is still there."""
    change = edit.change
    keys = {box.track for box in boxes_of(change)}
    if isinstance(change, Decide | Comment | SetValues):
        keys = {change.target.track} - {""}
    tracks = {labels.track_of(key) for key in keys} & set(labels.tracks.track_id.tolist())
    return min(tracks, default=NO_TRACK)


def _runs(labels: Resolved, findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Findings of one rule in frames that follow each other."""
    place = {frame: i for i, frame in enumerate(labels.labels.frames.frame_idx.tolist())}
    known = [one for one in findings if one.frame_idx in place]
    known.sort(key=lambda one: (one.rule, place[one.frame_idx], one.message))
    for _, of_rule in groupby(known, key=lambda one: one.rule):
        run: list[Finding] = []
        for one in of_rule:
            if run and place[one.frame_idx] > place[run[-1].frame_idx] + 1:
                yield run
                run = []
            run.append(one)
        yield run
