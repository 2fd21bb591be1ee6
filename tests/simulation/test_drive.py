"""A whole street: truth encloses its points, nobody collides, pictures agree with boxes."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ConfigError
from avlabel.geometry.boxes import UNIT_CORNERS, bev_corners
from avlabel.geometry.iou import bev_iou
from avlabel.simulation.actors import draw_driving
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import EGO_SIZE, EPOCH_NS, LIDAR_ID, SimulatedDrive, simulate
from avlabel.simulation.driving import REAR_AXLE
from avlabel.simulation.ground import heights
from avlabel.simulation.labels import world_from_box


def test_points_lie_in_their_boxes_at_their_own_time(drive: SimulatedDrive) -> None:
    """Mirrors stand out of vehicles; everything else must be inside."""
    inside, total = 0, 0
    for frame in (drive.frame(0), drive.frame(5)):
        scan = frame.scan
        t_ns = frame.start_ns + scan.t_offset_ns.astype(np.int64)
        lidar = drive.rig.lidars[LIDAR_ID].ego_from_sensor
        points = (drive.trajectory.at(t_ns) @ lidar).apply(scan.points_sensor.astype(np.float64))
        for track in np.unique(scan.object_id[scan.object_id >= 0]).tolist():
            mine = scan.object_id == track
            actor = drive.world.actors[track]
            box = world_from_box(actor, (t_ns[mine] - EPOCH_NS) / 1e9)
            local = np.abs(box.inverse().apply(points[mine]))
            fits = (local <= actor.figure.size_lwh / 2 + 0.05).all(axis=1)
            inside, total = inside + int(fits.sum()), total + len(fits)
            if len(fits) >= 40:
                assert fits.mean() > 0.85, f"{actor.leaf} {track}"
    assert total > 3000
    assert inside / total >= 0.97


def test_boxes_are_tight() -> None:
    """Shapes fill their boxes in length, width and height (mirrors and lamps aside)."""
    rng = np.random.default_rng(2)
    for _ in range(60):
        leaf, figure = draw_driving(rng)
        bounds = np.array([part.body.bounds for part in figure.parts])
        low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
        length, width, height = figure.size_lwh
        assert high[0] == pytest.approx(length / 2, abs=0.13), leaf
        assert low[0] == pytest.approx(-length / 2, abs=0.09), leaf
        assert high[2] == pytest.approx(height, abs=0.03), leaf
        assert low[2] == pytest.approx(0.0, abs=0.03), leaf
        assert width - 0.08 <= high[1] - low[1] <= width + 0.62, leaf


def footprints(drive: SimulatedDrive, time_s: float) -> np.ndarray:
    """(A + 1, 5) vehicles' and the ego vehicle's x, y, length, width, yaw."""
    rows = []
    for actor in drive.world.actors:
        if actor.leaf in ("car", "van", "truck", "bus", "motorcycle", "bicycle"):
            pose = actor.motion.at(np.array([time_s]))
            rows.append([*pose.translation[0, :2], *actor.figure.size_lwh[:2], pose.yaw[0]])
    ego = drive.trajectory.at(EPOCH_NS + round(time_s * 1e9)) @ SE3(
        np.eye(3), np.array([REAR_AXLE * EGO_SIZE[0], 0.0, 0.0])
    )
    return np.array([*rows, [*ego.translation[:2], *EGO_SIZE[:2], float(ego.yaw)]])


@pytest.mark.parametrize("seed", [1, 9])
def test_nobody_ever_touches_anybody(seed: int) -> None:
    drive = simulate(SimulationConfig(seed=seed, frames=40, density=1.2, cameras=False))
    assert len(drive.world.actors) > 60
    for time_s in np.arange(0.0, 4.0, 0.2):
        boxes = footprints(drive, float(time_s))
        overlap = bev_iou(boxes, boxes) - np.eye(len(boxes))
        assert overlap.max() < 1e-9


def test_parked_cars_stand_close_but_apart(drive: SimulatedDrive) -> None:
    parked = [a for a in drive.world.actors if a.motion.is_static and a.leaf == "car"]
    boxes = np.array(
        [[*a.motion.position[0, :2], *a.figure.size_lwh[:2], _yaw(a.motion.rotation[0])]
         for a in parked]
    )  # fmt: skip
    grown = boxes + np.array([0, 0, 2.2, 0, 0])
    assert len(parked) > 20
    assert bev_iou(boxes, boxes)[~np.eye(len(boxes), dtype=bool)].max() < 1e-9
    neighbours = bev_iou(grown, grown)[~np.eye(len(boxes), dtype=bool)] > 0
    assert neighbours.sum() > len(parked)
    assert bev_corners(boxes).shape == (len(boxes), 4, 2)


def _yaw(rotation: np.ndarray) -> float:
    return float(np.arctan2(rotation[1, 0], rotation[0, 0]))


@pytest.mark.parametrize("sensor_id", ["front", "front_left"])
def test_pictures_show_each_object_where_its_box_projects(
    drive: SimulatedDrive, sensor_id: str
) -> None:
    """Middles of boxes, at the time of the very row they fall on, show that object."""
    camera = drive.rig.cameras[sensor_id]
    picture = drive.image(sensor_id, 3)
    t_ns = drive.image_time_ns(sensor_id, 3)
    seen = agreed = 0
    for track, actor in enumerate(drive.world.actors):
        mask = picture.object_id == track
        if mask.sum() < 25 or actor.leaf == "bicycle":
            continue
        pixel = np.array([[0.0, 75.0]])
        for _ in range(3):
            at_ns = camera.row_time_ns(t_ns, pixel[:, 1])
            box = world_from_box(actor, (at_ns - EPOCH_NS) / 1e9)
            cam_from_world = (drive.trajectory.at(at_ns) @ camera.ego_from_sensor).inverse()
            pixel, valid = camera.model.project(cam_from_world.apply(box.translation))
        corners, in_view = camera.model.project(
            cam_from_world[0].apply(box[0].apply(UNIT_CORNERS * actor.figure.size_lwh))
        )
        if not in_view.all():
            continue
        # Rows differ by at most the readout, in which nothing here moves 2 px.
        rows, columns = np.nonzero(mask)
        low, high = corners.min(axis=0) - 3, corners.max(axis=0) + 3
        assert low[0] <= columns.min() <= columns.max() <= high[0], actor.leaf
        assert low[1] <= rows.min() <= rows.max() <= high[1], actor.leaf
        u, v = np.round(pixel[0]).astype(int)
        if valid[0] and 0 <= u < camera.model.width_px and 0 <= v < camera.model.height_px:
            seen += 1
            agreed += picture.object_id[v, u] == track
    assert seen >= 3
    assert agreed / seen > 0.5


def test_labels_carry_what_they_promise(drive: SimulatedDrive) -> None:
    frame = drive.frame(2)
    boxes, visibility = frame.labels.cuboids, frame.labels.visibility
    assert len(boxes) > 30
    assert ((visibility >= 0) & (visibility <= 1)).all()
    assert visibility.max() > 0.95
    assert len(np.unique(boxes.track_id)) == len(boxes)
    assert (boxes.timestamp_ns >= frame.start_ns).all()
    assert (boxes.timestamp_ns <= frame.end_ns).all()
    counts = np.bincount(frame.scan.object_id[frame.scan.object_id >= 0], minlength=999)
    np.testing.assert_array_equal(boxes.num_points, counts[boxes.track_id])
    speed = np.linalg.norm(boxes.velocity, axis=1)
    assert (speed <= default_taxonomy().max_speed_mps[boxes.category]).all()
    assert speed.max() > 3.0
    hidden = visibility == 0
    assert (boxes.num_points[hidden] == 0).all()


def test_velocity_is_the_change_of_position(drive: SimulatedDrive) -> None:
    first, second = drive.frame(2).labels.cuboids, drive.frame(3).labels.cuboids
    rows = {int(t): i for i, t in enumerate(second.track_id)}
    for i, track in enumerate(first.track_id.tolist()):
        if track in rows:
            j = rows[track]
            dt = (second.timestamp_ns[j] - first.timestamp_ns[i]) / 1e9
            moved = (second.center[j] - first.center[i]) / dt
            np.testing.assert_allclose(moved, first.velocity[i], atol=0.35)


def test_the_ground_has_kerbs_and_slope(drive: SimulatedDrive) -> None:
    kerb = drive.street.kerbs[0]
    for outward, rise in ((-0.05, 0.0), (0.10, drive.street.ground.kerb_m)):
        xy, _ = kerb.at(30.0, outward)
        below, _ = kerb.at(30.0, -0.1)
        step = heights(np.stack([xy, below]), drive.street.ground)
        assert step[0] - step[1] == pytest.approx(rise, abs=0.02)


@pytest.mark.parametrize(
    "bad", [{"beams": "hdl65"}, {"frames": 0}, {"density": -1.0}, {"slope": 0.5}, {"seed": -1}]
)
def test_impossible_configurations_are_refused_by_name(bad: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        SimulationConfig(**bad)  # type: ignore[arg-type]
