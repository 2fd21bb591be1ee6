"""Views: what lies under a pixel is drawn at that pixel, and stays there when it should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from avlabel.core.cameras import CameraModel, camera_model
from avlabel.core.se3 import SE3
from avlabel_viewer.viewpoints import around_box
from avlabel_viewer.viewpoints.image import ImageView
from avlabel_viewer.viewpoints.orbit import Orbit
from avlabel_viewer.viewpoints.ortho import BACK_M, OrthoView
from avlabel_viewer.viewpoints.perspective import PerspectiveView
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

WIDTH, HEIGHT = 400, 300
UTM = np.array([500_000.0, 4_600_000.0, 30.0])

angle = st.floats(-np.pi, np.pi)
pixel = st.tuples(st.floats(0, WIDTH - 1), st.floats(0, HEIGHT - 1))
rotations = st.tuples(angle, angle, angle).map(
    lambda turn: (
        SE3.from_yaw(turn[0], np.zeros(3)).rotation
        @ SE3.from_quat([np.cos(turn[1] / 2), np.sin(turn[1] / 2), 0, 0], np.zeros(3)).rotation
        @ SE3.from_yaw(turn[2], np.zeros(3)).rotation
    )
)


def pinhole() -> CameraModel:
    return camera_model(
        "pinhole", 1920, 1080, np.array([1000.0, 1000.0, 960.0, 540.0]), np.zeros(0)
    )


def fisheye() -> CameraModel:
    coefficients = np.array([0.02, -0.005, 0.001, 0.0])
    return camera_model("fisheye", 1280, 960, np.array([420.0, 420.0, 640.0, 480.0]), coefficients)


def distorted() -> CameraModel:
    coefficients = np.array([-0.3, 0.12, 0.001, -0.0005, -0.02])
    intrinsics = np.array([900.0, 905.0, 700.0, 380.0])
    return camera_model("pinhole", 1392, 800, intrinsics, coefficients)


def agrees_with_its_rays(view: Viewpoint, uv: tuple[float, float], tolerance_px: float) -> None:
    ray = view.ray(*uv)
    assert np.linalg.norm(ray.direction) == pytest.approx(1.0)
    for distance_m in (5.0, 80.0):
        point = ray.origin + distance_m * ray.direction
        assert_allclose(view.project(point[None])[0], uv, atol=tolerance_px)


@given(rotations, pixel, st.floats(1.0, 500.0))
def test_ortho_rays_end_at_their_pixels_also_far_from_the_origin(
    rotation: np.ndarray, uv: tuple[float, float], px_per_m: float
) -> None:
    view = OrthoView(UTM, rotation[:, 0], rotation[:, 1], px_per_m, WIDTH, HEIGHT)
    agrees_with_its_rays(view, uv, 1e-5)


@given(rotations, pixel, st.floats(0.2, 2.4))
def test_perspective_rays_end_at_their_pixels(
    rotation: np.ndarray, uv: tuple[float, float], fov_y: float
) -> None:
    view = PerspectiveView.with_fov(SE3(rotation, UTM), fov_y, WIDTH, HEIGHT)
    assert view.fov_y_rad == pytest.approx(fov_y)
    agrees_with_its_rays(view, uv, 1e-5)


@pytest.mark.parametrize("model", [pinhole(), fisheye(), distorted()], ids=lambda m: m.name)
@given(rotation=rotations, uv=pixel, zoom=st.floats(1.0, 12.0))
@settings(max_examples=40)
def test_image_rays_end_at_their_pixels_through_any_lens_and_zoom(
    model: CameraModel, rotation: np.ndarray, uv: tuple[float, float], zoom: float
) -> None:
    whole = ImageView.whole(model, SE3(rotation, -rotation @ UTM), WIDTH, HEIGHT)
    view = whole.zoomed(zoom, 210.0, 140.0)
    if np.isfinite(view.ray(*uv).direction).all():
        agrees_with_its_rays(view, uv, 1e-3)


def test_a_car_drives_to_the_right_seen_from_above_and_from_its_right_side() -> None:
    # Heading north, so its left is west.
    rotation = SE3.from_yaw(np.pi / 2, np.zeros(3)).rotation
    center = np.array([10.0, 20.0, 1.0])
    front, left, above = center + rotation.T
    above_view = around_box.top(center, rotation, 10.0, 101, 101)
    side_view = around_box.side(center, rotation, 10.0, 101, 101)
    rear_view = around_box.rear(center, rotation, 10.0, 101, 101)
    points = np.stack([center, front, left, above])
    assert_allclose(above_view.project(points), [[50, 50], [60, 50], [50, 40], [50, 50]], atol=1e-9)
    assert_allclose(side_view.project(points), [[50, 50], [60, 50], [50, 50], [50, 40]], atol=1e-9)
    assert_allclose(rear_view.project(points), [[50, 50], [50, 50], [40, 50], [50, 40]], atol=1e-9)
    assert_allclose(above_view.into, [0, 0, -1], atol=1e-12)
    assert_allclose(side_view.into, [-1, 0, 0], atol=1e-12)
    assert_allclose(rear_view.into, [0, 1, 0], atol=1e-12)


def test_a_ray_begins_before_everything_that_is_shown() -> None:
    view = around_box.top(UTM, np.eye(3), 10.0, 101, 101)
    assert_allclose(view.ray(50, 50).origin, UTM + np.array([0, 0, BACK_M]))


@pytest.mark.parametrize("size", [[4.5, 1.9, 1.6], [0.6, 0.7, 1.8], [18.0, 2.9, 4.0]])
def test_every_view_of_a_box_shows_all_of_it(size: list[float]) -> None:
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    corners = signs * np.array(size) / 2
    scale = around_box.fitting_scale(np.array(size), WIDTH, HEIGHT)
    for view_of in (around_box.top, around_box.side, around_box.rear):
        uv = view_of(np.zeros(3), np.eye(3), scale, WIDTH, HEIGHT).project(corners)
        assert (uv > 10).all()
        assert (uv < [WIDTH - 11, HEIGHT - 11]).all()


@given(rotations, pixel, st.floats(0.3, 4.0), st.floats(-50, 50), st.floats(-50, 50))
def test_ortho_zoom_keeps_what_is_under_the_mouse_and_a_pan_takes_it_along(
    rotation: np.ndarray, uv: tuple[float, float], factor: float, du: float, dv: float
) -> None:
    view = OrthoView(UTM, rotation[:, 0], rotation[:, 1], 40.0, WIDTH, HEIGHT)
    point = view.point(*uv)[None]
    zoomed = view.zoomed(factor, *uv)
    assert zoomed.px_per_m == pytest.approx(40.0 * factor)
    assert_allclose(zoomed.project(point)[0], uv, atol=1e-5)
    assert_allclose(view.panned(du, dv).project(point)[0], np.add(uv, [du, dv]), atol=1e-5)


def test_ortho_zoom_stops_and_still_keeps_the_pixel() -> None:
    view = around_box.top(np.zeros(3), np.eye(3), 40.0, WIDTH, HEIGHT)
    for factor in (1e9, 1e-9):
        zoomed = view.zoomed(factor, 10.0, 20.0)
        assert_allclose(zoomed.project(view.point(10.0, 20.0)[None]), [[10, 20]], atol=1e-6)


@given(pixel, st.floats(0.3, 8.0), st.floats(-50, 50), st.floats(-50, 50))
def test_image_zoom_keeps_what_is_under_the_mouse_and_a_pan_takes_it_along(
    uv: tuple[float, float], factor: float, du: float, dv: float
) -> None:
    view = ImageView.whole(pinhole(), SE3.identity(), WIDTH, HEIGHT)
    under = view.to_image(np.array(uv))
    assert_allclose(view.zoomed(factor, *uv).to_view(under), uv, atol=1e-6)
    assert_allclose(view.panned(du, dv).to_view(under), np.add(uv, [du, dv]), atol=1e-6)


def test_a_whole_image_is_fitted_from_border_to_border_and_centred() -> None:
    view = ImageView.whole(pinhole(), SE3.identity(), 960, 600)
    assert view.scale == pytest.approx(0.5)
    borders = np.array([[-0.5, -0.5], [1919.5, 1079.5]])
    # 540 of 600 rows are the image's.
    assert_allclose(view.to_view(borders), [[-0.5, 29.5], [959.5, 569.5]])
    assert view.resized(960, 600).crop == pytest.approx(view.crop)


def test_what_is_behind_the_eye_has_no_pixel() -> None:
    behind, ahead = [0.0, 0.0, -5.0], [0.0, 0.0, 5.0]
    for view in (
        PerspectiveView(SE3.identity(), 300.0, WIDTH, HEIGHT),
        ImageView.whole(pinhole(), SE3.identity(), WIDTH, HEIGHT),
    ):
        uv = view.project(np.array([behind, ahead]))
        assert np.isnan(uv[0]).all()
        assert np.isfinite(uv[1]).all()


orbits = st.builds(
    Orbit, st.just(np.array([3.0, -4.0, 0.5])), st.floats(1.0, 200.0), angle, st.floats(-0.3, 1.57)
)


@given(orbits)
def test_an_orbits_target_is_in_the_middle_and_up_is_up(orbit: Orbit) -> None:
    view = orbit.view(1.0, WIDTH, HEIGHT)
    uv = view.project(np.stack([orbit.target, orbit.target + orbit.up]))
    assert_allclose(uv[0], view.middle_px, atol=1e-6)
    assert uv[1, 1] < uv[0, 1]
    assert orbit.up[2] >= -1e-12
    assert_allclose(np.linalg.det(orbit.world_from_cam.rotation), 1.0)
    assert_allclose(orbit.eye + orbit.distance_m * view.forward, orbit.target, atol=1e-9)


@given(orbits, st.floats(-80, 80), st.floats(-80, 80))
def test_a_pan_takes_what_is_as_far_as_the_target_along(orbit: Orbit, du: float, dv: float) -> None:
    view = orbit.view(1.0, WIDTH, HEIGHT)
    moved = orbit.panned(du, dv, view.focal_px).view(1.0, WIDTH, HEIGHT)
    assert_allclose(
        moved.project(orbit.target[None])[0], np.add(view.middle_px, [du, dv]), atol=1e-5
    )


@given(orbits, pixel, st.floats(0.5, 2.0), st.floats(1.0, 100.0))
def test_a_dolly_towards_a_point_keeps_its_pixel(
    orbit: Orbit, uv: tuple[float, float], factor: float, distance_m: float
) -> None:
    view = orbit.view(1.0, WIDTH, HEIGHT)
    ray = view.ray(*uv)
    point = ray.origin + distance_m * ray.direction
    near = orbit.dollied_to(factor, point).view(1.0, WIDTH, HEIGHT)
    assert_allclose(near.project(point[None])[0], uv, atol=1e-4)


def test_turning_stops_straight_above() -> None:
    orbit = Orbit.behind(np.zeros(3), 0.0, 10.0).turned(0.0, 9.0)
    assert_allclose(orbit.eye, [0, 0, 10], atol=1e-9)
    # What is ahead stays up in the picture.
    assert_allclose(orbit.up, [1, 0, 0], atol=1e-9)


@given(orbits, pixel, st.floats(0.5, 2.0))
def test_a_zoom_keeps_the_ground_under_the_mouse_or_else_the_direction(
    orbit: Orbit, uv: tuple[float, float], factor: float
) -> None:
    ray = orbit.view(1.0, WIDTH, HEIGHT).ray(*uv)
    near = orbit.zoomed(factor, ray)
    level = (near.target - orbit.target)[2]
    assert level == pytest.approx(0.0, abs=1e-6)
    if np.array_equal(near.target, orbit.target):
        assert near.distance_m == orbit.dollied(factor).distance_m
        return
    along = (orbit.target[2] - ray.origin[2]) / ray.direction[2]
    ground = ray.origin + along * ray.direction
    # What comes closer than a lens sees has no pixel.
    assume(along > 1.0)
    assert_allclose(near.view(1.0, WIDTH, HEIGHT).project(ground[None])[0], uv, atol=1e-3)


def test_a_zoom_at_the_sky_only_brings_the_target_nearer() -> None:
    orbit = Orbit.behind(np.zeros(3), 0.0, 10.0, 0.1)
    near = orbit.zoomed(2.0, orbit.view(1.0, WIDTH, HEIGHT).ray(WIDTH / 2, 0.0))
    assert_allclose(near.target, orbit.target)
    assert near.distance_m == 5.0
