"""The geometric detector on boxes that a LiDAR could have seen."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.geometry.iou import bev_iou
from avlabel.stages.detection.classify import Classes, ClassifyConfig, classify
from avlabel.stages.detection.complete import complete
from avlabel.stages.detection.detect import DetectConfig, detect
from avlabel.stages.detection.shapes import Shapes

SENSOR = np.array([0.0, 0.0])
TAXONOMY = default_taxonomy()


def sweep_of(*parts):
    points = np.concatenate(parts).astype(np.float32)
    n = len(points)
    return Sweep(
        frame_idx=7,
        sensor_id="top",
        ref_ns=1_000_000_000,
        points_ego=points,
        intensity=np.zeros(n, np.int16),
        ring=np.full(n, -1, np.int16),
        t_offset_ns=np.full(n, 5_000_000, np.int32),
        compensated=True,
    )


def ground(rng, n=20_000):
    xy = rng.uniform(-40, 40, (n, 2))
    return np.column_stack([xy, rng.normal(0, 0.02, n)])


def visible_box(box, rng, n=1500):
    """Points on the side faces that look at the sensor."""
    x, y, length, width, height, yaw = box
    local = rng.uniform(-0.5, 0.5, (n, 3)) * [length, width, height]
    face = rng.integers(0, 2, n)
    to_sensor = np.array([-x, -y]) @ np.array(
        [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
    )
    local[face == 0, 0] = np.sign(to_sensor[0]) * length / 2
    local[face == 1, 1] = np.sign(to_sensor[1]) * width / 2
    c, s = np.cos(yaw), np.sin(yaw)
    out = np.column_stack(
        [local[:, 0] * c - local[:, 1] * s + x, local[:, 0] * s + local[:, 1] * c + y]
    )
    return np.column_stack([out, local[:, 2] + height / 2]) + rng.normal(0, 0.02, (n, 3))


@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize(
    ("box", "leaf"),
    [
        ((15.0, 5.0, 4.5, 1.85, 1.55, 0.2), "car"),
        ((-12.0, -8.0, 4.3, 1.8, 1.5, 1.9), "car"),
        ((12.0, -10.0, 11.0, 2.6, 3.2, 0.7), "bus"),
    ],
)
def test_finds_a_vehicle(box, leaf, network):
    rng = np.random.default_rng(0)
    config = DetectConfig(network=network)
    found = detect(sweep_of(ground(rng), visible_box(box, rng)), SENSOR, TAXONOMY, config)
    assert len(found) == 1
    if network:
        # Its eye for shape takes an upright box of a car's size for a van.
        assert TAXONOMY.coarse(found.cuboids.category).tolist() == [0]
    else:
        assert TAXONOMY.names(found.cuboids.category) == [leaf]
    x, y, length, width, _, yaw = box
    overlap = bev_iou(found.cuboids.bev, np.array([[x, y, length, width, yaw]]))
    assert overlap[0, 0] > 0.75
    assert found.cuboids.timestamp_ns[0] == 1_005_000_000
    assert found.cuboids.frame_idx[0] == 7
    bottom = found.cuboids.center[0, 2] - found.cuboids.size_lwh[0, 2] / 2
    assert abs(bottom) < 0.1


def test_person_is_a_pedestrian_and_a_wall_is_nothing():
    rng = np.random.default_rng(1)
    person = np.array([8.0, 3.0, 0.9]) + rng.uniform(-0.5, 0.5, (150, 3)) * [0.5, 0.6, 1.75]
    wall = np.column_stack(
        [rng.uniform(-15, 15, 4000), np.full(4000, -12.0), rng.uniform(0, 5.5, 4000)]
    )
    found = detect(sweep_of(ground(rng), person, wall), SENSOR, TAXONOMY, DetectConfig())
    assert TAXONOMY.names(found.cuboids.category) == ["pedestrian"]


def test_detection_keeps_a_sample_of_its_points():
    rng = np.random.default_rng(2)
    box = (15.0, 5.0, 4.5, 1.85, 1.55, 0.2)
    config = DetectConfig(sample_points=50)
    found = detect(sweep_of(ground(rng), visible_box(box, rng)), SENSOR, TAXONOMY, config)
    sample = found.points_of(0)
    assert sample.shape == (50, 3)
    absolute = sample + found.cuboids.center[0]
    assert np.all(np.linalg.norm(absolute[:, :2] - [15, 5], axis=1) < 2.6)


def test_empty_and_bare_sweeps_give_no_detections():
    rng = np.random.default_rng(3)
    for points in (np.zeros((0, 3)), ground(rng)):
        assert len(detect(sweep_of(points), SENSOR, TAXONOMY, DetectConfig())) == 0


def shapes_of(rect, top=1.5, n=200, beside=False):
    return Shapes(
        rect=np.array([rect], float),
        ground_m=np.zeros(1),
        bottom_m=np.full(1, 0.3),
        top_m=np.full(1, top),
        num_points=np.full(1, n, np.int32),
        mean_offset_ns=np.zeros(1, np.int64),
        beside_nearer=np.full(1, beside),
        flatness=np.full(1, 0.3),
    )


def test_rear_of_a_car_ahead_is_read_as_its_width():
    # 1.9 m across the line of sight and 0.5 m deep: the length runs away from the sensor.
    shapes = shapes_of((20.0, 0.0, 0.5, 1.9, 0.0))
    classes = classify(shapes, SENSOR, TAXONOMY, ClassifyConfig())
    assert TAXONOMY.leaves[classes.category[0]] == "car"
    assert abs(np.cos(classes.yaw[0])) == pytest.approx(1.0)
    assert classes.size_lwh[0] == pytest.approx([4.5, 1.9, 1.5])


@pytest.mark.parametrize("yaw", [0.0, np.pi])
def test_completion_leaves_the_near_face_where_it_was_seen(yaw):
    shapes = shapes_of((20.0, 0.0, 0.5, 1.9, 0.0))
    car = np.array([TAXONOMY.code("car")], np.int16)
    classes = Classes(car, np.ones(1, np.float32), np.array([yaw]), np.array([[4.5, 1.8, 1.5]]))
    center, size = complete(shapes, classes, SENSOR)
    assert size[0] == pytest.approx([4.5, 1.9, 1.5])
    assert center[0, 0] - size[0, 0] / 2 == pytest.approx(20.0 - 0.25)
    assert center[0, 2] == pytest.approx(0.75)


def test_completion_of_a_side_seen_squarely_keeps_its_middle():
    shapes = shapes_of((0.0, 10.0, 4.0, 0.4, 0.0))
    car = np.array([TAXONOMY.code("car")], np.int16)
    classes = Classes(car, np.ones(1, np.float32), np.zeros(1), np.array([[4.6, 1.8, 1.5]]))
    center, size = complete(shapes, classes, SENSOR)
    assert center[0, 0] == pytest.approx(0.0)
    assert center[0, 1] - size[0, 1] / 2 == pytest.approx(10.0 - 0.2)
