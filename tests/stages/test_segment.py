"""Loose clusters and their parts, and who hides whom."""

from __future__ import annotations

import numpy as np
import pytest
from test_detect import SENSOR, TAXONOMY, sweep_of, visible_box

from avlabel.errors import ConfigError
from avlabel.stages.detection.classify import ClassifyConfig
from avlabel.stages.detection.cluster import NO_CLUSTER, ClusterConfig
from avlabel.stages.detection.members import members
from avlabel.stages.detection.segment import SegmentConfig, segment
from avlabel.stages.detection.shapes import measure
from avlabel.stages.detection.sight import AZIMUTH_BINS, beside_nearer, sight_from


def segments_of(*parts, split_gain=0.1):
    sweep, config = sweep_of(*parts), SegmentConfig(split_gain=split_gain)
    above = np.ascontiguousarray(sweep.points_ego[:, 2])
    return sweep, segment(sweep, above, SENSOR, TAXONOMY, config, ClassifyConfig())


def test_cars_parked_close_are_split_and_one_alone_stays_whole():
    rng = np.random.default_rng(3)
    # At 30 m the loose reach bridges 0.45 m and the tight one does not.
    places = [(24.15, 5.0), (29.0, 5.0), (33.85, 5.0), (29.0, -8.0)]
    boxes = [visible_box((x, y, 4.4, 1.8, 1.5, 0.0), rng) for x, y in places]
    _, found = segments_of(*boxes)
    cars = [set(part[part != NO_CLUSTER].tolist()) for part in np.split(found.labels, 4)]
    assert [len(car) for car in cars] == [1] * 4
    assert len(set.union(*cars)) == 4
    _, never = segments_of(*boxes, split_gain=1e9)
    assert len(never.shapes) == 2


def test_shapes_are_those_of_the_final_clusters():
    rng = np.random.default_rng(4)
    sweep, found = segments_of(
        visible_box((12.0, 3.0, 4.4, 1.8, 1.5, 0.3), rng),
        visible_box((12.4, 5.4, 4.4, 1.8, 1.5, 0.3), rng),
        visible_box((-9.0, -4.0, 0.6, 0.6, 1.7, 0.0), rng),
    )
    order, offsets = members(found.labels)
    assert np.array_equal(order, found.order)
    assert np.array_equal(offsets, found.offsets)
    above = np.ascontiguousarray(sweep.points_ego[:, 2])
    sight = sight_from(SENSOR, sweep.points_ego, order)
    again = measure(sweep, above, sight, order, offsets)
    assert np.array_equal(again.rect, found.shapes.rect)
    assert np.array_equal(again.num_points, found.shapes.num_points)


def test_a_sweep_without_anything_has_no_segments():
    _, found = segments_of(np.zeros((0, 3)))
    assert len(found.shapes) == 0
    assert found.offsets.tolist() == [0]


@pytest.mark.parametrize(
    "tight", [ClusterConfig(cell_m=0.1), ClusterConfig(reach_m=0.9), ClusterConfig(min_points=3)]
)
def test_parts_must_nest_in_wholes(tight):
    with pytest.raises(ConfigError, match="segment"):
        SegmentConfig(tight=tight)


def test_only_what_borders_on_something_nearer_may_be_hidden():
    turn = 2 * np.pi / AZIMUTH_BINS
    bearing = np.concatenate([np.arange(0, 20), np.arange(20, 40), np.arange(80, 100)]) + 0.5
    distance = np.repeat([10.0, 14.0, 14.0], 20)
    x, y = distance * np.cos(bearing * turn), distance * np.sin(bearing * turn)
    points = np.column_stack([x, y, np.ones(60)]).astype(np.float32)
    order, offsets = np.arange(60), np.array([0, 20, 40, 60])
    sight = sight_from(SENSOR, points, order)
    assert beside_nearer(sight, order, offsets).tolist() == [False, True, False]
