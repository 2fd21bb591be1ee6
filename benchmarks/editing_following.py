"""How well objects are followed into frames where they have no box."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from labelled_frames import TAXONOMY, Drive, LabelledFrame, bev, by_kind, frames_of

from avlabel.core.tracks import Tracks
from avlabel.edits.labels import AutoLabels
from avlabel.edits.model import Draft, Edit
from avlabel.edits.resolve import resolve
from avlabel.edits.resolved import Resolved
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.extend import PointsOf, extend
from avlabel_viewer.editing.placement import Placement

MIN_POINTS = 20
FOLLOWED = 5
"""A track needs so many boxes to be followed."""


def following(drives: dict[str, Drive]) -> None:
    """Print how far and how closely."""
    print("\nFollowed from the first box, or the last one back, to the end of the human track")
    print(
        "                                     known  reached  within 0.5 m  mean BEV IoU  boxes set"
    )
    for name, drive in drives.items():
        for known in (1, 3):
            rows = np.array([r for ahead in (True, False) for r in followed(drive, known, ahead)])
            for kind, chosen in by_kind(rows[:, 0]):
                _, moves, reached, near, overlap, share = rows[chosen].T
                for what, some in (("moving", moves > 0), ("standing", moves == 0)):
                    if some.any():
                        print(
                            f"  {name:18} {kind:8} {what:8} {some.sum():3} {known:2}"
                            f" {reached[some].mean():8.0%} {near[some].mean():13.0%}"
                            f" {overlap[some].mean():13.2f} {share[some].mean():10.0%}"
                        )


def followed(
    drive: Drive, known: int, forward: bool
) -> Iterator[tuple[int, bool, float, float, float, float]]:
    """Category, whether it moves, shares of frames reached and right, IoU, share of boxes set."""
    points = points_of(drive)
    for track in tracks_of(drive):
        boxes = dict(track if forward else track[::-1])
        numbers = list(boxes)
        first, wanted = numbers[:known], numbers[known:]
        seen = seeing(drive, {number: boxes[number] for number in first})
        row = int(np.flatnonzero(seen.cuboids.frame_idx == first[-1])[0])
        got = extend(seen, row, points, forward=forward, most=len(wanted))
        after = laid(seen, got.draft) if got.draft else seen
        placed = {
            int(number): Placement.of(after.cuboids, k)
            for k, number in enumerate(after.cuboids.frame_idx)
        }
        human = {number: Placement.of(frame.truth, r) for number, (frame, r) in boxes.items()}
        reached = [number for number in wanted if number in placed]
        away = [np.hypot(*(placed[n].center - human[n].center)[:2]) for n in reached]
        ious = [bev(placed[n], human[n]) for n in reached]
        way = np.hypot(*(human[numbers[-1]].center - human[numbers[0]].center)[:2])
        frame, r = boxes[numbers[0]]
        n_set = len(got.draft.change.after) if got.draft else 0
        yield (
            int(frame.truth.category[r]),
            bool(way > 0.1 * len(numbers)),
            len(reached) / len(wanted),
            sum(np.array(away) < 0.5) / len(wanted),
            sum(ious) / len(wanted),
            n_set / max(len(got.frame_idx), 1),
        )


def hidden(drives: dict[str, Drive]) -> None:
    """Print what happens to objects whose points are taken away."""
    print("\nWith its points gone from the middle of the track on")
    print("                        tracks  lost at once  frames claimed, mean")
    for name, drive in drives.items():
        claimed = np.array(list(claims(drive)))
        print(f"  {name:18} {len(claimed):8} {np.mean(claimed == 0):12.0%} {claimed.mean():12.2f}")


def claims(drive: Drive) -> Iterator[int]:
    """Of each track, frames in which it is claimed to be seen after its points are gone."""
    everything = points_of(drive)
    for track in tracks_of(drive):
        boxes = dict(track)
        numbers = list(boxes)
        middle = numbers[len(numbers) // 2]
        human = {number: Placement.of(frame.truth, row) for number, (frame, row) in track}

        def without(number: int, human=human, middle=middle):  # type: ignore[no-untyped-def]
            points, is_ground = everything(number)
            if number < middle or number not in human:
                return points, is_ground
            kept = np.ones(len(points), np.bool_)
            kept[inside(points, human[number], 0.3)] = False
            return points[kept], is_ground[kept]

        seen = seeing(drive, {numbers[0]: boxes[numbers[0]]})
        got = extend(seen, 0, without, most=len(numbers) - 1)
        yield sum(number >= middle for number in got.frame_idx)


def points_of(drive: Drive) -> PointsOf:
    return {frame.frame_idx: (frame.points, frame.is_ground) for frame in drive}.__getitem__


def tracks_of(drive: Drive) -> list[list[tuple[int, tuple[LabelledFrame, int]]]]:
    """Human tracks that are seen well enough, frame by frame without gaps."""
    tracks: dict[int, list[tuple[int, tuple[LabelledFrame, int]]]] = {}
    for frame in drive:
        for row in range(len(frame.truth)):
            if frame.truth.num_points[row] >= MIN_POINTS:
                track = tracks.setdefault(int(frame.truth.track_id[row]), [])
                track.append((frame.frame_idx, (frame, row)))
    place = {frame.frame_idx: k for k, frame in enumerate(drive)}
    return [
        track
        for track in tracks.values()
        if len(track) >= FOLLOWED and place[track[-1][0]] - place[track[0][0]] == len(track) - 1
    ]


def seeing(drive: Drive, boxes: dict[int, tuple[LabelledFrame, int]]) -> Resolved:
    """Labels that hold nothing but a few boxes of one track."""
    parts = [frame.truth.select(np.array([row])) for frame, row in boxes.values()]
    cuboids = type(parts[0]).concatenate(parts)
    cuboids = cuboids.select(np.argsort(cuboids.frame_idx))
    cuboids = replace(cuboids, cuboid_id=np.arange(len(cuboids), dtype=np.int64))
    tracks = Tracks(
        track_id=cuboids.track_id[:1],
        category=cuboids.category[:1],
        score=np.ones(1, np.float32),
        first_frame=cuboids.frame_idx[:1],
        last_frame=cuboids.frame_idx[-1:],
        n_observed=np.array([len(cuboids)], np.int32),
        size_lwh=cuboids.size_lwh[:1],
        is_static=np.zeros(1, np.bool_),
    )
    return resolve(AutoLabels(cuboids, tracks, frames_of(drive), TAXONOMY, commit=1), [])


def laid(seen: Resolved, draft: Draft) -> Resolved:
    return resolve(seen.labels, [Edit("bench:0", draft.name, "bench", 1, 1, draft.change)])
