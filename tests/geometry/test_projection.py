from __future__ import annotations

import numpy as np
import pytest
from box_samples import box, seen_bounds, surface
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.cameras import Pinhole
from avlabel.errors import CalibrationError
from avlabel.geometry.boxes import EDGES
from avlabel.geometry.occlusion import occlusion_by_boxes
from avlabel.geometry.projection import (
    faces_away,
    project_boxes,
    project_edges,
    project_polygons,
    project_segments,
)
from avlabel.geometry.view import view_of

STRAIGHT = Pinhole(641, 481, np.array([300.0, 300.0, 320.0, 240.0]))
BARREL = Pinhole(
    641, 481, np.array([300.0, 300.0, 320.0, 240.0]), np.array([-0.15, 0.02, 1e-3, -5e-4])
)
FOLDED = Pinhole(
    641, 481, np.array([300.0, 300.0, 320.0, 240.0]), np.array([-0.2, 0.03, 0.0, 0.0, -0.002])
)
"""Its distortion stops being monotonic within the image."""
MODELS = pytest.mark.parametrize("model", [STRAIGHT, BARREL], ids=["straight", "barrel"])


def test_cube_ahead_by_hand():
    seen = project_boxes(box([0.0, 0.0, 10.0]), STRAIGHT)
    half = 300 * 0.5 / 9.5  # the near face decides
    np.testing.assert_allclose(
        seen.uv_box[0], [320 - half, 240 - half, 320 + half, 240 + half], atol=1e-9
    )
    # Corner 0: front (here right), left (here far), bottom.
    np.testing.assert_allclose(
        seen.corners_px[0, 0], [320 + 150 / 10.5, 240 + 150 / 10.5], atol=1e-9
    )
    assert seen.truncation[0] == 0.0
    assert seen.visible.tolist() == [True]


def test_behind_the_camera_is_not_visible():
    seen = project_boxes(box([0.0, 0.0, -10.0]), STRAIGHT)
    assert seen.visible.tolist() == [False]
    assert np.isnan(seen.corners_px).all()
    assert seen.truncation[0] == 1.0


def test_beside_the_view_is_not_visible():
    assert not project_boxes(box([30.0, 0.0, 10.0]), STRAIGHT).visible[0]


@MODELS
def test_truck_beside_the_car_is_cut_at_the_near_plane(model):
    """A 12 m truck, 2 m to the right, from 4 m behind the camera to 8 m ahead of it."""
    truck = box([3.25, 0.0, 2.0], size=(2.5, 12.0, 3.0))
    seen = project_boxes(truck, model)
    u0, v0, u1, v1 = seen.uv_box[0]
    left, _ = model.project(np.array([[2.0, 0.0, 8.0]]))
    assert u0 == pytest.approx(left[0, 0], abs=6.0)  # the far edge, bent by the lens
    assert (u1, v0, v1) == pytest.approx((640.0, 0.0, 480.0), abs=1.0)
    assert 0.5 < seen.truncation[0] < 0.95
    assert np.isnan(seen.corners_px[0]).all(axis=1).sum() == 4


def test_wall_that_fills_the_view_has_no_corner_in_it():
    seen = project_boxes(box([0.0, 0.0, 2.0], size=(50.0, 1.0, 50.0)), BARREL)
    np.testing.assert_allclose(seen.uv_box[0], [0, 0, 640, 480], atol=1e-6)


def test_wall_seen_by_a_lens_whose_model_ends_in_the_image_corners():
    half_diagonal_px = np.hypot(320, 240)
    reach, _ = FOLDED.project(np.array([[0.9999 * FOLDED.lens.fold[0], 0.0, 1.0]]))
    assert 320 < reach[0, 0] - 320 < half_diagonal_px
    seen = project_boxes(box([0.0, 0.0, 2.0], size=(50.0, 1.0, 50.0)), FOLDED)
    np.testing.assert_allclose(seen.uv_box[0], [0, 0, 640, 480], atol=1e-6)


def test_camera_that_sees_nothing():
    model = Pinhole(10, 10, np.array([1e-3, 1e-3, 900.0, 900.0]), np.array([-0.2, 0.0, 0.0, 0.0]))
    with pytest.raises(CalibrationError, match="no ray"):
        view_of(model)


def test_camera_inside_a_box():
    seen = project_boxes(box([0.0, 0.0, 0.0], size=(10.0, 10.0, 10.0)), STRAIGHT)
    np.testing.assert_allclose(seen.uv_box[0], [0, 0, 640, 480], atol=1e-6)
    x, y = 320 / 300, 240 / 300
    in_view = 4 * np.arctan(x * y / np.sqrt(1 + x * x + y * y))  # solid angle of a pyramid
    # The corners of the view that the near plane does not cut: all of it here.
    assert seen.truncation[0] == pytest.approx(1 - in_view / (4 * np.pi), abs=1e-6)


def test_truncation_of_a_far_box_halved_by_the_border():
    at_border = 30.0 * 320 / 300
    seen = project_boxes(box([at_border, 0.0, 30.0], size=(2.0, 0.01, 1.0)), STRAIGHT)
    assert seen.truncation[0] == pytest.approx(0.5, abs=0.02)


def test_no_boxes():
    seen = project_boxes(np.zeros((0, 8, 3)), BARREL)
    assert seen.uv_box.shape == (0, 4)
    assert seen.corners_px.shape == (0, 8, 2)
    assert occlusion_by_boxes(np.zeros((0, 8, 3)), BARREL).shape == (0,)
    assert len(project_edges(np.zeros((0, 8, 3)), BARREL).uv) == 0


boxes_anywhere = st.builds(
    lambda x, y, z, length, width, height, yaw: box([x, y, z], (length, width, height), yaw),
    *[st.floats(-15, 15), st.floats(-3, 3), st.floats(-5, 20)],
    *[st.floats(0.3, 12), st.floats(0.3, 3), st.floats(0.3, 4), st.floats(-np.pi, np.pi)],
)


@MODELS
@settings(max_examples=120, deadline=None)
@given(corners=boxes_anywhere)
def test_clipped_box_is_ordered_inside_and_covers_the_surface(model, corners):
    seen = project_boxes(corners, model)
    assert 0.0 <= seen.truncation[0] <= 1.0
    bounds = seen_bounds(surface(corners, 40), model)
    if not seen.visible[0]:
        assert bounds is None or np.ptp(bounds[[0, 2]]) < 1 or np.ptp(bounds[[1, 3]]) < 1
        return
    u0, v0, u1, v1 = seen.uv_box[0]
    assert -1e-6 <= u0 <= u1 <= model.width_px - 1 + 1e-6
    assert -1e-6 <= v0 <= v1 <= model.height_px - 1 + 1e-6
    if bounds is not None:
        slack = 1e-6 if model is STRAIGHT else 1.0
        assert (seen.uv_box[0, :2] <= bounds[:2] + slack).all()
        assert (seen.uv_box[0, 2:] >= bounds[2:] - slack).all()


@MODELS
@settings(max_examples=25, deadline=None)
@given(
    x=st.floats(-8, 8), z=st.floats(8, 15), yaw=st.floats(-np.pi, np.pi), length=st.floats(0.5, 5)
)
def test_clipped_box_is_as_tight_as_dense_samples(model, x, z, yaw, length):
    corners = box([x, 0.3, z], (length, 1.8, 1.6), yaw)
    bounds = seen_bounds(surface(corners, 250), model)
    seen = project_boxes(corners, model)
    if bounds is not None and np.ptp(bounds[[0, 2]]) > 3:
        np.testing.assert_allclose(seen.uv_box[0], bounds, atol=1.5)


@settings(max_examples=60, deadline=None)
@given(corners=boxes_anywhere)
def test_boxes_are_independent_of_each_other(corners):
    other = box([0.5, 0.2, 6.0], (4.0, 1.8, 1.5), 0.3)
    both = project_boxes(np.concatenate([corners, other]), BARREL)
    np.testing.assert_array_equal(both.uv_box[:1], project_boxes(corners, BARREL).uv_box)
    np.testing.assert_array_equal(both.uv_box[1:], project_boxes(other, BARREL).uv_box)


def test_edges_are_bent_where_the_lens_bends_them():
    segment = np.array([[[-4.0, -2.0, 4.0], [4.0, -2.0, 4.0]]])
    line = project_segments(segment, BARREL).pieces(0)[0]
    along = np.linspace(0, 1, 500)[:, None]
    exact, valid = BARREL.project(segment[0, 0] + along * (segment[0, 1] - segment[0, 0]))
    inside = valid & (line[:, 0].min() <= exact[:, 0]) & (exact[:, 0] <= line[:, 0].max())
    drawn_v = np.interp(exact[inside, 0], line[:, 0], line[:, 1])
    assert np.abs(drawn_v - exact[inside, 1]).max() < 0.3
    assert np.ptp(line[:, 1]) > 10
    assert len(project_segments(segment, STRAIGHT).pieces(0)[0]) == 2


def test_edges_behind_the_camera_are_empty_lines():
    lines = project_edges(np.concatenate([box([0, 0, -9.0]), box([0, 0, 9.0])]), STRAIGHT)
    assert [len(lines.pieces(i)) for i in range(24)] == [0] * 12 + [1] * 12
    assert all(len(lines.pieces(i)[0]) == 2 for i in range(12, 24))
    ends, _ = STRAIGHT.project(box([0, 0, 9.0])[0])
    np.testing.assert_allclose(lines.pieces(12)[0], ends[EDGES[0]], atol=1e-9)


def test_polygon_is_cut_to_the_view():
    square = np.array([[[-50.0, -50, 5], [50, -50, 5], [50, 50, 5], [-50, 50, 5]]])
    outline = project_polygons(square, STRAIGHT).pieces(0)[0]
    np.testing.assert_allclose(outline.min(0), [0, 0], atol=1e-6)
    np.testing.assert_allclose(outline.max(0), [640, 480], atol=1e-6)


def test_view_holds_the_image_border():
    for model in (STRAIGHT, BARREL):
        rays = model.unproject(np.array([[0.0, 0.0], [640, 0], [640, 480], [0, 480], [320, 240]]))
        planes = view_of(model).regions[0]
        assert ((rays * 5) @ planes[:, :3].T + planes[:, 3] >= -1e-9).all()


def test_faces_away_from_the_camera():
    # Right of the axis: front (right side here), left (far) and the bottom side are away.
    away = faces_away(box([3.0, 2.0, 10.0]))[0]
    assert away.tolist() == [True, False, False, True, False, True]
    assert faces_away(box([0.0, 0.0, 0.0], (3.0, 3.0, 3.0))).all()


@pytest.mark.parametrize(("shift", "expected"), [(0.0, 1.0), (1.5, 0.5), (4.0, 0.0)])
def test_occlusion_by_a_nearer_box(shift, expected):
    truck = box([0.0, 0.0, 5.0], (3.0, 0.2, 4.0))
    # At twice the distance, 3 m sideways put half of a thin panel out of the truck's shadow.
    panel = box([2 * shift, 0.0, 10.0], (2.0, 0.02, 1.0))
    share = occlusion_by_boxes(np.concatenate([truck, panel]), STRAIGHT)
    assert share[0] == 0.0
    assert share[1] == pytest.approx(expected, abs=0.15)


def test_occlusion_is_unknown_out_of_view():
    assert np.isnan(occlusion_by_boxes(box([0.0, 0.0, -5.0]), STRAIGHT)[0])
