from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.spatial.transform import Rotation

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.trajectory import Trajectory
from avlabel.geometry.boxes import corners
from avlabel.geometry.exposure import expose, exposure_limits_ns
from avlabel.geometry.projection import project_boxes
from avlabel.readers.registry import open_log
from avlabel.stages.project import NO_IMAGE, ProjectConfig, project

LOOKING_AHEAD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
MODEL = Pinhole(1920, 1080, np.array([1000.0, 1000.0, 959.5, 539.5]))
MS = 1_000_000
FRAME = np.array([7], np.int32)


def camera(readout_ms=0, name="front", turn_rad=0.0):
    rotation = Rotation.from_euler("z", turn_rad).as_matrix() @ LOOKING_AHEAD
    pose = SE3(rotation, np.array([1.5, 0.0, 1.6]))
    shutter = "rolling" if readout_ms else "global"
    return Camera(name, pose, MODEL, shutter, readout_ms * MS)


def rig(*cameras):
    return Rig({}, {each.sensor_id: each for each in cameras})


def drive(speed_mps=0.0, turn_rate=0.0, start_ns=0, end_ns=1000 * MS):
    """Poses every 10 ms; turning on the spot besides driving along x keeps it simple."""
    t_ns = np.arange(start_ns, end_ns + 1, 10 * MS)
    t = t_ns * 1e-9
    place = np.column_stack([speed_mps * t, 0 * t, 0 * t])
    return Trajectory(t_ns, SE3.from_yaw(turn_rate * t, place))


def cuboid(center, yaw=0.0, velocity=(0.0, 0.0, 0.0), size=(4.5, 1.8, 1.5), t_ns=500 * MS):
    return Cuboids.build(
        "world",
        frame_idx=FRAME,
        timestamp_ns=np.array([t_ns]),
        category=np.zeros(1, int),
        center=np.array([center], float),
        quat_wxyz=quat_from_yaw(np.array([yaw])),
        size_lwh=np.array([size]),
        velocity=np.array([velocity], float),
    )


def true_corners_px(box, cam, trajectory, exposure_ns):
    """(8, 2) by root finding: the time at which a corner is in the row that is exposed then."""

    def pixel(corner, t_ns):
        velocity = np.nan_to_num(box.velocity[0].astype(float))
        at_t = corner + velocity * (t_ns - box.timestamp_ns[0]) * 1e-9
        pose = trajectory.at(int(t_ns)) @ cam.ego_from_sensor
        return cam.model.project(pose.inverse().apply(at_t[None]))[0][0]

    def lateness(t_ns, corner):
        row = pixel(corner, t_ns)[1]
        offset = (row - (cam.model.height_px - 1) / 2) / cam.model.height_px * cam.readout_ns
        return t_ns - exposure_ns - offset

    limits = exposure_limits_ns(cam, exposure_ns)
    times = [brentq(lateness, *limits, args=(corner,), xtol=1.0) for corner in corners(box)[0]]
    return np.array([pixel(c, t) for c, t in zip(corners(box)[0], times, strict=True)])


@pytest.mark.parametrize("turn_rate", [0.0, np.deg2rad(30.0)])
def test_fast_crossing_car_under_a_rolling_shutter(turn_rate):
    """30 m/s across, seen 40 ms after the LiDAR saw it, from a car at 20 m/s that may turn."""
    cam = camera(readout_ms=30)
    trajectory = drive(speed_mps=20.0, turn_rate=turn_rate)
    ahead = trajectory.at(540 * MS)
    yaw = float(ahead.yaw) + np.pi / 2
    where = ahead.apply(np.array([[14.0, -1.5, 0.9]]))[0]
    motion = ahead.rotation @ [0.0, 30.0, 0.0]
    box = cuboid(where, yaw, motion, size=(4.5, 1.8, 2.5))
    exposure_ns = 540 * MS
    truth = true_corners_px(box, cam, trajectory, exposure_ns)

    found, findings = project(box, rig(cam), trajectory, FRAME, {"front": np.array([exposure_ns])})
    assert not findings
    error_px = np.linalg.norm(found.corners_px[0] - truth, axis=1)
    assert error_px.mean() < (0.3 if turn_rate else 0.05)
    assert abs(int(found.t_capture_ns[0]) - exposure_ns) < 15 * MS

    middle = replace(cam, shutter="global", readout_ns=0)
    sources = {"front": np.array([exposure_ns])}
    still = replace(box, velocity=np.full((1, 3), np.nan, np.float32))
    naive, _ = project(still, rig(middle), trajectory, FRAME, sources)
    assert np.linalg.norm(naive.corners_px[0] - truth, axis=1).mean() > 50
    unrolled, _ = project(box, rig(middle), trajectory, FRAME, sources)
    assert np.linalg.norm(unrolled.corners_px[0] - truth, axis=1).max() > 5


def test_static_box_seen_from_where_the_ego_was_at_the_exposure():
    box = cuboid([30.0, 0.0, 1.6], size=(2.0, 2.0, 2.0), velocity=(np.nan,) * 3)
    found, _ = project(
        box, rig(camera()), drive(speed_mps=10.0), FRAME, {"front": np.array([800 * MS])}
    )
    distance_m = 30.0 - (10.0 * 0.8 + 1.5)
    assert found.depth_m[0] == pytest.approx(distance_m, abs=1e-5)
    half = 1000 / (distance_m - 1.0)
    np.testing.assert_allclose(
        found.uv_box[0], [959.5 - half, 539.5 - half, 959.5 + half, 539.5 + half], atol=1e-3
    )
    assert found.t_capture_ns[0] == 800 * MS


def test_rows_in_order_of_frame_camera_and_cuboid():
    left, front = camera(name="left", turn_rad=np.pi / 2), camera()
    places = [[20, 0, 1], [20, 3, 1], [1, 20, 1], [-20, 0, 1], [25, 0, 1]]
    boxes = Cuboids.concatenate([cuboid(center) for center in places])
    frame_idx = np.array([8, 7, 7, 7, 7], np.int32)
    boxes = replace(boxes, cuboid_id=np.arange(5), frame_idx=frame_idx)
    times = {"front": np.array([500, 600]) * MS, "left": np.array([500, 600]) * MS}
    frames = np.array([7, 8], np.int32)
    found, findings = project(boxes, rig(left, front), drive(), frames, times)
    assert found.frame_idx.tolist() == [7, 7, 7, 8]
    assert found.sensor_id == ["left", "front", "front", "front"]
    assert found.cuboid_id.tolist() == [2, 1, 4, 0]
    assert found.cameras == ("left", "front")
    assert not findings


def test_boxes_skipped_early_are_those_out_of_view():
    rng = np.random.default_rng(3)
    n = 400
    boxes = Cuboids.build(
        "world",
        frame_idx=np.full(n, 7),
        timestamp_ns=np.full(n, 450 * MS),
        category=np.zeros(n, int),
        center=rng.uniform([-40, -40, -1], [60, 40, 3], (n, 3)),
        quat_wxyz=quat_from_yaw(rng.uniform(-np.pi, np.pi, n)),
        size_lwh=rng.uniform(0.5, 12.0, (n, 3)),
        velocity=rng.uniform(-20, 20, (n, 3)),
    )
    cam = camera(readout_ms=30)
    trajectory = drive(speed_mps=10.0, turn_rate=0.3)
    found, _ = project(boxes, rig(cam), trajectory, FRAME, {"front": np.array([500 * MS])})
    first, last = (trajectory.at(int(t)) for t in exposure_limits_ns(cam, 500 * MS))
    seen = project_boxes(expose(boxes, cam, 500 * MS, (first, last)).corners_cam, MODEL)
    sides = seen.uv_box[:, 2:] - seen.uv_box[:, :2]
    assert found.cuboid_id.tolist() == np.flatnonzero((sides >= 1).all(axis=1)).tolist()
    assert 50 < len(found) < 250


def test_missing_image_makes_no_row_and_no_finding():
    box = cuboid([20, 0, 1])
    for times in ({}, {"front": np.array([NO_IMAGE])}):
        found, findings = project(box, rig(camera()), drive(), FRAME, times)
        assert (len(found), findings) == (0, [])


def test_image_outside_the_trajectory_makes_a_finding():
    box = cuboid([20, 0, 1])
    late = {"front": np.array([1040 * MS])}
    found, findings = project(box, rig(camera()), drive(), FRAME, late)
    assert len(found) == 1  # within what may be extrapolated
    later = {"front": np.array([1060 * MS])}
    found, findings = project(box, rig(camera()), drive(), FRAME, later)
    assert len(found) == 0
    assert [(f.rule, f.frame_idx) for f in findings] == [("image-without-pose", 7)]
    assert "camera 'front'" in findings[0].message


def test_slivers_at_the_border_are_dropped():
    # Its left side lies half a pixel inside the right border.
    box = cuboid([21.5, -(959.0 / 1000 * 20) - 1.0, 1.6], size=(0.01, 2.0, 1.0))
    times = {"front": np.array([500 * MS])}
    assert len(project(box, rig(camera()), drive(), FRAME, times)[0]) == 0
    fine = ProjectConfig(min_side_px=0.1)
    assert len(project(box, rig(camera()), drive(), FRAME, times, fine)[0]) == 1


def test_occlusion_only_where_asked_for():
    boxes = Cuboids.concatenate([cuboid([15, 0, 1.6], size=(2, 3, 3)), cuboid([30, 0, 1.6])])
    times = {"front": np.array([500 * MS])}
    found, _ = project(boxes, rig(camera()), drive(), FRAME, times)
    assert found.occlusion.tolist() == [0.0, 1.0]
    found, _ = project(boxes, rig(camera()), drive(), FRAME, times, ProjectConfig(occlusion=False))
    assert np.isnan(found.occlusion).all()


def test_world_coordinates_of_utm_size():
    shift = np.array([500_000.0, 5_400_000.0, 300.0])
    near = cuboid([20.0, 1.0, 1.0])
    far = replace(near, center=near.center + shift)
    times = {"front": np.array([500 * MS])}
    here, _ = project(near, rig(camera()), drive(10.0), FRAME, times)
    there, _ = project(far, rig(camera()), drive(10.0).shifted(-shift), FRAME, times)
    np.testing.assert_allclose(here.uv_box, there.uv_box, atol=1e-3)


def test_wrong_input_is_refused():
    box = cuboid([20, 0, 1])
    with pytest.raises(ValueError, match="cuboids in the world"):
        project(replace(box, frame="ego"), rig(camera()), drive(), FRAME, {})
    with pytest.raises(ValueError, match="'rear' is not in the rig"):
        project(box, rig(camera()), drive(), FRAME, {"rear": np.array([0])})


def test_corners_beyond_the_image_take_the_nearest_row_s_time():
    tall = cuboid([4.0, 0.0, 0.0], velocity=(0.0, 30.0, 0.0), size=(0.5, 0.5, 40.0))
    cam = camera(readout_ms=30)
    still = SE3.identity()
    seen = expose(tall, cam, 500 * MS, (still, still))
    sideways_m = -seen.corners_cam[0, :, 0] - np.array([1, -1, -1, 1] * 2) * 0.25
    np.testing.assert_allclose(sideways_m, [0.45] * 4 + [-0.45] * 4, atol=1e-6)


def test_kitti_truth_lands_on_kitti_s_own_2d_boxes(shared_data):
    root = shared_data / "kitti-tracking"
    log = open_log(root, "kitti-tracking", sequence="0000")
    truth = log.read_truth()
    name, images = next(iter(log.images.items()))
    frames = log.sweeps.frame_idx[: len(images)]
    found, findings = project(
        truth.cuboids, log.rig, log.trajectory, frames, {name: images.timestamp_ns[: len(frames)]}
    )
    labels = np.loadtxt(root / "training/label_02/0000.txt", dtype=str)
    labels = labels[labels[:, 2] != "DontCare"]
    ious = []
    for row in labels[np.isin(labels[:, 0].astype(int), frames)]:
        here = found.uv_box[found.frame_idx == int(row[0])]
        ious.append(max((iou(row[6:10].astype(float), box) for box in here), default=0.0))
    assert not findings
    assert len(ious) > 20
    assert np.median(ious) > 0.9


def iou(a, b):
    inter = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return inter / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - inter)
