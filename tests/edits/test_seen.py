"""What a person sees, as edits mention it."""

from __future__ import annotations

import numpy as np
from edit_samples import Person, two_cars
from hypothesis import given, settings
from hypothesis import strategies as st
from random_editors import some_labels

from avlabel.edits import compose
from avlabel.edits.resolve import resolve
from avlabel.edits.seen import BESIDE_IOU, beside, boxes_at, rows_of
from avlabel.geometry.iou import bev_iou


@settings(max_examples=60)
@given(some_labels(), st.data())
def test_beside_boxes_is_what_overlaps_them_in_their_frames(auto, data):
    seen = resolve(auto, [])
    n = len(seen.cuboids)
    rows = sorted(data.draw(st.sets(st.integers(0, n - 1)))) if n else []
    frames, bev = seen.cuboids.frame_idx, seen.cuboids.bev
    iou = bev_iou(bev[rows], bev) * (frames[rows][:, None] == frames)
    wanted = set(np.flatnonzero((iou >= BESIDE_IOU).any(axis=0)).tolist()) - set(rows)
    assert beside(seen, boxes_at(seen, rows), rows) == boxes_at(seen, sorted(wanted))


def test_a_box_tells_where_the_labels_had_it_only_if_elsewhere():
    ann = Person(two_cars())
    row = ann.row(3, 8)
    ann.does(compose.set_box(ann.sees, row, center=[8, 1, 0.75]))
    before, moved, after = boxes_at(ann.sees, rows_of(ann.sees, 3)[7:10])
    assert [box.frame_idx for box in (before, moved, after)] == [7, 8, 9]
    assert (moved.source, moved.auto_track, moved.center) == ("human", 3, (8.0, 1.0, 0.75))
    assert moved.auto_place[:3] == moved.as_labelled().center == (8.0, 0.0, 0.75)
    assert (before.source, before.auto_place) == ("auto", ())
