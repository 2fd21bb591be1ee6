from __future__ import annotations

import numpy as np
from drawing_samples import TAXONOMY, cuboids, points

from avlabel.render.bev import draw_bev
from avlabel.render.palette import EGO, GROUND, class_colors
from avlabel.render.trails import Trail, trails_until
from avlabel.render.window import BevWindow

WINDOW = BevWindow(400, 200, px_per_m=8.0, center_x_m=0.0)
NONE = np.zeros((0, 3), np.float32)
NO_BOXES = cuboids().select(np.zeros(0, int))


def test_window_puts_ahead_to_the_right_and_left_to_the_top():
    uv = WINDOW.pixels(np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 5.0]]))
    np.testing.assert_allclose(uv, [[199.5, 99.5], [279.5, 99.5], [199.5, 59.5]])


def test_points_land_on_their_pixels_and_higher_ones_are_brighter():
    low, high = [20.0, 10.5, 0.0], [20.0, -10.5, 3.9]
    bev = draw_bev(np.array([low, high], np.float32), NO_BOXES, [], TAXONOMY, WINDOW)
    (u, v_low), (_, v_high) = np.rint(WINDOW.pixels(np.array([low, high]))).astype(int)
    assert tuple(bev[v_low, u]) != GROUND
    assert bev[v_high, u].sum() > bev[v_low, u].sum() + 100


def test_empty_frame_still_has_the_ego_vehicle_and_rings():
    bev = draw_bev(NONE, NO_BOXES, [], TAXONOMY, WINDOW)
    assert bev.shape == (200, 400, 3)
    assert bev.dtype == np.uint8
    assert (bev == EGO).all(axis=2).sum() > 50
    assert (bev != GROUND).any(axis=2).mean() > 0.005


def test_points_that_are_not_finite_or_far_away_are_left_out():
    odd = np.array([[np.nan, 0, 0], [np.inf, 0, 0], [1e6, 0, 0]], np.float32)
    empty = draw_bev(NONE, NO_BOXES, [], TAXONOMY, WINDOW)
    np.testing.assert_array_equal(draw_bev(odd, NO_BOXES, [], TAXONOMY, WINDOW), empty)


def test_boxes_are_drawn_in_their_colours():
    boxes = cuboids()
    bev = draw_bev(points(), boxes, [], TAXONOMY, WINDOW)
    for code in boxes.category:
        assert (bev == class_colors(TAXONOMY)[code]).all(axis=2).sum() > 10


def test_drawing_changes_none_of_its_inputs():
    cloud, boxes = points(), cuboids()
    trail = Trail(0, np.array([[0.0, 0, 0], [5, 5, 0]]))
    kept = cloud.copy(), boxes.center.copy(), trail.points.copy()
    draw_bev(cloud, boxes, [trail], TAXONOMY, WINDOW)
    for was, now in zip(kept, (cloud, boxes.center, trail.points), strict=True):
        np.testing.assert_array_equal(was, now)


def test_trails_end_in_the_frame_and_reach_back_as_far_as_asked():
    boxes = cuboids("world", n_frames=8)
    trails = trails_until(boxes, frame_idx=5, seconds=0.3)
    assert [len(trail.points) for trail in trails] == [4, 4, 4]
    np.testing.assert_allclose(trails[0].points[-1], [16.0, -1.0, 0.8])
    assert trails_until(boxes, frame_idx=0, seconds=9.0) == []
