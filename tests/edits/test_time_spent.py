"""Seconds by object and author."""

from __future__ import annotations

from dataclasses import replace

from edit_samples import Person, two_cars

from avlabel.edits import compose
from avlabel.edits.time_spent import time_spent


def test_time_goes_to_the_object_that_an_edit_is_about():
    ann = Person(two_cars())
    moved = replace(ann.does(compose.set_box(ann.sees, ann.row(3, 4))), seconds=5.0)
    spent = [
        compose.decide(ann.sees, "accept", 3),
        compose.set_category(ann.sees, 3, "truck"),
        compose.comment(ann.sees, "why?", 5),
        compose.merge(ann.sees, 5, 3),
    ]
    edits = [replace(ann.does(draft), seconds=10.0) for draft in spent]
    edits.append(replace(ann.does(compose.undo(moved)), seconds=1.0))
    edits.append(replace(ann.does(compose.decide(ann.sees, "accept")), seconds=2.0))
    edits.append(replace(ann.does(compose.comment(ann.sees, "x", frame_idx=2)), author="bob"))
    seen = ann.sees
    assert time_spent([moved, *edits[:2], edits[4]], seen) == {(3, "ann"): 26.0}
    # 5 was merged into 3: what was said of it is about no track that is there.
    assert time_spent([moved, *edits], seen) == {(3, "ann"): 36.0, (-1, "ann"): 12.0}
