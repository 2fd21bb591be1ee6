"""The cluster network: what it sees, and what it says of things that are plain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ReadError
from avlabel.stages.detection.cluster_net import default_net, load_net, look
from avlabel.stages.detection.patches import OWN_POINTS, extract_patches

SENSOR = np.zeros(2)


def patches_of(points, rect, context=None, sensor=SENSOR):
    """Patches of one cluster and, if given, what stands around it."""
    around = np.zeros((0, 3)) if context is None else context
    every = np.concatenate([points, around]).astype(np.float32)
    labels = np.concatenate([np.zeros(len(points)), np.full(len(around), -1)]).astype(np.int32)
    order = np.arange(len(points), dtype=np.int64)
    offsets = np.array([0, len(points)], np.int64)
    above = np.ascontiguousarray(every[:, 2])
    return extract_patches(every, above, labels, order, offsets, np.array([rect]), sensor)


def car_side(rng, n=200):
    """The rear and the left side of a car 15 m ahead, heading away."""
    height = rng.uniform(0.3, 1.4, n)
    side = rng.random(n) < 0.6
    x = np.where(side, rng.uniform(-2.2, 2.2, n), -2.2)
    y = np.where(side, 0.9, rng.uniform(-0.9, 0.9, n))
    return np.column_stack([x + 15, y - 4, height])


RECT = (15.0, -4.0, 4.4, 1.8, 0.0)


def test_patch_lies_in_the_clusters_own_frame():
    points = np.array([[15.0, -4.0, 1.0], [17.0, -4.0, 0.5], [15.0, -3.5, 0.5]])
    context = np.array([[15.0, -2.6, 1.2], [40.0, 0.0, 1.0]])
    patch = patches_of(points, RECT, context)
    assert patch.yaw[0] == pytest.approx(0.0)
    rows = {tuple(row) for row in np.round(patch.points[0].astype(float), 3).tolist()}
    assert rows == {(0, 0, 1, 0), (2, 0, 0.5, 0), (0, 0.5, 0.5, 0), (0, 1.4, 1.2, 1)}
    length, width, bottom, top = patch.cluster[0, :4]
    assert (length * 5, width * 2, bottom, top * 2) == pytest.approx((4.4, 1.8, 0.5, 1.0))


def test_repeated_points_are_marked_and_change_nothing():
    rng = np.random.default_rng(8)
    few = patches_of(car_side(rng, 20), RECT, car_side(rng, 5) + np.array([0.0, 0.5, 0.0]))
    assert few.distinct.sum() == 25
    every = replace(few, distinct=np.ones_like(few.distinct))
    for a, b in zip(fields_of(few), fields_of(every), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def fields_of(patches):
    views = look(default_net(), patches, np.array([RECT]))
    return views.probability, views.center, views.size_lwh, views.yaw


def test_x_axis_is_the_longer_side_and_points_away_from_the_sensor():
    points = np.array([[-15.0, 0.0, 1.0]])
    assert np.cos(patches_of(points, (-15.0, 0.0, 1.8, 4.4, np.pi / 2)).yaw[0]) == pytest.approx(-1)


@settings(max_examples=25, deadline=None)
@given(st.floats(-np.pi, np.pi), st.integers(0, 100))
def test_turning_the_world_changes_nothing(turn, seed):
    points = car_side(np.random.default_rng(seed))
    c, s = np.cos(turn), np.sin(turn)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    turned = points @ rotation.T
    center = rotation[:2, :2] @ [15.0, -4.0]
    here, there = patches_of(points, RECT), patches_of(turned, (*center, 4.4, 1.8, turn))
    assert np.allclose(here.points, there.points, atol=1e-4)
    views = [look(default_net(), p, np.array([r])) for p, r in (
        (here, RECT), (there, (*center, 4.4, 1.8, turn)))]  # fmt: skip
    assert np.allclose(views[0].probability, views[1].probability, atol=1e-3)
    assert np.allclose(rotation[:2, :2] @ views[0].center[0], views[1].center[0], atol=1e-2)


def test_order_of_points_does_not_matter_once_all_are_taken():
    rng = np.random.default_rng(0)
    points = car_side(rng, OWN_POINTS)
    a = look(default_net(), patches_of(points, RECT), np.array([RECT]))
    b = look(default_net(), patches_of(rng.permutation(points), RECT), np.array([RECT]))
    assert np.allclose(a.probability, b.probability, atol=1e-5)


def test_says_what_is_plain():
    taxonomy, rng = default_taxonomy(), np.random.default_rng(1)
    car = look(default_net(), patches_of(car_side(rng), RECT), np.array([RECT]))
    coarse = [car.probability[0, taxonomy.parent_of == k].sum() for k in range(4)]
    assert np.argmax(coarse) == taxonomy.parents.index("vehicle")
    assert np.hypot(*(car.center[0] - [15, -4])) < 1.0
    assert np.allclose(car.size_lwh[0, :2], [4.5, 1.85], atol=1.2)
    wall = np.column_stack(
        [rng.uniform(10, 22, 400), np.full(400, -4.0), rng.uniform(0.3, 5.5, 400)]
    )
    rect = (16.0, -4.0, 12.0, 0.1, 0.0)
    said = look(default_net(), patches_of(wall, rect), np.array([rect]))
    assert said.probability[0, taxonomy.code("unknown")] > 0.8


def test_no_clusters_are_no_trouble():
    none = np.zeros((0, 3), np.float32)
    empty = extract_patches(
        none, np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(0, np.int64),
        np.zeros(1, np.int64), np.zeros((0, 5)), SENSOR,
    )  # fmt: skip
    assert len(look(default_net(), empty, np.zeros((0, 5))).probability) == 0


def test_weights_are_small_plain_and_know_the_classes():
    net = default_net()
    assert net.classes == default_taxonomy().leaves
    total = sum(m.nbytes + o.nbytes for m, o in (*net.point_layers, *net.cluster_layers))
    assert total < 5e6


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_other_files_are_no_weights(content, tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"weights\.npz: no weights"):
        load_net(path)
