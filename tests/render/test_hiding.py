"""Which boxes of an image something stands before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from drawing_samples import MODEL, camera, cuboids

from avlabel.core.cuboids import Source
from avlabel.core.projections import Projections
from avlabel.core.se3 import SE3
from avlabel.geometry.exposure import expose
from avlabel.render.hiding import Hiding, hiding_by_image


def rows_of(*rows):
    """Projections of (frame, camera, cuboid, occlusion)."""
    frame_idx, code, cuboid_id, occlusion = zip(*rows, strict=True)
    empty = Projections.empty(["front", "left"])
    columns = {
        "frame_idx": np.array(frame_idx, np.int32),
        "camera": np.array(code, np.int16),
        "cuboid_id": np.array(cuboid_id),
        "occlusion": np.array(occlusion, np.float32),
    }
    return replace(empty, **columns)


def two_in_a_row():
    """A car, and another behind it as seen by the camera; and their corners."""
    near = cuboids().select([0])
    boxes = near.select([0, 0])
    boxes = replace(
        boxes,
        center=boxes.center + np.array([[0, 0, 0], [8, 0.3, -0.1]]),
        cuboid_id=np.array([5, 6]),
        timestamp_ns=np.zeros(2, np.int64),
    )
    still = SE3.identity()
    return boxes, expose(boxes, camera(), 0, (still, still)).corners_cam


def test_what_the_pipeline_found_is_known_by_image():
    found = hiding_by_image(
        rows_of((3, 1, 9, 0.9), (3, 0, 8, 0.2), (3, 0, 7, 0.8), (2, 0, 7, np.nan), (4, 0, 7, 0.1))
    )
    assert set(found) == {(3, "left"), (3, "front"), (4, "front")}
    assert found[3, "front"].cuboid_id.tolist() == [7, 8]
    assert found[3, "front"].hidden.tolist() == [True, False]
    assert hiding_by_image(Projections.empty(["front"])) == {}


def test_boxes_hide_boxes_where_nothing_else_is_known():
    boxes, corners_cam = two_in_a_row()
    assert Hiding().of(boxes, corners_cam, MODEL).tolist() == [False, True]


def test_what_the_pipeline_found_counts_unless_a_person_has_set_the_box():
    boxes, corners_cam = two_in_a_row()
    # A tree stands before the first; the second is seen through windows.
    hiding = Hiding(np.array([5, 6]), np.array([True, False]))
    assert hiding.of(boxes, corners_cam, MODEL).tolist() == [True, False]
    by_hand = replace(boxes, source=np.array([Source.HUMAN, Source.HUMAN]))
    assert hiding.of(by_hand, corners_cam, MODEL).tolist() == [False, True]
    assert len(hiding.of(boxes.select([]), corners_cam[:0], MODEL)) == 0
