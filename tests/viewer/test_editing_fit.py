"""Boxes fitted to points: made-up clouds, then what people labeled in real recordings."""

from __future__ import annotations

import numpy as np
import pytest
from editing_samples import box_at, car_cloud, ground_cloud, oblique_view, top_view
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.arrays import BoolArray, Float32
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import default_taxonomy
from avlabel_viewer.editing.crop import around, inside
from avlabel_viewer.editing.fit import fit_to_points
from avlabel_viewer.editing.floor import floor_under, snap_to_ground, tilted_to
from avlabel_viewer.editing.lane import along_lane
from avlabel_viewer.editing.one_click import box_at as box_clicked
from avlabel_viewer.editing.pick_point import pick_point
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.rectangle import box_in_rectangle, likely_class

EYE = np.array([-12.0, 6.0, 1.8])
"""Behind on the left: where the faces of ``car_cloud`` are seen from."""


def scene_of(truth: Placement, slope: float = 0.0) -> tuple[Float32, BoolArray]:
    ground = ground_cloud(12.0)
    ground[:, 2] = slope * ground[:, 0]
    points = np.concatenate([car_cloud(truth), ground])
    return points, np.arange(len(points)) >= len(points) - len(ground)


@given(
    st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(-0.2, 0.2), st.floats(-8, 8),
    st.floats(-3, 3),
)  # fmt: skip
def test_a_box_of_the_right_size_is_brought_back(
    dx: float, dy: float, dz: float, turn_deg: float, yaw: float
) -> None:
    truth = box_at(yaw=yaw)
    points, is_ground = scene_of(truth)
    eye = truth.center + truth.rotation @ EYE
    off = truth.moved_along(np.array([dx, dy, dz])).turned(np.deg2rad(turn_deg))
    fitted = fit_to_points(off, points, is_ground, eye, "kept")
    assert fitted is not None
    np.testing.assert_allclose(fitted.center, truth.center, atol=0.06)
    np.testing.assert_allclose(fitted.rotation, truth.rotation, atol=np.deg2rad(1.0))
    np.testing.assert_array_equal(fitted.size_lwh, truth.size_lwh)


def test_a_small_box_grows_and_a_large_one_shrinks_only_if_told() -> None:
    truth = box_at()
    points, is_ground = scene_of(truth)
    small = truth.with_size(np.array([3.6, 1.8, 1.4]))
    grown = fit_to_points(small, points, is_ground, EYE)
    assert grown is not None
    np.testing.assert_allclose(grown.size_lwh, [4, 2, 1.5], atol=0.06)
    large = truth.with_size(np.array([4.4, 2.4, 1.5]))
    kept = fit_to_points(large, points, is_ground, EYE)
    assert kept is not None
    np.testing.assert_allclose(kept.size_lwh[:2], [4.4, 2.4], atol=1e-9)
    # The faces that are seen, rear and left, are at the points.
    np.testing.assert_allclose(kept.point((-1, 1, 0))[:2], [-2, 1], atol=0.05)
    tight = fit_to_points(large, points, is_ground, EYE, "tight")
    assert tight is not None
    np.testing.assert_allclose(tight.size_lwh, [4, 2, 1.5], atol=0.06)


def test_a_person_is_centred_on_their_points_and_not_turned() -> None:
    random = np.random.default_rng(2)
    angle = random.uniform(0, 2 * np.pi, 80)
    body = np.column_stack(
        [0.2 * np.cos(angle), 0.25 * np.sin(angle), random.uniform(0.3, 1.7, 80)]
    )
    ground = ground_cloud(6.0)
    points = np.concatenate([body.astype(np.float32), ground])
    is_ground = np.arange(len(points)) >= len(body)
    off = box_at(0.25, -0.2, 0.95, yaw=0.7, size=(0.8, 0.7, 1.75))
    fitted = fit_to_points(off, points, is_ground, EYE, "kept")
    assert fitted is not None
    np.testing.assert_allclose(fitted.center, [0, 0, 0.875], atol=0.04)
    assert fitted.yaw == off.yaw


def test_without_points_there_is_no_fit() -> None:
    points, is_ground = scene_of(box_at())
    assert fit_to_points(box_at(x=8), points, is_ground, EYE) is None


def test_a_box_snaps_to_sloping_ground_and_leans_with_it() -> None:
    points, is_ground = scene_of(box_at(), slope=0.1)
    placed = snap_to_ground(box_at(x=3, z=2.0), points, is_ground)
    assert placed is not None
    np.testing.assert_allclose(placed.point((0, 0, -1)), [3, 0, 0.3], atol=0.02)
    floor = floor_under(placed, points, is_ground)
    assert floor is not None
    leaning = tilted_to(placed, floor)
    np.testing.assert_allclose(leaning.rotation[:, 0], [0.995, 0, 0.0995], atol=0.01)
    assert leaning.yaw == pytest.approx(placed.yaw, abs=1e-6)
    assert snap_to_ground(box_at(x=90), points, is_ground) is None


def test_the_ground_is_found_between_kerbs_and_reflections() -> None:
    random = np.random.default_rng(1)
    ground = ground_cloud(6.0)
    ground[:, 2] += random.normal(0, 0.02, len(ground)).astype(np.float32)
    kerb, below = ground[ground[:, 1] > 3].copy(), ground[::40].copy()
    kerb[:, 2] += 0.18
    below[:, 2] -= 0.8
    points = np.concatenate([ground, kerb, below])
    floor = floor_under(box_at(), points, np.ones(len(points), np.bool_))
    assert floor is not None
    assert float(floor.at(np.zeros(2))) == pytest.approx(0.0, abs=0.03)


def test_points_are_cropped_like_by_hand() -> None:
    random = np.random.default_rng(3)
    points = random.uniform(-5, 5, (4000, 3)).astype(np.float32)
    box = box_at(0.5, -0.3, 0.2, yaw=0.7).turned(0.2, 1)
    within = np.abs(box.local(points)) <= box.size_lwh / 2 + 0.3
    np.testing.assert_array_equal(inside(points, box, 0.3), np.flatnonzero(within.all(axis=1)))
    near = np.hypot(points[:, 0] - 1, points[:, 1] - 2) <= 2.5
    np.testing.assert_array_equal(around(points, np.array([1.0, 2.0]), 2.5), np.flatnonzero(near))


def test_the_foremost_point_under_the_cursor_is_picked() -> None:
    view = oblique_view()
    front = np.array([0.0, 0.0, 1.0])
    ray = view.ray(*view.project(front[None])[0])
    behind = front + 5 * ray.direction
    beside = np.array([0.0, 0.5, 1.0])
    points = np.stack([behind, front, beside]).astype(np.float32)
    u, v = view.project(front[None])[0]
    assert pick_point(points, view, u + 2, v) == 1
    assert pick_point(points, view, u + 60, v) is None
    above = np.array([[1.0, 1.0, 0.5], [1.02, 1.0, 3.0]], np.float32)
    assert pick_point(above, top_view(), *top_view().project(above[:1])[0]) == 1


def test_one_click_makes_a_car() -> None:
    truth = box_at(8.0, 3.0, yaw=0.4, size=(4.5, 1.9, 1.5))
    ground = ground_cloud(20.0)
    points = np.concatenate([car_cloud(truth, spacing=0.15), ground])
    is_ground = np.arange(len(points)) >= len(points) - len(ground)
    eye = truth.center + truth.rotation @ EYE
    clicked = truth.point((-1, 0, 0))
    found = box_clicked(clicked, points, is_ground, eye, default_taxonomy())
    assert found is not None
    assert default_taxonomy().parents[
        default_taxonomy().parent_of[default_taxonomy().code(found.category)]
    ] == "vehicle"  # fmt: skip
    np.testing.assert_allclose(found.placement.center[:2], truth.center[:2], atol=0.5)
    assert abs(np.cos(found.placement.yaw - 0.4)) > 0.99
    np.testing.assert_allclose(found.placement.point((0, 0, -1))[2], 0, atol=0.05)
    assert box_clicked(np.array([-6.0, 5, 0]), points, is_ground, eye, default_taxonomy()) is None


def test_a_rectangle_becomes_a_box_along_its_longer_side() -> None:
    truth = box_at()
    points, is_ground = scene_of(truth)
    corner, opposite = np.array([-2.1, -1.1]), np.array([2.1, 1.1])
    box = box_in_rectangle(corner, opposite, 0.0, points, is_ground, facing=3.0)
    np.testing.assert_allclose(box.size_lwh, [4.2, 2.2, 1.5], atol=0.05)
    np.testing.assert_allclose(box.center, [0, 0, 0.75], atol=0.05)
    assert np.cos(box.yaw) == pytest.approx(-1)
    turned = box_in_rectangle(corner, opposite, np.pi / 2, points, is_ground, facing=0.2)
    np.testing.assert_allclose(turned.size_lwh[:2], [4.2, 2.2])
    assert np.cos(turned.yaw) == pytest.approx(1)
    square = box_in_rectangle(np.zeros(2), np.ones(2), 0.0, points, is_ground, facing=-1.6)
    assert square.yaw == pytest.approx(-np.pi / 2)


def test_an_empty_rectangle_has_the_usual_height() -> None:
    none, no = np.zeros((0, 3), np.float32), np.zeros(0, np.bool_)
    box = box_in_rectangle(np.zeros(2), np.array([1.0, 3.0]), 0.0, none, no, 0.0, 1.7)
    np.testing.assert_allclose(box.size_lwh, [3, 1, 1.7])
    np.testing.assert_allclose(box.center, [0.5, 1.5, 0.85])


def test_what_hangs_over_an_object_does_not_make_it_higher() -> None:
    truth = box_at()
    points, is_ground = scene_of(truth)
    crown = np.random.default_rng(0).uniform([-2, -1, 3.0], [2, 1, 4.0], (200, 3))
    points = np.concatenate([points, crown.astype(np.float32)])
    is_ground = np.append(is_ground, np.zeros(200, np.bool_))
    box = box_in_rectangle(np.array([-2.1, -1.1]), np.array([2.1, 1.1]), 0.0, points, is_ground, 0)
    assert box.size_lwh[2] == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize(
    ("size", "leaf"),
    [((4.5, 1.9, 1.6), "car"), ((0.6, 0.6, 1.75), "pedestrian"), ((12.0, 2.6, 3.2), "bus")],
)
def test_a_size_suggests_a_class(size: tuple[float, float, float], leaf: str) -> None:
    assert likely_class(np.array(size), default_taxonomy()) == leaf


def test_a_new_vehicle_faces_like_those_in_its_lane() -> None:
    def lane(*boxes: Placement) -> Cuboids:
        none = np.zeros(len(boxes), np.int64)
        return Cuboids.build(
            "world", frame_idx=none, timestamp_ns=none, category=none,
            center=np.array([b.center for b in boxes]).reshape(-1, 3),
            quat_wxyz=np.array([b.quat_wxyz for b in boxes]).reshape(-1, 4),
            size_lwh=np.array([b.size_lwh for b in boxes]).reshape(-1, 3),
        )  # fmt: skip

    box = box_at()
    before, behind = box_at(12, 1, yaw=3.1), box_at(-9, -0.5, yaw=-3.0)
    oncoming, crossing = box_at(5, 3.5, yaw=0.0), box_at(6, 0, yaw=1.5)
    assert np.cos(along_lane(box, lane(before, behind, oncoming, crossing)).yaw) < -0.99
    assert along_lane(box, lane(oncoming, crossing)) is box
    assert along_lane(box, lane()) is box
    # Of two that disagree the nearer one is believed.
    assert along_lane(box, lane(before, box_at(-7, yaw=0.1))) is box
