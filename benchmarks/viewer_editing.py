"""How well and how fast boxes are corrected: fits, clicks, following, drags.

python benchmarks/viewer_editing.py     every table; results/viewer_editing.txt keeps them

Against what people labeled in real recordings, and against the sample drive's own truth. Boxes
with fewer than 20 points, ground not counted, are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from one_core import best_ms, pin  # first: it sets threads before libraries read them

# isort: split
import numpy as np
from editing_following import following, hidden
from labelled_frames import TAXONOMY, Drive, LabelledFrame, bev, by_kind, iou, labelled_frames
from recordings import available
from tee import Tee

from avlabel.core.se3 import SE3
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.drag import Drag
from avlabel_viewer.editing.fit import Sizing, fit_to_points
from avlabel_viewer.editing.floor import snap_to_ground
from avlabel_viewer.editing.handles import Kind, handles_of, pick
from avlabel_viewer.editing.lane import along_lane
from avlabel_viewer.editing.one_click import box_at
from avlabel_viewer.editing.pick_point import pick_point
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.snap import Surfaces
from avlabel_viewer.viewpoints import around_box
from avlabel_viewer.viewpoints.perspective import PerspectiveView

RESULTS = Path(__file__).parent / "results" / "viewer_editing.txt"
MIN_POINTS = 20
OFF_M, OFF_RAD = 0.3, np.deg2rad(5)
EVERY = 3
"""Frames between two that are measured: neighbours are alike."""


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    pin()
    drives = {recording.name: list(labelled_frames(recording)) for recording in available()}
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):  # type: ignore[type-var]
        fits(drives)
        clicks(drives)
        following(drives)
        hidden(drives)
        speed(drives)


def fits(drives: dict[str, Drive]) -> None:
    print(f"Fit to points: human boxes moved by {OFF_M} m and turned by 5 degrees")
    print("                                             better  3D IoU: before   after  median")
    for name, drive in drives.items():
        for sizing in ("kept", "grown"):
            rows = np.array(list(fitted(drive, sizing)))
            for kind, chosen in by_kind(rows[:, 0]):
                before, after = rows[chosen, 1], rows[chosen, 2]
                print(
                    f"  {name:18} size {sizing:5} {kind:8} {chosen.sum():4}"
                    f"   {np.mean(after > before):7.0%}"
                    f"         {before.mean():7.3f} {after.mean():7.3f} {np.median(after):7.3f}"
                )


def fitted(drive: Drive, sizing: Sizing) -> Iterator[tuple[int, float, float]]:
    """Category, and IoU with the human box before and after; without a fit it stays."""
    random = np.random.default_rng(0)
    for frame, row, human in seen_boxes(drive):
        angle = random.uniform(-np.pi, np.pi)
        way = OFF_M * np.array([np.cos(angle), np.sin(angle), 0.0])
        off = human.moved(way).turned(OFF_RAD * random.choice([-1, 1]))
        now = fit_to_points(off, frame.points, frame.is_ground, frame.eye, sizing) or off
        yield int(frame.truth.category[row]), iou(human, off), iou(human, now)


def clicks(drives: dict[str, Drive]) -> None:
    print(
        "\nOne click on a random point of each object; front: faces the right way, lane: the same"
    )
    print("when it faces like the other human boxes in its lane")
    print(f"{'':33}BEV IoU > 0.5  3D > 0.5  median BEV  class  front   lane  nothing")
    for name, drive in drives.items():
        rows = np.array(list(clicked(drive)))
        for kind, chosen in by_kind(rows[:, 0]):
            _, from_above, solid, same, front, lane = rows[chosen].T
            found = from_above > 0
            print(
                f"  {name:18} {kind:8} {chosen.sum():4} {np.mean(from_above > 0.5):13.0%}"
                f" {np.mean(solid > 0.5):9.0%} {np.median(from_above):11.2f} {np.mean(same):6.0%}"
                f" {np.mean(front[found]):6.0%} {np.mean(lane[found]):6.0%} {np.mean(~found):8.0%}"
            )


def clicked(drive: Drive) -> Iterator[tuple[int, float, float, bool, bool, bool]]:
    """Category, IoU from above and in space; whether class, front, and front by lane are right."""
    random = np.random.default_rng(0)
    for frame, row, human in seen_boxes(drive):
        own = inside(frame.points, human)
        at = frame.points[random.choice(own[~frame.is_ground[own]])].astype(np.float64)
        found = box_at(at, frame.points, frame.is_ground, frame.eye, TAXONOMY)
        category = int(frame.truth.category[row])
        if found is None:
            yield category, 0.0, 0.0, False, False, False
            continue
        box, parent = found.placement, TAXONOMY.parent_of
        others = parent[frame.truth.category] == TAXONOMY.parents.index("vehicle")
        others[row] = False
        turned = along_lane(box, frame.truth.select(others))
        same = bool(parent[TAXONOMY.code(found.category)] == parent[category])
        fronts = (bool(np.cos(b.yaw - human.yaw) > 0) for b in (box, turned))
        yield category, bev(human, box), iou(human, box), same, *fronts


def speed(drives: dict[str, Drive]) -> None:
    name, drive = max(drives.items(), key=lambda item: len(item[1][0].points))
    frame = drive[0]
    cars = [h for f, row, h in seen_boxes([frame]) if f.truth.category[row] < 6]
    car = min(cars, key=lambda box: abs(np.linalg.norm(box.center - frame.eye) - 15))
    args = frame.points, frame.is_ground
    print(f"\nMilliseconds, best of 30: a car in {len(frame.points):,} points ({name})")
    off = car.moved(np.array([0.2, -0.2, 0.0])).turned(OFF_RAD)
    top = around_box.top(off.center, off.rotation, 60.0, 600, 400)
    own = inside(frame.points, car)
    at = frame.points[own[~frame.is_ground[own]][0]].astype(np.float64)
    seen_from_behind = PerspectiveView.with_fov(looking_at(car), 1.0, 1200, 800)
    u, v = seen_from_behind.project(at[None])[0]
    handles = handles_of(off, top)
    corner = next(handle for handle in handles if handle.kind is Kind.CORNER)
    surfaces = Surfaces.around(off, *args)
    drag = Drag(off, corner, top, *corner.px, surfaces=surfaces)
    free = Drag(off, handles[0], top, *handles[0].px)
    rows = {
        "handles in a view": lambda: handles_of(off, top),
        "handle under the cursor": lambda: pick(handles, *corner.px),
        "grab a corner, with snapping": lambda: Surfaces.around(off, *args),
        "drag it, with snapping": lambda: drag.move(*(corner.px + 5), snap_m=0.3),
        "drag the box": lambda: free.move(*(handles[0].px + 5)),
        "fit to points": lambda: fit_to_points(off, *args, frame.eye),
        "snap to ground": lambda: snap_to_ground(off, *args),
        "point under the cursor": lambda: pick_point(frame.points, seen_from_behind, u, v),
        "new box by one click": lambda: box_at(at, *args, frame.eye, TAXONOMY),
    }
    for what, work in rows.items():
        print(f"  {what:30} {best_ms(work, 30):7.2f}")


def looking_at(box: Placement) -> SE3:
    """A pose 15 m behind a box and 8 m above it."""
    eye = box.center - 15 * box.rotation[:, 0] + np.array([0.0, 0.0, 8.0])
    forward = (box.center - eye) / np.linalg.norm(box.center - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return SE3(np.stack([right, np.cross(forward, right), forward], axis=1), eye)


def seen_boxes(drive: Drive) -> Iterator[tuple[LabelledFrame, int, Placement]]:
    for frame in drive[::EVERY]:
        for row in range(len(frame.truth)):
            box = Placement.of(frame.truth, row)
            own = inside(frame.points, box)
            if (~frame.is_ground[own]).sum() >= MIN_POINTS:
                yield frame, row, box


if __name__ == "__main__":
    main()
