"""A frame as somebody who flies behind the ego vehicle sees it."""

from __future__ import annotations

import numpy as np
from drawing_samples import TAXONOMY, cuboids, points
from numpy.testing import assert_allclose

from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3
from avlabel.geometry.boxes import corners
from avlabel.render.palette import GROUND
from avlabel.render.perspective import Chase, draw_perspective, draw_points
from avlabel.render.trails import Trail

CHASE = Chase(width_px=640, height_px=360)
NO_POINTS = np.zeros((0, 3), np.float32)


def pixel_of(point, chase=CHASE):
    cam = chase.ego_from_cam.inverse().apply(np.array([point], np.float64))
    return chase.model.project(cam)[0][0]


def test_it_looks_ahead_of_the_vehicle_and_left_is_left():
    assert_allclose(pixel_of([CHASE.ahead_m, 0, 0]), [319.5, 179.5], atol=1e-6)
    assert pixel_of([10, 4, 0])[0] < 319 < pixel_of([10, -4, 0])[0]
    assert pixel_of([40, 0, 0])[1] < pixel_of([10, 0, 0])[1]
    assert pixel_of([10, 0, 3])[1] < pixel_of([10, 0, 0])[1]
    around = Chase(640, 360, around=np.pi / 2)
    assert_allclose(around.ego_from_cam.translation, [0, -18, 10], atol=1e-9)


def test_boxes_and_points_are_where_they_project():
    one = cuboids().select([0])
    drawn = draw_perspective(NO_POINTS, one, [], TAXONOMY, CHASE)
    empty = draw_perspective(NO_POINTS, Cuboids.empty("ego"), [], TAXONOMY, CHASE)
    v, u = np.nonzero((drawn != empty).any(axis=2))
    uv = np.array([pixel_of(corner) for corner in corners(one)[0]])
    assert_allclose([u.max(), v.max()], uv.max(axis=0), atol=4)
    cloud = np.array([[12.0, 3.0, 1.0]], np.float32)
    dotted = draw_perspective(cloud, Cuboids.empty("ego"), [], TAXONOMY, CHASE)
    v, u = np.nonzero((dotted != empty).any(axis=2))
    assert_allclose([u.mean(), v.mean()], pixel_of(cloud[0]), atol=1.0)


def test_nearer_points_hide_farther_ones_and_those_are_fainter():
    image = np.zeros((9, 9, 3), np.uint8)
    model = Chase(9, 9).model
    near, far = [[0.0, 0.0, 5.0]], [[0.0, 0.0, 60.0]]
    shown = []
    for cloud in (near, far, near + far, far + near):
        drawn = np.full_like(image, GROUND)
        draw_points(drawn, np.array(cloud, np.float32), SE3.identity(), model)
        shown.append(drawn[4, 4].astype(int))
    assert (shown[2] == shown[0]).all()
    assert (shown[3] == shown[0]).all()
    assert (np.abs(shown[1] - GROUND) < np.abs(shown[0] - GROUND)).all()


def test_points_behind_the_eye_or_that_are_no_numbers_are_left_out():
    bad = np.array([[-50, 0, 1], [np.nan, 0, 0], [10, np.inf, 0]], np.float32)
    none = Cuboids.empty("ego")
    np.testing.assert_array_equal(
        draw_perspective(bad, none, [], TAXONOMY, CHASE),
        draw_perspective(NO_POINTS, none, [], TAXONOMY, CHASE),
    )


def test_a_whole_frame_with_trails():
    trail = Trail(0, np.array([[0.0, -1, 0], [5, -1, 0], [12, -1, 0]]))
    with_trail = draw_perspective(points(), cuboids(), [trail], TAXONOMY)
    without = draw_perspective(points(), cuboids(), [], TAXONOMY)
    assert with_trail.shape == (720, 1280, 3)
    assert (with_trail != without).any()
