"""Fisheye, omnidirectional and panoramic cameras: by hand, against OpenCV, there and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.cameras import (
    DISTORTION_COUNTS,
    MODELS,
    CameraModel,
    Cylindrical,
    Equirectangular,
    Fisheye,
    Mei,
    Pinhole,
    camera_model,
)
from avlabel.core.cameras.arctangent import angle
from avlabel.errors import CalibrationError

ROUND = np.array([350.0, 345.0, 599.5, 589.5])
FULL_TURN = np.array([400 / np.pi, 400 / np.pi, 399.5, 199.5])
MODELS_TO_TRY: dict[str, CameraModel] = {
    "equidistant": Fisheye(1200, 1180, ROUND),
    "fisheye": Fisheye(1200, 1180, ROUND, np.array([0.02, -0.005, 0.001, -0.0004])),
    "fisheye behind": Fisheye(1200, 1180, ROUND, np.array([-0.02, 0.001, 0.0, 0.0])),
    "mei catadioptric": Mei(800, 800, ROUND, np.array([0.9, -0.2, 0.05, 1e-3, -5e-4])),
    "mei parabolic": Mei(800, 800, ROUND, np.array([1.0])),
    "mei fisheye": Mei(
        1400, 1400, np.array([1336.0, 1335, 716, 705]), np.array([2.2, 0.016, 1.65, 4e-4, 2e-4])
    ),
    "equirectangular": Equirectangular(800, 400, FULL_TURN),
    "equirectangular part": Equirectangular(500, 300, np.array([200.0, 210, 130, 160])),
    "cylindrical": Cylindrical(800, 300, np.array([400 / np.pi, 150, 399.5, 149.5])),
}
ALL = pytest.mark.parametrize("name", MODELS_TO_TRY)


@ALL
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_pixels_go_to_rays_and_back(name: str, seed: int) -> None:
    model = MODELS_TO_TRY[name]
    rng = np.random.default_rng(seed)
    pixels = rng.uniform(-0.5, [model.width_px - 0.5, model.height_px - 0.5], (50, 2))
    rays = model.unproject(pixels)
    reached = np.isfinite(rays).all(axis=1)
    assert reached.any()
    np.testing.assert_array_equal(np.isnan(rays).any(axis=1), ~reached)
    np.testing.assert_allclose(np.linalg.norm(rays[reached], axis=1), 1)
    back, valid = model.project(rays * rng.uniform(0.5, 100, (50, 1)))
    np.testing.assert_array_equal(valid, reached)
    np.testing.assert_allclose(back[reached], pixels[reached], atol=1e-6)


@ALL
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_rays_go_to_pixels_and_back(name: str, seed: int) -> None:
    model = MODELS_TO_TRY[name]
    rays = np.random.default_rng(seed).normal(0, 1, (50, 3))
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    # Near the fold a pixel says little about the ray.
    rays = rays[np.arccos(rays[:, 2]) < 0.97 * model.max_angle]
    pixels, valid = model.project(rays * 10)
    back = model.unproject(pixels)
    np.testing.assert_allclose(back[valid], rays[valid], atol=1e-8)
    assert np.isnan(pixels[~valid]).all()
    assert np.isnan(back[~valid]).all()


@ALL
def test_the_valid_view_is_a_star_around_the_axis_and_one_to_one(name: str) -> None:
    model = MODELS_TO_TRY[name]
    angle = np.linspace(1e-3, np.pi - 1e-3, 400)
    for azimuth in np.linspace(-np.pi, np.pi, 16):
        out = np.array([np.cos(azimuth), np.sin(azimuth)])
        rays = np.column_stack([np.outer(np.sin(angle), out), np.cos(angle)])
        pixels, valid = model.project(rays)
        assert valid[0]
        assert np.all(np.diff(valid.astype(int)) <= 0)
        assert not valid[angle > model.max_angle + 1e-9].any()
        if not model.panoramic:
            assert np.all(np.diff((pixels[valid] - model.intrinsics[2:]) @ out) > -1e-2)


@ALL
def test_float32_points_and_none_at_all(name: str) -> None:
    model = MODELS_TO_TRY[name]
    points = np.array([[0.3, 0.2, 4.0], [-0.3, 0.1, 3.0]])
    exact, _ = model.project(points)
    np.testing.assert_allclose(model.project(points.astype(np.float32))[0], exact, atol=1e-3)
    pixels, valid = model.project(np.zeros((0, 3)))
    assert (pixels.shape, valid.shape) == ((0, 2), (0,))
    assert model.unproject(np.zeros((0, 2))).shape == (0, 3)
    assert not model.project(np.zeros((1, 3)))[1].any()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-6, 1e6))
def test_the_fast_angle_is_that_of_the_library(seed: int, scale: float) -> None:
    y, x = scale * np.random.default_rng(seed).normal(0, 1, (2, 200))
    y[:4], x[:4] = (0.0, 0.0, scale, -scale), (scale, -scale, 0.0, 0.0)
    found = [angle(*pair) for pair in zip(y, x, strict=True)]
    np.testing.assert_allclose(found, np.arctan2(y, x), rtol=0, atol=1e-15)
    assert angle(0.0, 0.0) == 0.0


def test_fisheye_agrees_with_opencv() -> None:
    model = MODELS_TO_TRY["fisheye"]
    points = np.random.default_rng(1).uniform([-20, -10, 0.2], [20, 10, 20], (500, 3))
    pixels, valid = model.project(points)
    assert valid.all()
    fx, fy, cx, cy = ROUND
    matrix = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    theirs, _ = cv2.fisheye.projectPoints(
        points[:, None], np.zeros(3), np.zeros(3), matrix, model.distortion
    )
    np.testing.assert_allclose(pixels, theirs[:, 0], atol=1e-6)
    near_axis = np.random.default_rng(2).uniform(300, 900, (100, 2))
    plane = cv2.fisheye.undistortPoints(near_axis[:, None], matrix, model.distortion)[:, 0]
    rays = model.unproject(near_axis)
    np.testing.assert_allclose(rays[:, :2] / rays[:, 2:], plane, atol=1e-6)


def test_equidistant_fisheye_sees_sideways_and_behind_by_hand() -> None:
    pixels, valid = MODELS_TO_TRY["equidistant"].project(
        np.array([[5.0, 0, 0], [0, 7, 0], [-3, 0, -3], [0, 0, -4]])
    )
    np.testing.assert_array_equal(valid, [True, True, True, False])
    quarter = np.pi / 2
    expected = [
        [599.5 + 350 * quarter, 589.5],
        [599.5, 589.5 + 345 * quarter],
        [599.5 - 350 * 1.5 * quarter, 589.5],
    ]
    np.testing.assert_allclose(pixels[:3], expected)


def test_fisheye_folds_where_its_radius_stops_growing() -> None:
    # radius = theta - theta^3 / 12 has its maximum at theta = 2.
    model = Fisheye(100, 100, ROUND, np.array([-1 / 12, 0.0, 0.0, 0.0]))
    assert model.max_angle == pytest.approx(2.0)
    angle = np.array([1.99, 2.01])
    _, valid = model.project(np.column_stack([np.sin(angle), 0 * angle, np.cos(angle)]))
    np.testing.assert_array_equal(valid, [True, False])
    # It reaches to 350 (2 - 8/12) px.
    rays = model.unproject(ROUND[2:] + np.array([[466.0, 0], [467, 0]]))
    np.testing.assert_array_equal(np.isnan(rays[:, 0]), [False, True])


def test_coefficients_next_to_nothing_are_none() -> None:
    plain = Fisheye(1200, 1180, ROUND, np.array([-0.1, 0.0, 0.0, 0.0]))
    tiny = Fisheye(1200, 1180, ROUND, np.array([-0.1, 0.0, 0.0, 1e-310]))
    assert tiny.max_angle == plain.max_angle == pytest.approx(np.sqrt(1 / 0.3))


def test_mei_without_an_offset_is_a_pinhole() -> None:
    coefficients = np.array([-0.2, 0.05, 1e-3, -5e-4])
    points = np.random.default_rng(5).uniform([-3, -3, 2], [3, 3, 9], (300, 3))
    narrow, seen = Pinhole(1200, 1200, ROUND, coefficients).project(points)
    wide, valid = Mei(1200, 1200, ROUND, np.array([0.0, *coefficients])).project(points)
    np.testing.assert_array_equal(valid, seen)
    np.testing.assert_allclose(wide[valid], narrow[valid], atol=1e-9)


def test_mei_is_a_sphere_seen_from_behind_its_centre() -> None:
    """The parabolic mirror, xi = 1: the tangent of half the angle off axis."""
    angle = np.deg2rad([10.0, 90.0, 150.0])
    rays = np.column_stack([0 * angle, np.sin(angle), np.cos(angle)])
    pixels, valid = MODELS_TO_TRY["mei parabolic"].project(20 * rays)
    assert valid.all()
    np.testing.assert_allclose(pixels[:, 1], ROUND[3] + ROUND[1] * np.tan(angle / 2))


def test_mei_agrees_with_the_published_formula() -> None:
    model = MODELS_TO_TRY["mei fisheye"]
    xi, k1, k2, p1, p2 = model.distortion
    points = np.random.default_rng(9).uniform(-9, 9, (400, 3))
    pixels, valid = model.project(points)
    sphere = points / np.linalg.norm(points, axis=1, keepdims=True)
    x, y = sphere[:, 0] / (sphere[:, 2] + xi), sphere[:, 1] / (sphere[:, 2] + xi)
    r2 = x**2 + y**2
    radial = 1 + k1 * r2 + k2 * r2**2
    expected = np.column_stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2),
            y * radial + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y,
        ]
    )
    assert 200 < valid.sum() < 400
    np.testing.assert_array_equal(valid, sphere[:, 2] > -1 / xi)
    expected = expected * model.intrinsics[:2] + model.intrinsics[2:]
    np.testing.assert_allclose(pixels[valid], expected[valid], atol=1e-9)


@pytest.mark.parametrize("name", ["equirectangular", "cylindrical"])
def test_panoramas_by_hand(name: str) -> None:
    model = MODELS_TO_TRY[name]
    ahead, right, left = (
        model.project(np.array([p]))[0][0] for p in ([0, 0, 4.0], [4.0, 0, 0], [-4.0, 0, 0])
    )
    middle = model.intrinsics[2:]
    np.testing.assert_allclose([ahead, right, left] - middle, [[0, 0], [200, 0], [-200, 0]])
    lower, _ = model.project(np.array([[0.0, 3.0, -3.0]]))
    down = np.pi / 4 * 400 / np.pi if name == "equirectangular" else 150.0
    assert lower[0, 1] == pytest.approx(middle[1] + down)
    # The seam is straight behind: half a pixel outside the image on either side.
    seam, valid = model.project(np.array([[1e-9, 0, -1.0], [-1e-9, 0, -1.0]]))
    assert valid.all()
    np.testing.assert_allclose(seam[:, 0], [799.5, -0.5], atol=1e-5)


def test_a_part_of_a_turn_is_taken_around_its_middle() -> None:
    model = MODELS_TO_TRY["equirectangular part"]  # its axis is left of its middle
    pixels, valid = model.project(np.array([[np.sin(3.0), 0, np.cos(3.0)]]))
    assert valid.all()
    np.testing.assert_allclose(pixels[0], [130 + 200 * 3.0, 160])
    rays = model.unproject(np.array([[-300.0, 100], [-400, 100], [100, 500]]))
    np.testing.assert_array_equal(np.isnan(rays[:, 0]), [False, True, True])


@pytest.mark.parametrize(
    ("name", "distortion", "message"),
    [
        ("fisheye", [0.1], "1 values; expected 0 or 4"),
        ("mei", [0.1, 0.2], "2 values; expected 1 or 5"),
        ("mei", [-0.1], "xi"),
        ("cylindrical", [0.1], "1 values; expected 0"),
        ("equirectangular", [], "more than the full turn"),
        ("lens", [], "expected one of pinhole, fisheye, mei, equirectangular, cylindrical"),
    ],
)
def test_models_that_cannot_be_are_refused(
    name: str, distortion: list[float], message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        camera_model(name, 10_000, 10, ROUND, np.array(distortion))


def test_every_model_is_listed_with_its_coefficients() -> None:
    assert MODELS.keys() == DISTORTION_COUNTS.keys()
