"""Views of one object: what is inside stands out, what is far is left out."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.arrays import UInt8
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.render.palette import GROUND, SELECTED
from avlabel_viewer.drawing.handles import HOT, Handles
from avlabel_viewer.drawing.object_view import ObjectStyle, draw_object_view
from avlabel_viewer.viewpoints import around_box
from avlabel_viewer.viewpoints.ortho import OrthoView

RED = (200, 0, 0)
PLAIN = ObjectStyle(dims=False, scale_bar=False)
NO_POINTS = np.zeros((0, 3), np.float32)
TAXONOMY = default_taxonomy()


def boxes(*centers: tuple[float, float, float], source: Source = Source.AUTO) -> Cuboids:
    n = len(centers)
    return Cuboids.build(
        "world",
        frame_idx=np.zeros(n, np.int32),
        timestamp_ns=np.zeros(n, np.int64),
        category=np.zeros(n, np.int16),
        center=np.array(centers, np.float64),
        quat_wxyz=quat_from_yaw(np.zeros(n)),
        size_lwh=np.tile([4.0, 2.0, 1.6], (n, 1)),
        source=np.full(n, source),
    )


def top(px_per_m: float = 20.0) -> OrthoView:
    return around_box.top(np.zeros(3), np.eye(3), px_per_m, 201, 161)


def draw(points: np.ndarray, cuboids: Cuboids, selected: int | None = 0, **more: object) -> UInt8:
    colors = np.tile(np.array(RED, np.uint8), (len(points), 1))
    return draw_object_view(
        top(), points.astype(np.float32), colors, cuboids, selected, TAXONOMY, style=PLAIN, **more
    )


def reddish(image: UInt8) -> np.ndarray:
    """Where points show: nothing else is red without green."""
    return image[..., 0] > image[..., 1].astype(int) + 80


def test_points_inside_are_larger_and_lighter_than_those_around() -> None:
    inside = draw(np.array([[-1.0, 0.5, 0.0]]), boxes((0, 0, 0)))
    around = draw(np.array([[-1.0, 2.5, 0.0]]), boxes((0, 0, 0)))
    assert reddish(inside).sum() == 9
    assert reddish(around).sum() == 4
    # 20 px a metre around pixel (100, 80); y is up.
    rows, columns = np.nonzero(reddish(inside))
    assert (rows.mean(), columns.mean()) == (70.0, 80.0)
    assert inside[70, 80].min() > 90
    assert around[30, 80].tolist() == [160, 0, 0]


def test_points_far_above_the_object_do_not_hide_it() -> None:
    assert not reddish(draw(np.array([[-1.0, 2.5, 5.0]]), boxes((0, 0, 0)))).any()
    assert reddish(draw(np.array([[-1.0, 2.5, 5.0]]), boxes((0, 0, 0)), selected=None)).any()
    assert not reddish(draw(np.array([[-1.0, 2.5, 9.0]]), boxes((0, 0, 0)), selected=None)).any()


def test_the_nearest_of_points_upon_each_other_is_seen_but_what_is_inside_wins() -> None:
    points = np.array([[0.5, 0.5, 2.0], [0.5, 0.5, 0.0], [-1.0, 2.5, 1.0], [-1.0, 2.5, -1.0]])
    green, blue = [0, 100, 0], [0, 0, 100]
    colors = np.array([green, blue, green, blue], np.uint8)
    image = draw_object_view(
        top(), points.astype(np.float32), colors, boxes((0, 0, 0)), 0, TAXONOMY, style=PLAIN
    )
    assert np.argmax(image[70, 110]) == 2
    assert np.argmax(image[30, 80]) == 1


def test_points_that_are_no_numbers_are_left_out() -> None:
    bad = np.array([[np.nan, 0, 0], [0, np.inf, 0], [0, 0, np.nan]])
    empty = draw(NO_POINTS, boxes((0, 0, 0)))
    np.testing.assert_array_equal(draw(bad, boxes((0, 0, 0))), empty)


def test_the_selected_box_is_white_at_its_edges() -> None:
    image = draw(NO_POINTS, boxes((0, 0, 0)))
    # 4 m x 2 m around (100, 80).
    for u, v in ((60, 65), (140, 65), (80, 60), (80, 100)):
        assert image[v, u].min() > 240
    assert tuple(image[140, 100]) == GROUND


def test_boxes_of_people_are_thicker_and_interpolated_ones_have_gaps() -> None:
    def lit(source: Source) -> int:
        image = draw(NO_POINTS, boxes((0, 0, 0), source=source))
        return int((image[:, 50:70].min(axis=2) > 200).sum())

    assert lit(Source.INTERPOLATED) < lit(Source.AUTO) < lit(Source.HUMAN)


def test_neighbours_show_fainter_unless_they_are_far_above() -> None:
    alone = draw(NO_POINTS, boxes((0, 0, 0)))
    beside = draw(NO_POINTS, boxes((0, 0, 0), (0, 3, 0)))
    above = draw(NO_POINTS, boxes((0, 0, 0), (0, 3, 9)))
    changed = (beside != alone).any(axis=2)
    assert changed[:45].any()
    assert beside[changed].max() < 180
    np.testing.assert_array_equal(above, alone)


def test_the_hot_handle_is_marked_and_what_has_no_pixel_is_not_drawn() -> None:
    uv = np.array([[30.0, 30.0], [170.0, 130.0], [np.nan, 5.0]])
    turns = np.array([False, True, True])
    image = draw(NO_POINTS, boxes((0, 0, 0)), handles=Handles(uv, turns, hot=1))
    assert tuple(image[30, 30]) == SELECTED
    assert tuple(image[130, 170]) == HOT


@pytest.mark.parametrize("size", [(1, 1), (40, 12), (900, 700)])
def test_a_view_of_any_size_is_drawn(size: tuple[int, int]) -> None:
    view = top().resized(*size)
    image = draw_object_view(
        view, NO_POINTS, np.zeros((0, 3), np.uint8), boxes((0, 0, 0)), 0, TAXONOMY,
        style=ObjectStyle("top"),
    )  # fmt: skip
    assert image.shape == (size[1], size[0], 3)
    assert image.dtype == np.uint8
