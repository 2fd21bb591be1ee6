"""What a timeline shows of a session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from avlabel.core.arrays import BoolArray, Int64, IntArray
from avlabel.core.cuboids import NO_TRACK, Source
from avlabel.edits.resolved import Resolved
from avlabel.render.palette import SELECTED, Rgb, class_colors
from avlabel_viewer.drawing.timeline import TimelineMarks
from avlabel_viewer.session.items import Item
from avlabel_viewer.session.verdicts import Said, Verdicts

GRAVE, DOUBTFUL = 0.9, 0.6
"""Priorities from which an item is marked as an error, or as a warning."""


def timeline_marks(
    labels: Resolved,
    verdicts: Verdicts,
    items: Sequence[Item],
    track_id: int = NO_TRACK,
    ready: Iterable[int] = (),
) -> TimelineMarks:
    """Marks of the selected object, or of the whole scene without one.

    Args:
        labels: resolved.
        verdicts: of these labels.
        items: of the queue that are left; how grave each is, is its priority.
        track_id: the selected track.
        ready: frames whose data are in memory.
    """
    cuboids = labels.cuboids
    mine = cuboids.track_id == track_id
    source = cuboids.source
    selected = bool(mine.any()) and track_id != NO_TRACK
    if not selected:
        mine = np.zeros(len(cuboids), bool)
    shown = [i for i in items if not selected or i.track_id == track_id]
    frames = labels.labels.frames.frame_idx
    flagged = [frames[verdicts.frame == Said.FLAG], cuboids.frame_idx[verdicts.row == Said.FLAG]]
    return TimelineMarks(
        automatic=cuboids.frame_idx[mine & (source == Source.AUTO)],
        interpolated=cuboids.frame_idx[mine & (source == Source.INTERPOLATED)],
        human=cuboids.frame_idx[mine & (source == Source.HUMAN)],
        color=_color(labels, mine),
        errors=_frames(i for i in shown if i.priority >= GRAVE),
        warnings=_frames(i for i in shown if DOUBTFUL <= i.priority < GRAVE),
        infos=_frames(i for i in shown if i.priority < DOUBTFUL),
        edits=changed_frames(labels, track_id if selected else None),
        comments=_commented(labels, track_id if selected else None),
        accepted=frames[verdicts.reviewed],
        flagged=np.unique(np.concatenate(flagged)),
        ready=np.array(list(ready), np.int64),
    )


def changed_frames(labels: Resolved, track_id: int | None = None) -> IntArray:
    """Frames in which boxes, of a track if one is given, are not as the pipeline left them."""
    cuboids, auto = labels.cuboids, labels.labels.cuboids
    was = np.maximum(labels.auto_row, 0)
    kept = labels.auto_row >= 0
    changed: BoolArray = ~kept | (cuboids.source == Source.HUMAN)
    if len(auto):
        changed |= (cuboids.source != auto.source[was]) | (cuboids.track_id != auto.track_id[was])
    gone = np.ones(len(auto), bool)
    gone[labels.auto_row[kept]] = False
    if track_id is not None:
        changed &= cuboids.track_id == track_id
        gone &= auto.track_id == track_id
    return np.unique(np.concatenate([cuboids.frame_idx[changed], auto.frame_idx[gone]]))


def _commented(labels: Resolved, track_id: int | None) -> Int64:
    """Frames of comments; one of a whole track is where the track begins."""
    out = []
    for note in labels.comments:
        if track_id is not None and note.track_id != track_id:
            continue
        if note.frame_idx is not None:
            out.append(note.frame_idx)
        elif note.track_id != NO_TRACK:
            of_track = labels.cuboids.track_id == note.track_id
            out.append(int(labels.cuboids.frame_idx[of_track].min()))
    return np.unique(np.array(out, np.int64))


def _color(labels: Resolved, mine: BoolArray) -> Rgb:
    if not mine.any():
        return SELECTED
    code = int(labels.cuboids.category[np.argmax(mine)])
    return class_colors(labels.labels.taxonomy)[code]


def _frames(items: Iterable[Item]) -> Int64:
    return np.unique(np.array([i.frame_idx for i in items if i.frame_idx >= 0], np.int64))
