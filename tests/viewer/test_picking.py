"""Which box and which point a click means."""

from __future__ import annotations

import numpy as np
import pytest
from editing_samples import box_at, side_view, top_view

from avlabel.core.cuboids import Cuboids
from avlabel_viewer.actions.picking import box_at_pixel, point_at_pixel
from avlabel_viewer.editing.placement import Placement

OBJECT = box_at()
U, V = side_view().project(OBJECT.center[None])[0]
"""The object's middle, seen along +y."""


def cuboids(*boxes: Placement) -> Cuboids:
    return Cuboids.build(
        "world",
        frame_idx=np.zeros(len(boxes), np.int64),
        timestamp_ns=np.zeros(len(boxes), np.int64),
        category=np.zeros(len(boxes), np.int64),
        center=np.array([box.center for box in boxes]),
        quat_wxyz=np.array([box.quat_wxyz for box in boxes]),
        size_lwh=np.array([box.size_lwh for box in boxes]),
    )


@pytest.mark.parametrize("selected", [0, None])
def test_a_box_that_the_view_leaves_out_is_not_clicked(selected: int | None) -> None:
    assert box_at_pixel(side_view(), cuboids(OBJECT, box_at(y=-30)), selected, U, V) == 0


def test_the_object_is_clicked_before_what_stands_in_front_of_it() -> None:
    both = cuboids(OBJECT, box_at(y=-3))
    assert box_at_pixel(side_view(), both, 0, U, V) == 0
    assert box_at_pixel(side_view(), both, None, U, V) == 1


def test_what_is_inside_the_object_can_be_clicked() -> None:
    rider = box_at(size=(0.5, 0.5, 1.0))
    assert box_at_pixel(side_view(), cuboids(OBJECT, rider), 0, U, V) == 1
    assert box_at_pixel(side_view(), cuboids(OBJECT, rider), 0, U + 60, V) == 0


def test_beside_all_boxes_is_none() -> None:
    assert box_at_pixel(top_view(), cuboids(OBJECT), 0, 5, 5) is None


def test_a_point_that_the_view_leaves_out_is_not_clicked() -> None:
    points = np.array([[0, -30, 0.75], [0, -1, 0.75]], np.float32)
    assert point_at_pixel(side_view(), points, OBJECT, U, V) == 1
    assert point_at_pixel(side_view(), points, None, U, V) == 1
    assert point_at_pixel(side_view(), points[:1], OBJECT, U, V) is None
