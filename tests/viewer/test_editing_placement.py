"""One box, moved, turned and resized by numbers."""

from __future__ import annotations

import numpy as np
import pytest
from editing_samples import METRES, SIDES, box_at, placements
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from avlabel.errors import InputError
from avlabel_viewer.editing.placement import MIN_SIZE_M, Placement, Signs
from avlabel_viewer.editing.typed import NUMBERS, numbers_of, with_number

points = hnp.arrays(np.float64, 3, elements=METRES)
sides = st.sampled_from(SIDES)


def assert_same(a: Placement, b: Placement) -> None:
    np.testing.assert_allclose(a.center, b.center, atol=1e-9)
    np.testing.assert_allclose(a.rotation, b.rotation, atol=1e-9)
    np.testing.assert_allclose(a.size_lwh, b.size_lwh, atol=1e-9)


def test_a_face_is_pulled_and_the_opposite_one_stays() -> None:
    box = box_at(yaw=np.pi / 2)  # Length along y: front at y = 2.
    pulled = box.resized((1, 0, 0), np.array([7.0, 3.0, -9.0]))
    np.testing.assert_allclose(pulled.size_lwh, [5, 2, 1.5])
    np.testing.assert_allclose(pulled.center, [0, 0.5, 0.75], atol=1e-12)


def test_a_corner_is_pulled() -> None:
    pulled = box_at().resized((1, -1, 0), np.array([3.0, -2.0, 5.0]))
    np.testing.assert_allclose(pulled.size_lwh, [5, 3, 1.5])
    np.testing.assert_allclose(pulled.center, [0.5, -0.5, 0.75])


def test_a_face_stops_before_its_opposite() -> None:
    pulled = box_at().resized((1, 0, 0), np.array([-8.0, 0, 0]))
    assert pulled.size_lwh[0] == MIN_SIZE_M
    np.testing.assert_allclose(pulled.point((-1, 0, 0)), [-2, 0, 0.75])


@given(placements, sides, points)
def test_what_lies_opposite_stays(box: Placement, signs: Signs, point: np.ndarray) -> None:
    pulled = box.resized(signs, point)
    opposite = (-signs[0], -signs[1], -signs[2])
    np.testing.assert_allclose(pulled.point(opposite), box.point(opposite), atol=1e-9)
    assert np.all(pulled.size_lwh >= min(MIN_SIZE_M, float(box.size_lwh.min())))


@given(placements, sides, points)
def test_sliding_keeps_the_size_and_reaches_the_point(
    box: Placement, signs: Signs, point: np.ndarray
) -> None:
    slid = box.slid(signs, point)
    np.testing.assert_array_equal(slid.size_lwh, box.size_lwh)
    way = slid.rotation.T @ (slid.point(signs) - point)
    np.testing.assert_allclose(way[np.array(signs) != 0], 0, atol=1e-8)
    moved = slid.rotation.T @ (slid.center - box.center)
    np.testing.assert_allclose(moved[np.array(signs) == 0], 0, atol=1e-9)


@given(placements)
def test_flipping_twice_changes_nothing(box: Placement) -> None:
    assert_same(box.flipped().flipped(), box)
    np.testing.assert_allclose(box.flipped().rotation[:, 0], -box.rotation[:, 0], atol=1e-9)


@given(placements, st.floats(-3, 3), st.integers(0, 2))
def test_turning_there_and_back_changes_nothing(box: Placement, angle: float, axis: int) -> None:
    assert_same(box.turned(angle, axis).turned(-angle, axis), box)


@given(placements, st.floats(-3, 3))
def test_a_box_faces_where_it_is_told(box: Placement, yaw: float) -> None:
    turned = box.facing(yaw)
    assert turned.yaw == pytest.approx(yaw, abs=1e-6)
    np.testing.assert_allclose(turned.rotation[2], box.rotation[2], atol=1e-9)


def test_turning_about_its_own_axes() -> None:
    box = box_at()
    np.testing.assert_allclose(box.turned(0.1).rotation[:, 0], [np.cos(0.1), np.sin(0.1), 0])
    np.testing.assert_allclose(box.turned(0.1, 1).rotation[:, 0], [np.cos(0.1), 0, -np.sin(0.1)])
    np.testing.assert_allclose(box.turned(0.1, 0).rotation[:, 1], [0, np.cos(0.1), np.sin(0.1)])


@given(placements, st.sampled_from(NUMBERS), st.floats(0.1, 80))
def test_one_number_is_typed_and_the_others_stay(box: Placement, name: str, value: float) -> None:
    typed = numbers_of(with_number(box, name, value))
    before = numbers_of(box)
    assert typed[name] == pytest.approx(value, abs=1e-6)
    moved = {"height": ("x", "y", "z")}.get(name, ())
    for other in set(NUMBERS) - {name, *moved}:
        assert typed[other] == pytest.approx(before[other], abs=1e-6)


def test_a_typed_height_grows_upwards() -> None:
    grown = with_number(box_at(), "height", 2.5)
    np.testing.assert_allclose(grown.point((0, 0, -1)), [0, 0, 0])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("length", 0.0, "at least 0.05 m, got 0"),
        ("x", float("nan"), "x: expected a number, got nan"),
        ("depth", 1.0, "got 'depth'"),
    ],
)
def test_numbers_that_cannot_be_are_refused(name: str, value: float, said: str) -> None:
    with pytest.raises(InputError, match=said):
        with_number(box_at(), name, value)
