"""Line segments of boxes and ways."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.render.palette import class_colors
from avlabel.render.segments import dashed
from avlabel.render.trails import Trail
from avlabel_viewer.drawing.lines import (
    box_lines,
    label_anchors,
    label_texts,
    trail_lines,
)

TAXONOMY = default_taxonomy()
CAR, PEDESTRIAN = TAXONOMY.code("car"), TAXONOMY.code("pedestrian")


def three() -> Cuboids:
    """A car of the machine, a person set by hand, an interpolated car; all face north."""
    return Cuboids.build(
        "world",
        frame_idx=np.zeros(3, np.int32),
        timestamp_ns=np.zeros(3, np.int64),
        category=np.array([CAR, PEDESTRIAN, CAR]),
        center=np.array([[0.0, 0.0, 1.0], [10.0, 0.0, 1.0], [20.0, 0.0, 1.0]]),
        quat_wxyz=quat_from_yaw(np.full(3, np.pi / 2)),
        size_lwh=np.array([[4.0, 2.0, 1.6], [0.6, 0.6, 1.8], [4.0, 2.0, 1.6]]),
        track_id=np.array([7, 8, 9]),
        source=np.array([Source.AUTO, Source.HUMAN, Source.INTERPOLATED]),
    )


def test_boxes_of_the_machine_people_and_the_selected_one_come_apart() -> None:
    lines = box_lines(three(), TAXONOMY, selected=0)
    assert len(lines.selected) == 14
    assert len(lines.thick) == 14
    assert len(lines.thin) > 2 * 14
    assert_array_equal(lines.selected.colors, 1.0)
    assert_allclose(lines.thick.colors[0] * 255, class_colors(TAXONOMY)[PEDESTRIAN], atol=1e-3)
    assert_allclose(lines.thin.segments[..., 0].mean(), 20.0, atol=0.1)
    assert lines.thin.segments.dtype == lines.thin.colors.dtype == np.float32


def test_the_arrow_on_the_floor_points_where_the_box_faces() -> None:
    segments = box_lines(three(), TAXONOMY, selected=0).selected.segments
    tips = segments[-2:, 1]
    assert_allclose(tips, [[0.0, 2.0 + 1.1, 0.2]] * 2, atol=1e-6)


def test_faint_boxes_are_darker_and_no_boxes_make_no_lines() -> None:
    faint = box_lines(three(), TAXONOMY, faint=np.array([False, True, False]))
    assert (faint.thick.colors < box_lines(three(), TAXONOMY).thick.colors).all()
    assert len(box_lines(Cuboids.empty("world"), TAXONOMY).thin) == 0


@given(st.floats(0.01, 300.0), st.floats(0.05, 5.0), st.floats(0.05, 5.0))
def test_dashes_keep_both_ends_and_are_the_same_from_either(
    length: float, dash: float, gap: float
) -> None:
    there = np.array([[[0.0, 0.0, 0.0], [length, 0.0, 0.0]]])
    dashes, owner = dashed(there, dash, gap)
    x = dashes[..., 0]
    assert (x[0, 0], x[-1, 1]) == (0.0, length)
    assert (x[:, 1] > x[:, 0]).all()
    assert (x[1:, 0] > x[:-1, 1]).all()
    assert (owner == 0).all()
    back = dashed(there[:, ::-1], dash, gap)[0][..., 0]
    assert_allclose(np.sort(back.ravel()), x.ravel(), atol=1e-9 * length)


def test_dashes_of_many_lines_know_their_line() -> None:
    lines = np.array(
        [[[0.0, 0.0], [10.0, 0.0]], [[0.0, 5.0], [0.0, 5.0]], [[0.0, 9.0], [1.0, 9.0]]]
    )
    dashes, owner = dashed(lines, 1.0, 1.0)
    assert_array_equal(np.bincount(owner), [6, 2, 2])
    assert_array_equal(dashes[owner == 1][:, :, 1], 5.0)
    assert_array_equal(dashes[owner == 2][:, :, 1], 9.0)


def test_trails_brighten_towards_now_and_a_single_place_is_no_way() -> None:
    way = np.column_stack([np.arange(4.0), np.zeros(4), np.zeros(4)])
    lines = trail_lines([Trail(CAR, way), Trail(CAR, way[:1])], TAXONOMY)
    assert_array_equal(lines.segments[:, :, 0], [[0, 1], [1, 2], [2, 3]])
    assert (np.diff(lines.colors.sum(axis=1)) > 0).all()
    assert len(trail_lines([], TAXONOMY)) == 0


def test_labels_say_what_is_not_the_machines_and_stand_above() -> None:
    assert label_texts(three(), TAXONOMY) == ["car 7", "pedestrian 8 human", "car 9 interpolated"]
    assert_allclose(label_anchors(three(), 0.5)[1], [10.0, 0.0, 2.4], atol=1e-6)
