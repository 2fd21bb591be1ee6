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
}


def camera(lens: str) -> Pinhole:
    return Pinhole(1920, 1080, FXYC, np.array(LENSES[lens]))


@pytest.mark.parametrize("lens", LENSES)
@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_rays_within_the_field_of_view_go_to_pixels_and_back(lens: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    radius = 0.9 * min(np.sqrt(camera(lens).max_radius2), 1.2) * rng.uniform(0, 1, 20)
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


@pytest.mark.parametrize("lens", ["mild barrel, 4", "barrel, 5", "rational, 8"])
def test_ghosts_beyond_the_fold_are_never_valid(lens: str) -> None:
    """Walking outwards from the axis, valid pixels only ever move outwards."""
    x = np.tan(np.deg2rad(np.linspace(0, 89.9, 2000)))
    pixels, valid = camera(lens).project(np.column_stack([x, 0 * x, 1 + 0 * x]))
    assert valid[0]
    assert np.all(np.diff(valid.astype(int)) <= 0)
    assert np.all(np.diff(pixels[valid, 0]) > -1e-2)


def test_a_ghost_by_hand() -> None:
    # x' = x - x^3 / 3 folds at x = 1; x = 1.7 lands at 0.06, right beside the axis.
    lens = Pinhole(1920, 1080, FXYC, np.array([-1 / 3, 0.0, 0.0, 0.0]))
    pixels, valid = lens.project(np.array([[0.9, 0, 1.0], [1.1, 0, 1], [1.7, 0, 1]]))
    np.testing.assert_array_equal(valid, [True, False, False])
    assert abs(pixels[2, 0] - FXYC[2]) < 70


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
        (10, FXYC, [0.1, 0.2, 0.3], "3 values; expected 0, 4, 5 or 8"),
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
