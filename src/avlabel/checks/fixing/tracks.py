"""Boxes added, deleted and given to other tracks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.checks.breaks import continuations
from avlabel.checks.fixing.mend import Fix, Job, counted, mends
from avlabel.checks.overlaps import Overlaps, overlaps
from avlabel.core.cuboids import NO_TRACK
from avlabel.core.se3 import quat_from_yaw, wrap_angle
from avlabel.edits.compose import add_box, delete_boxes, merge, set_category
from avlabel.edits.model import Draft

SHORT_S = 0.6
"""An object is taken to go on evenly over a gap of up to this long."""
CLEAR_MAJORITY = 2 / 3


@mends("class-changes")
def one_class(job: Job) -> Iterator[Fix]:
    """Give a track the class of two thirds of its boxes."""
    for track in job.tracks:
        rows = job.rows(track)
        codes, counts = np.unique(job.subject.cuboids.category[rows], return_counts=True)
        if counts.max() < CLEAR_MAJORITY * len(rows):
            continue
        leaf = job.subject.taxonomy.leaves[int(codes[counts.argmax()])]
        yield job.fix(track, f"is a {leaf}", set_category(job.seen, track, leaf))


@mends("gap")
def fill_gaps(job: Job) -> Iterator[Fix]:
    """Add boxes in short gaps, between those before and after."""
    for track in job.tracks:
        rows = job.rows(track)
        drafts = [
            draft
            for before, after in zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True)
            if job.is_hit[before]
            for draft in _between(job, before, after)
        ]
        if drafts:
            yield job.fix(track, f"{counted(len(drafts))} added in gaps", *drafts)


@mends("fragmented-track")
def join_fragments(job: Job) -> Iterator[Fix]:
    """Join a track and the one that it goes on in, after a short gap and near its way."""
    c, found = job.subject.cuboids, continuations(job.subject)
    near = (found.seconds <= SHORT_S) & (found.away_m <= job.subject.config.break_m)
    near &= c.category[found.end] == c.category[found.begin]
    root: dict[int, int] = {}
    order = np.argsort(c.frame_idx[found.begin], kind="stable")
    for k in order[near[order]].tolist():
        end, begin = int(c.track_id[found.end[k]]), int(c.track_id[found.begin[k]])
        if {end, begin} & job.taboo:
            continue
        root[begin] = into = root.get(end, end)
        yield job.fix(into, f"goes on as track {begin}", merge(job.seen, begin, into))


@mends("duplicate-box")
def drop_duplicates(job: Job) -> Iterator[Fix]:
    """Delete the boxes of the shorter of two tracks, where they are one object."""
    pairs = overlaps(job.subject)
    losing: dict[tuple[int, int], list[int]] = {}
    for k in np.flatnonzero(pairs.same).tolist():
        loser, other = _loser(job, pairs, k)
        track = int(job.subject.cuboids.track_id[loser])
        if track not in job.taboo and track != NO_TRACK:
            losing.setdefault((track, other), []).append(loser)
    for (track, other), rows in sorted(losing.items()):
        what = f"{counted(len(rows))} deleted: track {other} has them"
        yield job.fix(track, what, delete_boxes(job.seen, rows))


@mends("empty")
def trim(job: Job) -> Iterator[Fix]:
    """Delete empty boxes at the ends of a track; those in the middle may be seen in images."""
    for track in job.tracks:
        rows = job.rows(track)
        full = np.flatnonzero(~job.is_hit[rows])
        ends = rows if not len(full) else np.r_[rows[: full[0]], rows[full[-1] + 1 :]]
        if len(ends):
            yield job.fix(track, f"{counted(len(ends))} deleted", delete_boxes(job.seen, ends))


def _between(job: Job, before: int, after: int) -> Iterator[Draft]:
    c, frames = job.subject.cuboids, job.subject.frames
    start_ns, end_ns = c.timestamp_ns[[before, after]].tolist()
    if (end_ns - start_ns) * 1e-9 > SHORT_S:
        return
    first, last = job.subject.position[[before, after]].tolist()
    turn = wrap_angle(c.yaw[after] - c.yaw[before])
    for position in range(first + 1, last):
        share = (frames.ref_ns[position] - start_ns) / (end_ns - start_ns)
        size = c.size_lwh[before] + share * (c.size_lwh[after] - c.size_lwh[before])
        yield add_box(
            job.seen,
            frame_idx=int(frames.frame_idx[position]),
            category=job.subject.taxonomy.leaves[int(c.category[before])],
            center=c.center[before] + share * (c.center[after] - c.center[before]),
            quat_wxyz=quat_from_yaw(c.yaw[before] + share * turn),
            size_lwh=size.astype(np.float64),
            track=job.seen.key_of(int(c.track_id[before])),
            name="fill gap",
            scope="frame",
        )


def _loser(job: Job, pairs: Overlaps, k: int) -> tuple[int, int]:
    """Row that goes, and track that stays: what people did, else the longer, else the surer."""
    c = job.subject.cuboids

    def worth(row: int) -> tuple[bool, int, float, int]:
        track = int(c.track_id[row])
        mine = job.rows(track)
        score = float(c.score[mine].mean()) if len(mine) else 0.0
        return track in job.taboo, len(mine), score, -track

    loser, winner = sorted((int(pairs.first[k]), int(pairs.second[k])), key=worth)
    return loser, int(c.track_id[winner])
