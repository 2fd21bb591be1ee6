"""Two scenes of one drive side by side: what changed, and whether for the better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from avlabel.core.arrays import Int64, IntArray
from avlabel.core.cuboids import Cuboids
from avlabel.evaluation.evaluate import score
from avlabel.evaluation.report import summarise
from avlabel.evaluation.tables import QUALITY, cell
from avlabel.geometry.iou import bev_iou
from avlabel.report.head import edited
from avlabel.report.html import Html, html, joined, section, table, tag
from avlabel.report.subject import Subject

SAME_IOU = 0.3
"""Boxes of two scenes that overlap this much from above are the same object."""
MOVED_M = 0.1
UNLIKE = "The scenes are of different drives, or share no frame: boxes are not compared."
FALLS_ARE_BETTER = frozenset({"ID sw."})


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Boxes of the frames that two scenes share.

    Attributes:
        both: (K, 2) int64 rows of the first and of the second scene that are the same object.
        gone: rows of the first that the second has nothing for.
        new: rows of the second that the first has nothing for.
    """

    both: Int64
    gone: Int64
    new: Int64


def changes(before: Cuboids, after: Cuboids, shared: IntArray) -> Changes:
    """Match boxes frame by frame so that their overlap from above is greatest in all.

    Args:
        before: N boxes in the world.
        after: M boxes in the same world.
        shared: (F,) numbers of the frames that both scenes have.
    """
    pairs = [np.zeros((0, 2), np.int64)]
    for frame_idx in shared:
        a = np.flatnonzero(before.frame_idx == frame_idx)
        b = np.flatnonzero(after.frame_idx == frame_idx)
        overlap = bev_iou(before.bev[a], after.bev[b])
        row, column = linear_sum_assignment(-overlap)
        same = overlap[row, column] >= SAME_IOU
        pairs.append(np.column_stack([a[row[same]], b[column[same]]]))
    both = np.concatenate(pairs)
    gone = np.flatnonzero(np.isin(before.frame_idx, shared))
    new = np.flatnonzero(np.isin(after.frame_idx, shared))
    return Changes(both, np.setdiff1d(gone, both[:, 0]), np.setdiff1d(new, both[:, 1]))


def comparison(before: Subject, after: Subject) -> Html:
    """The part of the page that compares the first with the second scene."""
    shared = np.intersect1d(before.scene.frames.frame_idx, after.scene.frames.frame_idx)
    one_drive = before.scene.log_id == after.scene.log_id and len(shared)
    boxes = _boxes(before, after, shared) if one_drive else tag("p", UNLIKE, class_="warning")
    return tag(
        "main",
        tag("h1", "What changed"),
        tag("div", table(("", ""), _sides(before, after)), class_="facts"),
        section("Boxes", boxes),
        *(_quality(before, after) if one_drive else ()),
        _findings(before, after),
    )


def _sides(before: Subject, after: Subject) -> Iterator[tuple[str, str]]:
    for side, one in (("before", before), ("after", after)):
        commit = f"commit {one.scene.number} of {one.scene.metadata.created}"
        yield side, f"{one.scene.scene_id}, {commit}, {edited(one)}"


def _boxes(before: Subject, after: Subject, shared: IntArray) -> Html:
    offset = before.scene.origin_m - after.scene.origin_m
    a, b = replace(before.labels, center=before.labels.center + offset), after.labels
    made = changes(a, b, shared)
    rows = list(_class_rows(before, after, a, b, made))
    said = (
        f"Of {len(shared)} frames that both have. Boxes are the same object where they overlap by "
        f"{SAME_IOU:g} or more from above, and have moved where their middles are more than "
        f"{MOVED_M:g} m apart."
    )
    head = ("class", "before", "after", "kept in place", "moved", "other class", "gone", "new")
    return joined([tag("p", said, class_="faint"), table(head, rows)])


def _class_rows(
    before: Subject, after: Subject, a: Cuboids, b: Cuboids, made: Changes
) -> Iterator[list[object]]:
    """A row for each class; "other class" counts boxes of it that have another one now."""
    names_a = np.array(before.scene.taxonomy.leaves)[a.category]
    names_b = np.array(after.scene.taxonomy.leaves)[b.category]
    first, second = made.both.T
    moved = np.linalg.norm(a.center[first] - b.center[second], axis=1) > MOVED_M
    same = names_a[first] == names_b[second]
    for name in sorted({*names_a.tolist(), *names_b.tolist()}):
        mine = names_a[first] == name
        yield [
            name.replace("_", " "),
            int(mine.sum() + np.count_nonzero(names_a[made.gone] == name)),
            int(
                np.count_nonzero(names_b[second] == name)
                + np.count_nonzero(names_b[made.new] == name)
            ),
            int(np.count_nonzero(mine & same & ~moved)),
            int(np.count_nonzero(mine & same & moved)),
            int(np.count_nonzero(mine & ~same)),
            int(np.count_nonzero(names_a[made.gone] == name)),
            int(np.count_nonzero(names_b[made.new] == name)),
        ]


def _quality(before: Subject, after: Subject) -> Iterator[Html]:
    if before.compared is None or after.compared is None:
        return
    first, second = (summarise(score(one)) for one in (before.compared, after.compared))
    rows = []
    for name in first["classes"]:
        old, new = (one["classes"][name]["all"] for one in (first, second))
        if old["n_truth"]:
            cells = (_change(h, find(old), find(new), spec) for h, find, spec in QUALITY)
            rows.append([name, *cells])
    head = ["", *(heading.replace("\n", " ") for heading, _, _ in QUALITY)]
    yield section("Quality against truth", table(head, rows))


def _change(heading: str, old: Any, new: Any, spec: str) -> Html:
    """The new value, and by how much it rose or fell."""
    if old is None or new is None or cell(old, spec) == cell(new, spec):
        return html(cell(new, spec))
    falls_are_better = heading.replace("\n", " ") in FALLS_ARE_BETTER
    kind = "better" if (new > old) != falls_are_better else "worse"
    difference = tag("span", f" {new - old:+{spec}}", class_=kind)
    return html(cell(new, spec)) if heading == "truth" else Html(cell(new, spec) + difference)


def _findings(before: Subject, after: Subject) -> Html:
    old, new = (Counter(f.rule for f in one.faults) for one in (before, after))
    rows = []
    for rule in sorted({*old, *new}):
        n, m = old[rule], new[rule]
        kind = "better" if m < n else "worse" if m > n else "faint"
        change = tag("span", f"{m - n:+d}" if m != n else "", class_=kind)
        rows.append([rule, n, m, change])
    made = table(("rule", "before", "after", "change"), rows)
    return section("Findings", made or tag("p", "Neither has any.", class_="fine"))
