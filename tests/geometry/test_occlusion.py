"""Who stands before whom: a thinned sweep around a camera, and boxes behind its returns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.cameras import Pinhole, camera_model
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.geometry.boxes import UNIT_CORNERS
from avlabel.geometry.depth_view import CLEAR, FAINTLY_CLEAR, HIDDEN, UNKNOWN, depth_view, look
from avlabel.geometry.occlusion import occlusion, occlusion_by_boxes
from avlabel.geometry.sweep_depth import SweepDepth, sweep_depth

MODEL = Pinhole(641, 481, np.array([300.0, 300.0, 320.0, 240.0]))
CAM_FROM_EGO = SE3(np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), np.zeros(3))
"""The camera sits at the ego origin and looks along x."""


def sweep(points):
    points = np.asarray(points, np.float32).reshape(-1, 3)
    zero = np.zeros(len(points), np.int16)
    return Sweep(3, "top", 0, points, zero, zero, np.zeros(len(points), np.int32), True)


def panel(x, y, z, step=0.05):
    """Points of a wall across the view at ``x``, from ``y[0]`` to ``y[1]``."""
    across, up = np.meshgrid(np.arange(*y, step), np.arange(*z, step))
    return np.column_stack([np.full(across.size, x), across.ravel(), up.ravel()])


def view_of(*points):
    return depth_view(sweep_depth(sweep(np.concatenate(points)), np.zeros(3)), CAM_FROM_EGO, MODEL)


def car(x=20.0, y=0.0, size=(4.0, 2.0, 2.0)):
    """Corners (1, 8, 3) in the camera frame of a box seen from behind."""
    return CAM_FROM_EGO.apply(UNIT_CORNERS * size + [x, y, 0.0])[None]


def judged(corners, view, at_sweep=None):
    found = occlusion(corners, MODEL, view, corners if at_sweep is None else at_sweep)
    return found.hidden[0], found.known[0]


OWN = panel(18.0, (-1.0, 1.0), (-1.0, 1.0))
"""Returns from the car's own rear."""
BACKDROP = panel(40.0, (-30.0, 30.0), (-10.0, 20.0), 0.2)


def test_a_car_in_plain_view_is_clear_and_known():
    assert judged(car(), view_of(OWN)) == (0.0, 1.0)
    assert judged(car(), view_of(BACKDROP)) == (0.0, 1.0)


@pytest.mark.parametrize(("edge", "share"), [(-3.0, 0.0), (-0.3, 0.2), (0.1, 0.6), (3.0, 1.0)])
def test_a_wall_hides_what_lies_behind_it(edge, share):
    """A wall half as far away, whose left end hides the car from the right up to some line."""
    wall = panel(9.0, (-6.0, edge), (-3.0, 3.0))
    hidden, known = judged(car(), view_of(wall, BACKDROP))
    assert hidden == pytest.approx(share, abs=0.11)
    assert known == 1.0


def test_where_there_is_no_return_nothing_is_known():
    hidden, known = judged(car(), view_of(panel(18.0, (20.0, 22.0), (-1.0, 1.0))))
    assert np.isnan(hidden)
    assert known == 0.0
    left_half = panel(18.0, (0.0, 1.0), (-1.0, 1.0))
    hidden, known = judged(car(), view_of(left_half))
    assert hidden == 0.0
    assert 0.5 < known < 0.95


def test_an_empty_sweep_leaves_it_to_the_boxes():
    both = np.concatenate([car(10.0, size=(2.0, 4.0, 4.0)), car(20.0)])
    empty = view_of(np.zeros((0, 3)))
    found = occlusion(both, MODEL, empty, both)
    assert np.isnan(found.hidden[0])
    assert (found.hidden[1], found.known[1]) == (1.0, 1.0)


def test_returns_seen_through_a_nearer_box_outvote_it():
    """Through a windscreen, or over a bonnet: boxes are fuller than what they hold."""
    both = np.concatenate([car(10.0, size=(2.0, 4.0, 4.0)), car(20.0)])
    found = occlusion(both, MODEL, view_of(OWN), both)
    assert occlusion_by_boxes(both, MODEL)[1] == 1.0
    assert found.hidden[1] == 0.0


def test_own_points_of_a_car_that_drove_on_do_not_hide_it():
    there, then = car(23.0), car(20.0)
    assert judged(there, view_of(OWN, BACKDROP), then)[0] == 0.0
    assert judged(there, view_of(OWN, BACKDROP), there)[0] > 0.9


def test_mirrors_and_labels_that_are_a_little_off_do_not_hide():
    assert judged(car(), view_of(panel(17.4, (-1.0, 1.0), (-1.0, 1.0))))[0] == 0.0
    assert judged(car(), view_of(panel(16.0, (-1.0, 1.0), (-1.0, 1.0))))[0] > 0.9


def test_the_vehicle_itself_does_not_hide():
    bonnet = panel(1.2, (-0.5, 0.5), (-0.5, 0.5), 0.01)
    assert judged(car(), view_of(bonnet, OWN))[0] == 0.0


def test_only_what_is_in_the_image_counts():
    beside = car(20.0, 21.3, size=(2.0, 6.0, 2.0))
    wall = panel(9.0, (9.0, 12.0), (-3.0, 3.0))
    assert judged(beside, view_of(wall))[0] == 1.0
    assert np.isnan(judged(car(-20.0), view_of(OWN))).all()


def test_looking_by_hand():
    view = view_of(np.array([[10.0, 0.0, 0.0]]))

    def at(degrees, away):
        return look(
            view, away * np.sin(np.deg2rad(degrees)), 0.0, away * np.cos(np.deg2rad(degrees))
        )

    assert [at(0.1, 20.0), at(0.4, 20.0), at(0.7, 20.0)] == [HIDDEN, HIDDEN, UNKNOWN]
    assert [at(0.1, 10.0), at(0.4, 5.0), at(0.7, 5.0)] == [CLEAR, CLEAR, FAINTLY_CLEAR]
    assert at(1.1, 20.0) == at(1.1, 5.0) == UNKNOWN
    # The shadow of an edge goes before a nearer return beyond.
    edge = view_of(np.array([[10.0, 0.0, 0.0], [30.0, 0.09, 0.0]]))
    assert look(edge, -20 * 0.0028, 0.0, 20.0) == HIDDEN


def test_thinning_keeps_the_nearest_of_each_cell_and_little_of_the_road():
    behind = panel(20.0, (-1.0, 1.0), (-0.1, 0.1), 0.01)
    before = panel(10.0, (-0.5, 0.5), (-0.05, 0.05), 0.01)
    kept = sweep_depth(sweep(np.concatenate([behind, before])), np.zeros(3))
    assert (kept.points_ego[:, 0] < 15).sum() >= len(kept.points_cm) - 4
    road = np.random.default_rng(0).uniform([-8, -8, -1.8], [8, 8, -1.8], (50_000, 3))
    assert len(sweep_depth(sweep(road), np.zeros(3)).points_cm) < 8_000


def test_thinning_takes_points_as_scenes_store_them():
    """Whole millimetres, whatever their order: a recording and its scene say the same."""
    rng = np.random.default_rng(5)
    points = rng.uniform(-60, 60, (20_000, 3)).astype(np.float32)
    millimetres = np.rint(points * np.float32(1000))
    stored = (millimetres / np.float32(1000))[rng.permutation(len(points))]
    sensor = np.array([1.2, 0.0, 1.8])
    one, other = sweep_depth(sweep(points), sensor), sweep_depth(sweep(stored), sensor)
    np.testing.assert_array_equal(one.points_cm, other.points_cm)


def test_thinning_drops_what_is_no_point_or_too_steep():
    odd = [[np.nan, 0, 0], [np.inf, 1, 1], [0, 0, 0], [500, 0, 0], [0, 0, 5], [3, 4, 0], [-2, 0, 1]]
    kept = sweep_depth(sweep(odd), np.zeros(3))
    assert sorted(kept.points_cm.tolist()) == [[-200, 0, 100], [300, 400, 0]]
    assert kept.points_cm.dtype == np.int16
    assert len(sweep_depth(sweep(np.zeros((0, 3))), np.zeros(3)).points_cm) == 0


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(
        st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(-50, 50)), max_size=30
    )
)
def test_a_return_is_found_where_it_lies(points):
    depth = SweepDepth(0, np.rint(np.array(points).reshape(-1, 3) * 100).astype(np.int16))
    view = depth_view(depth, CAM_FROM_EGO, MODEL)
    cam = CAM_FROM_EGO.apply(depth.points_ego)
    away = np.linalg.norm(cam, axis=1)
    # Half the image's diagonal is 53 degrees off the axis.
    inside = (away > 1.6) & (cam[:, 2] > np.cos(np.deg2rad(50.0)) * away)
    for x, y, z in cam[inside]:
        assert look(view, x, y, z) != UNKNOWN
    assert len(view.range_m) <= len(points)


def wide(name):
    fisheye = [330.0, 330.0, 639.5, 479.5], [0.04, -0.01, 2e-3, -4e-4]
    mei = [1336.0, 1335.0, 716.0, 705.0], [2.2, 0.016, 1.65, 4e-4, 2e-4]
    turn = [1024 / np.pi, 1024 / np.pi, 1023.5, 511.5], []
    size, (intrinsics, distortion) = {
        "fisheye": ((1280, 960), fisheye),
        "mei": ((1400, 1400), mei),
        "equirectangular": ((2048, 1024), turn),
    }[name]
    return camera_model(name, *size, np.array(intrinsics), np.array(distortion, np.float64))


@pytest.mark.parametrize("degrees", [0.0, 60.0, 92.0, 180.0])
@pytest.mark.parametrize("name", ["fisheye", "mei", "equirectangular"])
def test_wide_lenses_look_sideways_and_behind(name, degrees):
    """The same car and half a wall, turned about the vertical out of any narrow view."""
    model = wide(name)
    turn = SE3.from_yaw(np.deg2rad(degrees), np.zeros(3)).rotation
    own, wall = OWN @ turn.T, panel(9.0, (-6.0, 0.1), (-3.0, 3.0)) @ turn.T
    corners = CAM_FROM_EGO.apply((UNIT_CORNERS * [4.0, 2.0, 2.0] + [20.0, 0.0, 0.0]) @ turn.T)[None]
    for points, share in ((own, 0.0), (np.concatenate([own, wall]), 0.6)):
        depth = sweep_depth(sweep(points), np.zeros(3))
        found = occlusion(corners, model, depth_view(depth, CAM_FROM_EGO, model), corners)
        if degrees == 180.0 and name != "equirectangular":
            assert np.isnan(found.hidden[0])
        else:
            assert found.hidden[0] == pytest.approx(share, abs=0.15)
            assert found.known[0] > 0.9
