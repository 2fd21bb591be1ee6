"""Handles, and dragging them, in every kind of view."""

from __future__ import annotations

import numpy as np
import pytest
from editing_samples import (
    box_at,
    car_cloud,
    ground_cloud,
    oblique_view,
    rear_view,
    side_view,
    top_view,
)
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.cameras import Fisheye
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3
from avlabel_viewer.editing.drag import FINE, Drag
from avlabel_viewer.editing.handles import Handle, Kind, handles_of, pick
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.rays import along_axis, first_box, on_plane
from avlabel_viewer.editing.snap import Surfaces
from avlabel_viewer.viewpoints.image import ImageView
from avlabel_viewer.viewpoints.perspective import PerspectiveView
from avlabel_viewer.viewpoints.viewpoint import Ray, Viewpoint

VIEWS = {"top": top_view, "side": side_view, "rear": rear_view, "oblique": oblique_view}


def signs_of(handles: tuple[Handle, ...], kind: Kind) -> set[tuple[int, int, int]]:
    return {handle.signs for handle in handles if handle.kind is kind}


def grab(box: Placement, view: Viewpoint, kind: Kind, signs: tuple[int, int, int]) -> Handle:
    handles = handles_of(box, view, tilt=True)
    return next(h for h in handles if h.kind is kind and h.signs == signs)


def test_from_above_there_are_four_faces_four_corners_and_a_knob() -> None:
    handles = handles_of(box_at(), top_view())
    assert signs_of(handles, Kind.FACE) == {(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)}
    assert signs_of(handles, Kind.CORNER) == {(1, 1, 0), (1, -1, 0), (-1, 1, 0), (-1, -1, 0)}
    front = next(h for h in handles if h.signs == (1, 0, 0) and h.kind is Kind.FACE)
    np.testing.assert_allclose(front.px, [300, 150])  # 2 m ahead, 50 px a metre.
    (knob,) = (h for h in handles if h.kind is Kind.KNOB)
    np.testing.assert_allclose(knob.px, [326, 150])


def test_from_the_side_and_from_behind_the_other_axes_can_be_dragged() -> None:
    side = handles_of(box_at(), side_view())
    assert signs_of(side, Kind.FACE) == {(1, 0, 0), (-1, 0, 0), (0, 0, 1), (0, 0, -1)}
    assert signs_of(side, Kind.CORNER) == {(1, 0, 1), (1, 0, -1), (-1, 0, 1), (-1, 0, -1)}
    rear = handles_of(box_at(), rear_view())
    assert signs_of(rear, Kind.FACE) == {(0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)}
    assert not signs_of(side, Kind.KNOB)
    assert not signs_of(rear, Kind.KNOB)


def test_in_perspective_hidden_faces_cannot_be_grabbed() -> None:
    faces = signs_of(handles_of(box_at(), oblique_view()), Kind.FACE)
    assert (-1, 0, 0) in faces
    assert (0, 0, 1) in faces
    assert not faces & {(1, 0, 0), (0, 0, -1)}


def test_what_lies_behind_the_eye_has_no_handles() -> None:
    assert handles_of(box_at(x=-40), oblique_view()) == ()


def test_the_nearest_handle_is_picked_and_the_body_between_them() -> None:
    handles = handles_of(box_at(), top_view())
    picked = {
        (326, 150): Kind.KNOB,
        (300, 100): Kind.CORNER,
        (297, 103): Kind.CORNER,
        (300, 130): Kind.FACE,  # Anywhere along an edge that is seen edge-on.
        (200, 150): Kind.BODY,
    }
    for (u, v), kind in picked.items():
        found = pick(handles, u, v)
        assert found is not None
        assert found.kind is kind
    assert pick(handles, 20, 20) is None


def test_the_body_of_a_tiny_box_can_be_grabbed() -> None:
    handles = handles_of(box_at(size=(0.5, 0.5, 1.7)), top_view(px_per_m=20))
    found = pick(handles, 200, 150)
    assert found is not None
    assert found.kind is Kind.BODY


def test_pixels_become_metres_from_above() -> None:
    box, view = box_at(), top_view()
    drag = Drag(box, grab(box, view, Kind.BODY, (0, 0, 0)), view, 210, 160)
    np.testing.assert_allclose(drag.move(260, 135).center, [1.0, 0.5, 0.75])
    drag = Drag(box, grab(box, view, Kind.FACE, (1, 0, 0)), view, 303, 150)
    pulled = drag.move(328, 90)
    np.testing.assert_allclose(pulled.size_lwh, [4.5, 2, 1.5])
    np.testing.assert_allclose(pulled.center, [0.25, 0, 0.75])
    drag = Drag(box, grab(box, view, Kind.CORNER, (1, 1, 0)), view, 300, 100)
    np.testing.assert_allclose(drag.move(325, 75).size_lwh, [4.5, 2.5, 1.5])
    drag = Drag(box, grab(box, view, Kind.KNOB, (1, 0, 0)), view, 326, 150)
    assert drag.move(200, 24).yaw == pytest.approx(np.pi / 2)


def test_from_the_side_a_box_moves_up_and_its_top_is_pulled() -> None:
    box, view = box_at(), side_view()
    drag = Drag(box, grab(box, view, Kind.BODY, (0, 0, 0)), view, 200, 120)
    np.testing.assert_allclose(drag.move(250, 95).center, [1.0, 0, 1.25])
    drag = Drag(box, grab(box, view, Kind.FACE, (0, 0, 1)), view, 200, 75)
    np.testing.assert_allclose(drag.move(230, 50).size_lwh, [4, 2, 2.0])


def test_pitch_and_roll_are_turned_only_if_asked() -> None:
    box = box_at(z=0.0)
    view = side_view()
    drag = Drag(box, grab(box, view, Kind.KNOB, (1, 0, 0)), view, 326, 150)
    nose = drag.move(200 + 126 * np.cos(0.1), 150 - 126 * np.sin(0.1))
    np.testing.assert_allclose(nose.rotation[:, 0], [np.cos(0.1), 0, np.sin(0.1)], atol=1e-9)
    view = rear_view()
    drag = Drag(box, grab(box, view, Kind.KNOB, (0, 0, 1)), view, 200, 150 - 63.5)
    rolled = drag.move(200 + 63.5 * np.sin(0.1), 150 - 63.5 * np.cos(0.1))
    # Its roof leans to the right, which is -y.
    np.testing.assert_allclose(rolled.rotation[:, 2], [0, -np.sin(0.1), np.cos(0.1)], atol=1e-9)


def test_in_perspective_a_box_stays_under_the_cursor_and_on_the_ground() -> None:
    box, view = box_at(), oblique_view()
    on_roof = np.array([-0.8, 0.7, 1.0])
    u, v = view.project(box.point(on_roof)[None])[0]
    drag = Drag(box, handles_of(box, view)[0], view, u, v)
    moved = drag.move(u + 40, v - 25)
    assert moved.center[2] == box.center[2]
    seen_at = view.project(moved.point(on_roof)[None])[0]
    np.testing.assert_allclose(seen_at, [u + 40, v - 25], atol=1e-6)


@pytest.mark.parametrize("name", VIEWS)
@given(st.lists(st.tuples(st.floats(60, 340), st.floats(60, 240), st.booleans()), max_size=6))
def test_dragged_there_and_back_a_box_is_where_it_was(
    name: str, way: list[tuple[float, float, bool]]
) -> None:
    box, view = box_at(yaw=0.0), VIEWS[name]()
    for handle in handles_of(box, view, tilt=True):
        u, v = handle.px
        drag = Drag(box, handle, view, u, v)
        for to_u, to_v, _ in way:
            drag.move(to_u, to_v)
        back = drag.move(u, v)
        np.testing.assert_allclose(back.center, box.center, atol=1e-9)
        np.testing.assert_allclose(back.size_lwh, box.size_lwh, atol=1e-9)
        np.testing.assert_allclose(back.rotation, box.rotation, atol=1e-9)
        assert drag.abort() is box


@pytest.mark.parametrize("name", VIEWS)
@given(st.floats(0, 400), st.floats(0, 300), st.floats(-0.5, 0.5), st.booleans())
def test_wherever_a_face_or_corner_is_dragged_the_opposite_stays_or_the_size_does(
    name: str, u: float, v: float, yaw: float, locked: bool
) -> None:
    view, box = VIEWS[name](), box_at(yaw=yaw)
    for handle in handles_of(box, view):
        if handle.kind not in (Kind.FACE, Kind.CORNER):
            continue
        moved = Drag(box, handle, view, *handle.px, locked=locked).move(u, v)
        opposite = -np.array(handle.signs, np.float64)
        if locked:
            np.testing.assert_array_equal(moved.size_lwh, box.size_lwh)
        else:
            np.testing.assert_allclose(moved.point(opposite), box.point(opposite), atol=1e-9)
        still = np.array(handle.signs) == 0
        way = box.rotation.T @ (moved.center - box.center)
        np.testing.assert_allclose(way[still], 0, atol=1e-9)
        np.testing.assert_array_equal(moved.size_lwh[still], box.size_lwh[still])


def test_in_an_image_a_box_far_ahead_moves_across_the_view() -> None:
    model = Fisheye(
        1280, 960, np.array([400.0, 400.0, 640.0, 480.0]), np.array([0.02, -0.01, 0, 0])
    )
    # 1.6 m above the ground, looking along +x: at 25 m the ground is seen at 3.7 degrees.
    cam_from_world = SE3(
        np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]]), np.array([0.0, 1.6, 25.0])
    )
    view = ImageView.whole(model, cam_from_world, 960, 720)
    box = box_at(yaw=0.3)
    handles = handles_of(box, view)
    assert {h.signs for h in handles if h.kind is Kind.FACE} >= {(-1, 0, 0)}
    body = handles[0]
    u, v = body.px
    assert pick(handles, u, v) is not None
    drag = Drag(box, body, view, u, v)
    on_box = drag.grip.point
    moved = drag.move(u + 30, v - 6)
    seen_at = view.project((on_box + moved.center - box.center)[None])[0]
    np.testing.assert_allclose(seen_at, [u + 30, v - 6], atol=1e-3)
    assert abs(moved.center[0]) < 0.1  # Not a metre nearer or farther.
    assert np.linalg.norm(moved.center - box.center) < 4
    assert drag.move(u + 5000, v) is moved  # Outside of what the lens sees.


def test_fine_mode_goes_a_fifth_of_the_way_from_where_it_was_switched_on() -> None:
    box, view = box_at(), top_view()
    drag = Drag(box, handles_of(box, view)[0], view, 200, 150)
    drag.move(250, 150)
    np.testing.assert_allclose(drag.move(250, 150, fine=True).center, [1, 0, 0.75])
    np.testing.assert_allclose(drag.move(300, 150, fine=True).center, [1 + FINE, 0, 0.75])
    np.testing.assert_allclose(drag.move(300, 150).center, [1 + FINE, 0, 0.75])
    np.testing.assert_allclose(drag.move(350, 150).center, [2 + FINE, 0, 0.75])


def test_beyond_the_horizon_a_box_stays() -> None:
    pose = SE3(np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], float), np.array([-10.0, 0, 6.0]))
    view = PerspectiveView.with_fov(pose, 1.2, 640, 480)
    box = box_at()
    u, v = view.project(box.center[None])[0]
    drag = Drag(box, handles_of(box, view)[0], view, u, v)
    before = drag.move(u + 5, v + 5)
    assert drag.move(u, 20) is before


def test_with_the_size_locked_a_face_moves_the_box() -> None:
    box, view = box_at(), top_view()
    drag = Drag(box, grab(box, view, Kind.FACE, (1, 0, 0)), view, 300, 150, locked=True)
    moved = drag.move(325, 180)
    np.testing.assert_allclose(moved.center, [0.5, 0, 0.75])
    assert moved.size_lwh is box.size_lwh


def test_faces_and_corners_catch_the_points_of_the_object() -> None:
    truth = box_at(x=0.2, y=-0.1)  # Rear at x = -1.8, left side at y = 0.9.
    ground = ground_cloud()
    points = np.concatenate([car_cloud(truth), ground])
    is_ground = np.arange(len(points)) >= len(points) - len(ground)
    box, view = box_at(x=-0.3, y=0.3, z=0.85), top_view()
    surfaces = Surfaces.around(box, points, is_ground)
    rear = grab(box, view, Kind.FACE, (-1, 0, 0))
    drag = Drag(box, rear, view, *rear.px, surfaces=surfaces)
    caught = drag.move(rear.px[0] + 20, rear.px[1], snap_m=0.2)  # Rear at -1.9 by the cursor.
    assert caught.point((-1, 0, 0))[0] == pytest.approx(-1.8, abs=1e-6)
    free = drag.move(rear.px[0] + 20, rear.px[1], snap_m=0.05)
    assert free.point((-1, 0, 0))[0] == pytest.approx(-1.9, abs=1e-6)
    corner = grab(box, view, Kind.CORNER, (-1, 1, 0))
    drag = Drag(box, corner, view, *corner.px, surfaces=surfaces, locked=True)
    caught = drag.move(corner.px[0] + 20, corner.px[1] + 15, snap_m=0.2)
    np.testing.assert_allclose(caught.point((-1, 1, 0))[:2], [-1.8, 0.9], atol=1e-6)
    np.testing.assert_array_equal(caught.size_lwh, box.size_lwh)
    drag = Drag(box, grab(box, side_view(), Kind.FACE, (0, 0, -1)), side_view(), 200, 145,
                surfaces=surfaces)  # fmt: skip
    assert drag.move(200, 147, snap_m=0.2).point((0, 0, -1))[2] == pytest.approx(0, abs=1e-6)


def test_scattered_points_catch_nothing() -> None:
    random = np.random.default_rng(4)
    points = random.uniform([-4, -1, 0], [4, 1, 1.5], (3000, 3)).astype(np.float32)
    box, view = box_at(), top_view()
    surfaces = Surfaces.around(box, points, np.zeros(len(points), np.bool_))
    face = grab(box, view, Kind.FACE, (1, 0, 0))
    drag = Drag(box, face, view, *face.px, surfaces=surfaces)
    np.testing.assert_allclose(drag.move(300, 150, snap_m=0.3).size_lwh, [4, 2, 1.5])


def test_rays_meet_planes_and_axes() -> None:
    ray = Ray(np.array([0.0, 0, 10]), np.array([0.6, 0, -0.8]))
    np.testing.assert_allclose(on_plane(ray, np.zeros(3), np.array([0.0, 0, 1])), [7.5, 0, 0])
    assert on_plane(ray, np.zeros(3), np.array([0.0, 1, 0])) is None
    assert along_axis(ray, np.zeros(3), np.array([0.0, 1, 0])) == pytest.approx(0)
    assert along_axis(ray, np.zeros(3), np.array([1.0, 0, 0])) == pytest.approx(7.5)
    assert along_axis(ray, np.zeros(3), ray.direction) is None


def test_the_first_box_is_clicked_and_of_nested_ones_the_inner() -> None:
    def cuboids(*boxes: Placement) -> Cuboids:
        n = len(boxes)
        none = np.zeros(n, np.int64)
        return Cuboids.build(
            "world", frame_idx=none, timestamp_ns=none, category=none,
            center=np.array([b.center for b in boxes]),
            quat_wxyz=np.array([b.quat_wxyz for b in boxes]),
            size_lwh=np.array([b.size_lwh for b in boxes]),
        )  # fmt: skip

    ray = Ray(np.array([-20.0, 0, 0.75]), np.array([1.0, 0, 0]))
    near, far, beside = box_at(), box_at(x=8), box_at(y=5)
    assert first_box(ray, cuboids(far, beside, near)) == 2
    assert first_box(ray, cuboids(beside)) is None
    driver = box_at(x=0.5, size=(0.5, 0.5, 1.0))
    assert first_box(ray, cuboids(near, driver, far)) == 1
