"""Boxes through lenses that see sideways and behind: by hand, and against dense points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from box_samples import box, in_image, seen_bounds, surface
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.cameras import CameraModel, Cylindrical, Equirectangular, Fisheye, Mei, Pinhole
from avlabel.geometry.projection import project_boxes, project_edges, project_segments
from avlabel.geometry.view import view_of

TURN = 360 / np.pi  # pixels a radian of a panorama 720 px wide
EQUIDISTANT = Fisheye(1000, 1000, np.array([150.0, 150.0, 499.5, 499.5]))
"""Sees all around; its image is a disc of 471 px."""
FISHEYE = Fisheye(
    640, 480, np.array([170.0, 170, 319.5, 239.5]), np.array([0.04, -0.01, 2e-3, -4e-4])
)
CIRCLE = Fisheye(640, 640, np.array([170.0, 170, 319.5, 319.5]), np.array([-0.1, 0, 0, 0]))
"""Folds at 105 degrees, inside the image."""
MEI = Mei(700, 700, np.array([668.0, 668, 358, 352]), np.array([2.2, 0.016, 1.65, 4e-3, 2e-3]))
SPHERE = Equirectangular(720, 360, np.array([TURN, TURN, 359.5, 179.5]))
PART = Equirectangular(500, 200, np.array([150.0, 150, 200, 90]))
CYLINDER = Cylindrical(720, 300, np.array([TURN, 150, 359.5, 149.5]))
FOLDED = Pinhole(
    641, 481, np.array([220.0, 220, 320, 240]), np.array([-0.2, 0.03, 1e-3, 2e-3, -2e-3])
)
WIDE = {
    "fisheye": FISHEYE,
    "circle": CIRCLE,
    "mei": MEI,
    "sphere": SPHERE,
    "part": PART,
    "cylinder": CYLINDER,
    "folded pinhole": FOLDED,
}
ALL = pytest.mark.parametrize("model", WIDE.values(), ids=WIDE.keys())

TRUCK = box([3.25, 0.0, 2.0], size=(2.5, 12.0, 3.0))
"""Right beside the camera: 2 m to the right, from 4 m behind to 8 m ahead, 1.5 m up and down."""


@pytest.mark.parametrize("model", [SPHERE, CYLINDER], ids=["sphere", "cylinder"])
def test_truck_beside_the_car_in_a_panorama_by_hand(model: CameraModel) -> None:
    seen = project_boxes(TRUCK, model)
    left, right = np.arctan2(2.0, 8.0), np.arctan2(2.0, -4.0)
    # Straight to the right its edges come closest, between their ends.
    up = TURN * np.arctan2(1.5, 2.0) if model is SPHERE else 150 * 1.5 / 2.0
    cx, cy = model.intrinsics[2:]
    expected = [cx + TURN * left, cy - up, cx + TURN * right, cy + up]
    np.testing.assert_allclose(seen.uv_box[0], expected, atol=0.1)
    assert seen.truncation[0] == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(seen.corners_px).all()


def test_truck_beside_the_car_in_a_fisheye_by_hand() -> None:
    seen = project_boxes(TRUCK, EQUIDISTANT)
    u0, v0, u1, v1 = seen.uv_box[0]
    # Between points of an edge, so far behind, the image turns by 4 degrees.
    assert u1 == pytest.approx(499.5 + 150 * np.arctan2(2.0, -4.0), abs=0.4)
    # The upper edge of its far front is the leftmost; no other corner is as near to the axis.
    front, _ = EQUIDISTANT.project(np.array([[2.0, -1.5, 8.0]]))
    assert u0 == pytest.approx(front[0, 0], abs=0.1)
    along = np.column_stack([np.full(9000, 2.0), np.full(9000, -1.5), np.linspace(-4, 8, 9000)])
    edge, _ = EQUIDISTANT.project(along)
    assert v0 == pytest.approx(edge[:, 1].min(), abs=0.1)
    assert v0 + v1 == pytest.approx(2 * 499.5)
    assert seen.truncation[0] == pytest.approx(0.0, abs=1e-9)


def test_where_the_valid_view_ends_boxes_end_at_its_circle() -> None:
    """A wall to the right: where its image is cut by the circle there is none of its corners."""
    wall = box([30.0, 0.0, 0.0], size=(1.0, 800.0, 800.0))
    limit = np.sqrt(1 / 0.3)
    reach_px = 170 * limit * (1 - 0.1 * limit**2)
    u0, v0, u1, v1 = project_boxes(wall, CIRCLE).uv_box[0]
    assert u1 == pytest.approx(319.5 + reach_px, abs=0.1)
    assert (v0, v1) == pytest.approx((319.5 - reach_px, 319.5 + reach_px), abs=1.0)
    assert 319.5 < u0 < 345


def test_wall_behind_is_seen_all_around_the_rim_only() -> None:
    wall = box([0.0, 0.0, -2.0], size=(800.0, 1.0, 800.0))
    seen = project_boxes(wall, CIRCLE)
    limit = CIRCLE.max_angle
    reach_px = 170 * limit * (1 - 0.1 * limit**2)
    expected = [319.5 - reach_px, 319.5 - reach_px, 319.5 + reach_px, 319.5 + reach_px]
    np.testing.assert_allclose(seen.uv_box[0], expected, atol=0.1)
    # It fills the rear half space, of which the lens sees what is before its limit.
    assert seen.truncation[0] == pytest.approx(1 + np.cos(limit), abs=0.01)


def test_small_box_in_the_blind_cone_is_not_seen() -> None:
    for model in (CIRCLE, MEI, FISHEYE):
        seen = project_boxes(box([0.3, 0.2, -6.0]), model)
        assert not seen.visible[0]
        assert seen.truncation[0] == 1.0
        assert len(project_edges(box([0.3, 0.2, -6.0]), model).uv) == 0


@pytest.mark.parametrize(("shift", "left"), [(0.3, False), (-0.3, True)])
def test_box_on_the_seam_has_the_2d_box_of_its_larger_part(shift: float, left: bool) -> None:
    corners = box([shift, 0.0, -8.0], size=(2.0, 1.0, 1.0))
    seen = project_boxes(corners, SPHERE)
    half_px = TURN * np.arctan2(1.3, 7.5)
    expected = (0.0, half_px - 0.5) if left else (719.5 - half_px, 719.0)
    np.testing.assert_allclose(seen.uv_box[0, [0, 2]], expected, atol=0.1)
    assert seen.truncation[0] == pytest.approx(0.0, abs=1e-4)
    edges = project_edges(corners, SPHERE)
    pieces = [piece for i in range(12) for piece in edges.pieces(i)]
    assert len(pieces) == 16  # four of its edges are seen in two pieces each
    assert max(np.ptp(piece[:, 0]) for piece in pieces) < 30


def test_camera_inside_a_box() -> None:
    around = box([0.2, 0.1, 0.3], size=(10.0, 10.0, 10.0))
    for model in (SPHERE, CYLINDER, FISHEYE):
        last = [model.width_px - 1, model.height_px - 1]
        np.testing.assert_allclose(project_boxes(around, model).uv_box[0], [0, 0, *last], atol=0.2)
    assert project_boxes(around, SPHERE).truncation[0] == pytest.approx(0.0, abs=0.01)
    # A cylinder's image is a band between two cones.
    band = np.sin(np.arctan(149.5 / 150))
    assert project_boxes(around, CYLINDER).truncation[0] == pytest.approx(1 - band, abs=0.02)
    seen = (1 - np.cos(CIRCLE.max_angle)) / 2
    assert project_boxes(around, CIRCLE).truncation[0] == pytest.approx(1 - seen, abs=0.001)


def test_beam_across_the_zenith_reaches_the_top_row() -> None:
    beam = box([0.3, -4.0, 0.2], size=(8.0, 1.0, 0.5))
    seen = project_boxes(beam, SPHERE)
    assert seen.uv_box[0, 1] == pytest.approx(0.0, abs=1e-6)
    lowest = seen_bounds(surface(beam, 300), SPHERE)[3]
    assert seen.uv_box[0, 3] == pytest.approx(lowest, abs=0.2)
    assert seen.truncation[0] == pytest.approx(0.0, abs=0.01)


boxes_around = st.builds(
    lambda x, y, z, length, width, height, yaw: box([x, y, z], (length, width, height), yaw),
    *[st.floats(-12, 12), st.floats(-3, 3), st.floats(-12, 12)],
    *[st.floats(0.3, 12), st.floats(0.3, 3), st.floats(0.3, 4), st.floats(-np.pi, np.pi)],
)


@ALL
@settings(max_examples=60, deadline=None)
@given(corners=boxes_around)
def test_clipped_box_covers_the_surface_and_no_more(model: CameraModel, corners) -> None:
    seen = project_boxes(corners, model)
    assert 0.0 <= seen.truncation[0] <= 1.0
    uv, inside = in_image(surface(corners, 60), model)
    if not seen.visible[0]:
        assert inside.sum() < 20
        return
    u0, v0, u1, v1 = seen.uv_box[0]
    assert -1e-6 <= u0 <= u1 <= model.width_px - 1 + 1e-6
    assert -1e-6 <= v0 <= v1 <= model.height_px - 1 + 1e-6
    shown = uv[inside]
    if model.panoramic:
        shown = shown_in_the_part_of(seen.uv_box[0], shown, model)
    if len(shown):
        slack = 0.6 if model in (SPHERE, FOLDED) else 0.3  # at a pole and a fold edges turn sharply
        assert (seen.uv_box[0, :2] <= shown.min(0) + slack).all()
        assert (seen.uv_box[0, 2:] >= shown.max(0) - slack).all()


def shown_in_the_part_of(uv_box, shown, model: CameraModel):
    """Of pixels of a box on the seam, those in the half of the image that its 2D box is in."""
    middle, last = (model.width_px - 1) / 2, model.width_px - 1
    for here, near, far in (
        (shown[:, 0] <= middle, uv_box[0] < 1 and uv_box[2] < middle, last),
        (shown[:, 0] > middle, uv_box[2] > last - 1 and uv_box[0] > middle, 0),
    ):
        # Samples are up to 15 px apart.
        if near and (np.abs(shown[~here, 0] - far) < 15).any():
            return shown[here]
    return shown


@ALL
@settings(max_examples=15, deadline=None)
@given(
    azimuth=st.floats(-2.5, 2.5), distance=st.floats(6, 15), yaw=st.floats(-np.pi, np.pi),
    length=st.floats(0.5, 5),
)  # fmt: skip
def test_clipped_box_is_as_tight_as_dense_samples(
    model: CameraModel, azimuth: float, distance: float, yaw: float, length: float
) -> None:
    center = [distance * np.sin(azimuth), 0.3, distance * np.cos(azimuth)]
    corners = box(center, (length, 1.8, 1.6), yaw)
    seen, bounds = project_boxes(corners, model), seen_bounds(surface(corners, 200), model)
    if bounds is not None and np.ptp(bounds[[0, 2]]) > 3:
        np.testing.assert_allclose(seen.uv_box[0], bounds, atol=1.0)


@ALL
@settings(max_examples=10, deadline=None)
@given(corners=boxes_around)
def test_truncation_is_the_share_of_directions_outside_the_image(
    model: CameraModel, corners
) -> None:
    directions = evenly_around(20_000)
    hit = directions[meets(directions, corners[0])]
    if len(hit) > 300:
        _, inside = in_image(10 * hit, model)
        assert project_boxes(corners, model).truncation[0] == pytest.approx(
            1 - inside.mean(), abs=0.13
        )


def evenly_around(n: int) -> np.ndarray:
    """Directions (n, 3) on a Fibonacci spiral."""
    z = 1 - 2 * (np.arange(n) + 0.5) / n
    turn = np.pi * (1 + np.sqrt(5)) * np.arange(n)
    return np.column_stack([np.sqrt(1 - z * z) * f(turn) for f in (np.cos, np.sin)] + [z])


def meets(directions: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which rays from the origin meet a box (8, 3)."""
    axes = corners[[1, 3, 6]] - corners[2]
    half = np.linalg.norm(axes, axis=1) / 2
    axes = axes / (2 * half[:, None])
    start, slope = -(axes @ corners.mean(axis=0)), directions @ axes.T
    slope = np.where(np.abs(slope) < 1e-12, 1e-12, slope)
    near, far = (-half - start) / slope, (half - start) / slope
    enter, leave = np.minimum(near, far).max(axis=1), np.maximum(near, far).min(axis=1)
    return (enter <= leave) & (leave > 0)


@ALL
def test_the_view_holds_every_ray_of_the_image(model: CameraModel) -> None:
    u, v = np.meshgrid(np.arange(0, model.width_px, 3.0), np.arange(0, model.height_px, 3.0))
    rays = model.unproject(np.column_stack([u.ravel(), v.ravel()]))
    rays = rays[np.isfinite(rays[:, 0])]
    regions = view_of(model).regions
    height = np.einsum("rpd,nd->rnp", regions[:, :, :3], rays) + regions[:, None, :, 3]
    assert (height >= -1e-6).all(axis=2).any(axis=0).all()


@ALL
def test_pieces_of_an_edge_follow_its_exact_image(model: CameraModel) -> None:
    """All that is seen is drawn and nothing else, from ahead left to behind right."""
    a, b = np.array([-3.0, 1.0, 2.0]), np.array([3.0, 0.5, -2.5])
    pieces = project_segments(np.array([[a, b]]), model).pieces(0)
    part = np.linspace(0, 1, 20_000)[:, None]
    uv, inside = in_image(a + part * (b - a), model)
    between = np.linspace(0, 1, 100)[:, None]
    drawn = [p + between * (q - p) for piece in pieces for p, q in pairwise(piece)]
    assert farthest(uv[inside][::100], np.concatenate(drawn)) < 1.0
    assert farthest(np.concatenate(drawn)[::50], uv[np.isfinite(uv[:, 0])]) < 1.0


def farthest(points: np.ndarray, others: np.ndarray) -> float:
    """Greatest distance from a point to the nearest of the others."""
    return max(np.linalg.norm(others - p, axis=1).min() for p in points)


def test_a_line_through_the_camera_itself_has_no_image_there() -> None:
    through = np.array([[[-3.0, 1.0, 2.0], [3.0, -1.0, -2.0]]])
    for model in WIDE.values():
        for piece in project_segments(through, model).pieces(0):
            assert np.isfinite(piece).all()


def test_folded_pinhole_stays_within_its_fold() -> None:
    wall = box([0.0, 0.0, 2.0], size=(80.0, 1.0, 80.0))
    seen = project_boxes(wall, FOLDED)
    dense = np.column_stack([g.ravel() for g in np.meshgrid(*[np.linspace(-6, 6, 1500)] * 2)])
    reach = seen_bounds(np.column_stack([dense, np.full(len(dense), 1.5)]), FOLDED)
    np.testing.assert_allclose(seen.uv_box[0], reach, atol=0.5)
