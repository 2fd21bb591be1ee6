"""Projection there and back, against OpenCV, and never a ghost."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.cameras import Pinhole
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError

FXYC = np.array([970.0, 960.0, 959.5, 539.5])
LENSES = {
    "none": [],
    "mild barrel, 4": [-0.05, 0.01, 0.001, -0.0005],
    "barrel, 5": [-0.36, 0.18, 0.0007, -0.0009, -0.05],
    "pincushion, 5": [0.2, 0.05, 0.0, 0.0, 0.01],
    "rational, 8": [0.6, -0.2, 0.0002, -0.0003, 0.01, 0.9, -0.1, 0.02],
    "thin prism, 12": [-0.3, 0.1, 8e-4, -5e-4, -0.02, 0.01, 0, 0, 3e-3, -1e-3, -2e-3, 5e-4],
    "tilted, 14": [-0.3, 0.1, 8e-4, -5e-4, -0.02, 0, 0, 0, 1e-3, 0, -2e-3, 0, 0.03, -0.05],
}


def camera(lens: str) -> Pinhole:
    return Pinhole(1920, 1080, FXYC, np.array(LENSES[lens]))


@pytest.mark.parametrize("lens", LENSES)
@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_rays_within_the_field_of_view_go_to_pixels_and_back(lens: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    radius = 0.9 * min(camera(lens).lens.fold.min(), 1.2) * rng.uniform(0, 1, 20)
    around = rng.uniform(-np.pi, np.pi, 20)
    rays = np.column_stack([radius * np.cos(around), radius * np.sin(around), np.ones(20)])
    pixels, valid = camera(lens).project(rays * rng.uniform(2, 100, (20, 1)))
    assert valid.all()
    found = camera(lens).unproject(pixels)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    np.testing.assert_allclose(found / found[:, 2:], rays, atol=1e-6)


@pytest.mark.parametrize("lens", LENSES)
def test_valid_points_agree_with_opencv(lens: str) -> None:
    points = np.random.default_rng(7).uniform([-20, -10, -5], [20, 10, 40], (500, 3))
    pixels, valid = camera(lens).project(points)
    assert 50 < valid.sum() < 500
    fx, fy, cx, cy = FXYC
    matrix = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    distortion = np.array(LENSES[lens]) if LENSES[lens] else np.zeros(4)
    theirs, _ = cv2.projectPoints(points[valid], np.zeros(3), np.zeros(3), matrix, distortion)
    np.testing.assert_allclose(pixels[valid], theirs[:, 0], atol=1e-6)


def test_points_behind_or_on_the_camera_are_never_valid() -> None:
    points = np.array([[0, 0, -5.0], [0, 0, 0], [1, 1, 0], [0, 0, 5]])
    pixels, valid = camera("none").project(points)
    np.testing.assert_array_equal(valid, [False, False, False, True])
    np.testing.assert_allclose(pixels[3], FXYC[2:])


@pytest.mark.parametrize("lens", list(LENSES)[1:])
@pytest.mark.parametrize("azimuth", np.linspace(-np.pi, np.pi, 9)[:-1])
def test_ghosts_beyond_the_fold_are_never_valid(lens: str, azimuth: float) -> None:
    """Walking outwards from the axis, valid pixels only ever move outwards."""
    r = np.tan(np.deg2rad(np.linspace(0, 89.9, 2000)))
    out = np.array([np.cos(azimuth), np.sin(azimuth)])
    pixels, valid = camera(lens).project(np.column_stack([r * out[0], r * out[1], 1 + 0 * r]))
    assert valid[0]
    assert np.all(np.diff(valid.astype(int)) <= 0)
    assert np.all(np.diff(pixels[valid] @ out) > -1e-2)
    assert np.isnan(pixels[~valid]).all()


@pytest.mark.parametrize("lens", list(LENSES)[1:])
def test_neighbours_keep_their_order_all_over_the_valid_view(lens: str) -> None:
    """No triangle of rays is turned over in the image, as it would be beyond a fold."""
    radius, azimuth = np.meshgrid(
        np.tan(np.deg2rad(np.linspace(1, 85, 300))), np.linspace(-np.pi, np.pi, 90)
    )
    corner = [
        np.stack([r * np.cos(a), r * np.sin(a), np.ones_like(r)], -1)
        for r, a in ((radius, azimuth), (radius + 1e-5, azimuth), (radius, azimuth + 1e-5))
    ]
    uv, valid = camera(lens).project(np.concatenate([c.reshape(-1, 3) for c in corner]))
    (a, b, c), seen = uv.reshape(3, -1, 2), valid.reshape(3, -1).all(axis=0)
    turned = np.cross(np.pad(b - a, ((0, 0), (0, 1))), np.pad(c - a, ((0, 0), (0, 1))))[:, 2]
    assert seen.sum() > 1000
    assert (turned[seen] > 0).all()


def test_tangential_terms_alone_fold_the_image() -> None:
    # On the x axis x' = x + 3 p2 x^2 with p2 = -1/12, so the image turns back at x = 2; on the
    # other side it never does along x, but y' = y (1 + 2 p2 x) grows all the same.
    lens = Pinhole(1920, 1080, FXYC, np.array([0.0, 0.0, 0.0, -1 / 12]))
    _, valid = lens.project(np.array([[1.95, 0, 1.0], [2.05, 0, 1], [-2.05, 0, 1], [-8, 0, 1]]))
    np.testing.assert_array_equal(valid, [True, False, True, True])


def test_a_tilted_sensor_shows_nothing_beyond_its_horizon() -> None:
    # Tilted by atan(1/2), the sensor's plane meets the rays of x' = 2 only at infinity.
    lens = Pinhole(1920, 1080, FXYC, np.array([*[0.0] * 12, 0.0, np.arctan(0.5)]))
    assert lens.project(np.array([[-1.9, 0, 1.0], [1.9, 0, 1]]))[1].sum() == 2
    _, valid = lens.project(np.array([[-2.1, 0, 1.0], [2.1, 0, 1]]))
    assert valid.sum() == 1


@pytest.mark.parametrize("lens", ["barrel, 5", "thin prism, 12", "tilted, 14"])
def test_pixels_that_no_ray_reaches_have_none(lens: str) -> None:
    around = np.linspace(-np.pi, np.pi, 64)
    radius = 0.98 * camera(lens).lens.fold.min()
    edge, valid = camera(lens).project(
        np.column_stack([radius * np.cos(around), radius * np.sin(around), np.ones(64)])
    )
    assert valid.all()
    assert np.isfinite(camera(lens).unproject(edge)).all()
    # The image of the fold is its outermost curve, and just before it the image hardly grows.
    assert np.isnan(camera(lens).unproject(FXYC[2:] + 1.15 * (edge - FXYC[2:]))).all()


@pytest.mark.parametrize("lens", LENSES)
def test_rays_agree_with_opencv(lens: str) -> None:
    pixels = np.random.default_rng(3).uniform([500, 200], [1400, 880], (200, 2))
    fx, fy, cx, cy = FXYC
    matrix = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    distortion = np.array(LENSES[lens]) if LENSES[lens] else np.zeros(4)
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-14)
    theirs = cv2.undistortPoints(pixels[:, None], matrix, distortion, criteria=criteria)[:, 0]
    ours = camera(lens).unproject(pixels)
    np.testing.assert_allclose(ours[:, :2] / ours[:, 2:], theirs, atol=1e-7)


def test_a_ghost_by_hand() -> None:
    # x' = x - x^3 / 3 folds at x = 1; x = 1.7 lands at 0.06, right beside the axis.
    lens = Pinhole(1920, 1080, FXYC, np.array([-1 / 3, 0.0, 0.0, 0.0]))
    pixels, valid = lens.project(np.array([[0.9, 0, 1.0], [1.1, 0, 1], [1.7, 0, 1]]))
    np.testing.assert_array_equal(valid, [True, False, False])
    assert np.isnan(pixels[1:]).all()
    # The image reaches to 970 (1 - 1/3) px beside the axis, and no ray leads further out.
    rays = lens.unproject(FXYC[2:] + np.array([[646.0, 0], [648, 0], [-646, 0], [0, 9000]]))
    np.testing.assert_array_equal(np.isnan(rays[:, 0]), [False, True, False, True])


def test_no_points_give_no_pixels() -> None:
    pixels, valid = camera("barrel, 5").project(np.zeros((0, 3)))
    assert pixels.shape == (0, 2)
    assert valid.shape == (0,)
    assert camera("barrel, 5").unproject(np.zeros((0, 2))).shape == (0, 3)


@pytest.mark.parametrize(
    ("width", "intrinsics", "distortion", "message"),
    [
        (0, FXYC, [], "image size"),
        (10, FXYC[:3], [], "intrinsics"),
        (10, [np.nan, 1, 1, 1], [], "intrinsics"),
        (10, [-1, 1, 1, 1], [], "focal length"),
        (10, FXYC, [np.nan, 0, 0, 0], "finite"),
        (10, FXYC, [0.1, 0.2, 0.3], "3 values; expected 0, 4, 5, 8, 12 or 14"),
    ],
)
def test_cameras_that_cannot_be_are_refused(
    width: int, intrinsics: list[float], distortion: list[float], message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        Pinhole(width, 10, np.array(intrinsics, float), np.array(distortion, float))


def test_rows_are_exposed_one_after_another() -> None:
    rolling = Camera("front", SE3.identity(), camera("none"), "rolling", 30_000_000)
    t = rolling.row_time_ns(1_000_000_000, np.array([0, 539.5, 1079]))
    assert t[1] == 1_000_000_000
    assert t[2] - t[0] == pytest.approx(30e6 * 1079 / 1080)
