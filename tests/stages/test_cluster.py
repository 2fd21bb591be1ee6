"""Clusters of points whose grouping is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from avlabel.stages.detection.cluster import NO_CLUSTER, ClusterConfig, cluster
from avlabel.stages.detection.members import members, members_of


def blob(x, y, z, n=60, size=0.5, seed=0):
    rng = np.random.default_rng(seed)
    return (np.array([x, y, z]) + rng.uniform(-size / 2, size / 2, (n, 3))).astype(np.float32)


def labels_of(*blobs, config=None):
    points = np.concatenate(blobs)
    found = cluster(points, points[:, 2].copy(), config or ClusterConfig())
    return np.split(found, np.cumsum([len(b) for b in blobs])[:-1])


def test_near_objects_stay_apart_and_each_is_one():
    a, b = labels_of(blob(10, 0, 1), blob(10, 1.5, 1))
    assert len(set(a)) == 1
    assert len(set(b)) == 1
    assert a[0] != b[0]


def test_reach_grows_with_range():
    near = labels_of(blob(5, 0, 1), blob(5, 1.15, 1))
    far = labels_of(blob(60, 0, 1), blob(60, 1.15, 1))
    assert near[0][0] != near[1][0]
    assert far[0][0] == far[1][0]


def test_crown_over_a_car_is_left_out():
    car, crown = labels_of(blob(10, 0, 0.8, n=200, size=1.0), blob(10, 0, 4.0, n=200, size=1.0))
    assert set(car) == {0}
    assert set(crown) == {NO_CLUSTER}


def test_ground_and_sparse_noise_belong_to_no_cluster():
    ground, noise = labels_of(blob(10, 0, 0.0, n=50, size=0.3), blob(20, 5, 1, n=3))
    assert set(ground) == {NO_CLUSTER}
    assert set(noise) == {NO_CLUSTER}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_agrees_with_single_linkage_where_gaps_are_clear(seed):
    rng = np.random.default_rng(seed)
    centers = rng.uniform(-30, 30, (12, 2))
    points = np.concatenate([blob(x, y, 1, seed=seed + k) for k, (x, y) in enumerate(centers)])
    tree = cKDTree(points[:, :2])
    tight = connected_components(tree.sparse_distance_matrix(tree, 0.25))[0]
    loose, expected = connected_components(tree.sparse_distance_matrix(tree, 1.2))
    if tight != loose:
        return
    found = cluster(points, points[:, 2].copy(), ClusterConfig())
    pairs = set(zip(found.tolist(), expected.tolist(), strict=True))
    assert len(pairs) == loose


def test_members_lists_every_labelled_point_once():
    order, offsets = members(np.array([1, -1, 0, 1, 1], np.int32))
    assert order.tolist() == [2, 0, 3, 4]
    assert offsets.tolist() == [0, 1, 4]
    order, offsets = members(np.full(3, -1, np.int32))
    assert len(order) == 0
    assert offsets.tolist() == [0]


def test_members_of_chosen_clusters_keep_their_order():
    every = members(np.array([1, -1, 0, 1, 1, 2, 0], np.int32))
    order, offsets = members_of(np.array([True, False, True]), *every)
    assert order.tolist() == [2, 6, 5]
    assert offsets.tolist() == [0, 2, 3]
    order, offsets = members_of(np.zeros(3, np.bool_), *every)
    assert len(order) == 0
    assert offsets.tolist() == [0]
