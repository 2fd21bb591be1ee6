"""The usual glue: Patchwork++ ground, Open3D DBSCAN, closeness rectangles, rules on sizes.

What one puts together in an afternoon from public packages, as a yardstick. Values are those that
label-free detection papers use. Needs the dependency group ``benchmark``.
"""

from __future__ import annotations

import time
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy

try:
    import open3d
    import pypatchworkpp
except (ImportError, OSError) as error:
    MISSING = f"pip install --group benchmark ({error})"
else:
    MISSING = ""

PARTS = ("ground", "cluster", "boxes")
EPS_M = 0.5
MIN_POINTS = 10
NEAREST_M = 0.01
YAWS = np.deg2rad(np.arange(0.0, 90.0))
MAX_TOP_M, MAX_FLOATING_M, MAX_ASPECT = 4.0, 0.75, 8.0
MIN_VOLUME_M3, MAX_VOLUME_M3 = 0.1, 200.0
# Smallest and largest length, width and height, metres.
SIZES_M = {
    "pedestrian": ((0.2, 0.2, 0.8), (1.0, 1.0, 2.3)),
    "bicycle": ((1.3, 0.5, 1.4), (2.5, 1.0, 2.0)),
    "car": ((0.5, 0.5, 1.0), (8.0, 3.0, 4.0)),
}
USUAL_M = {"pedestrian": (0.8, 0.7, 1.7), "bicycle": (1.9, 0.85, 1.8), "car": (5.1, 1.9, 1.5)}


def missing() -> str:
    """Why the pipeline cannot run, empty if it can."""
    return MISSING


def glue(sweep: Sweep, sensor_xyz: np.ndarray, taxonomy: Taxonomy) -> tuple[Cuboids, np.ndarray]:
    """Boxes of one sweep in the ego frame, and (3,) milliseconds of ``PARTS``."""
    start = time.perf_counter()
    points = np.asarray(sweep.points_ego - sensor_xyz, np.float32)
    ground, above = split_ground(points, float(sensor_xyz[2]))
    grounded = time.perf_counter()
    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(above.astype(np.float64)))
    labels = np.asarray(cloud.cluster_dbscan(EPS_M, MIN_POINTS))
    clustered = time.perf_counter()
    floor = cKDTree(ground[:, :2])
    rows = []
    for label in range(labels.max(initial=-1) + 1):
        members = above[labels == label]
        x, y, length, width, yaw = rectangle(members[:, :2])
        low, top = members[:, 2].min(), members[:, 2].max()
        z = ground[floor.query((x, y))[1], 2]
        size = np.array([length, width, top - z])
        name = class_by_size(size, low - z)
        if name:
            place = (x, y, z + size[2] / 2)
            rows.append((taxonomy.code(name), *place, *size, yaw, likelihood(size, name)))
    table = np.array(rows).reshape(-1, 9)
    cuboids = Cuboids.build(
        "ego",
        frame_idx=np.full(len(table), sweep.frame_idx),
        timestamp_ns=np.full(len(table), sweep.ref_ns),
        category=table[:, 0].astype(np.int16),
        center=table[:, 1:4] + sensor_xyz,
        size_lwh=table[:, 4:7],
        quat_wxyz=quat_from_yaw(table[:, 7]),
        score=table[:, 8],
    )
    return cuboids, np.diff([start, grounded, clustered, time.perf_counter()]) * 1e3


def split_ground(points: np.ndarray, sensor_height_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Ground and other points of a cloud around the sensor, by Patchwork++."""
    patchwork = patchwork_at(sensor_height_m)
    patchwork.estimateGround(np.ascontiguousarray(points))
    return patchwork.getGround(), patchwork.getNonground()


@lru_cache
def patchwork_at(sensor_height_m: float) -> pypatchworkpp.patchworkpp:
    parameters = pypatchworkpp.Parameters()
    parameters.sensor_height = sensor_height_m
    parameters.enable_RNR = False  # reflections are told by intensities on KITTI's scale
    return pypatchworkpp.patchworkpp(parameters)


def rectangle(xy: np.ndarray) -> tuple[float, float, float, float, float]:
    """Centre x, y, length, width and yaw of the closest rectangle (Zhang et al. 2017)."""
    cos, sin = np.cos(YAWS)[:, None], np.sin(YAWS)[:, None]
    a, b = xy[:, 0] * cos + xy[:, 1] * sin, xy[:, 1] * cos - xy[:, 0] * sin
    edge_a = np.minimum(a - a.min(axis=1, keepdims=True), a.max(axis=1, keepdims=True) - a)
    edge_b = np.minimum(b - b.min(axis=1, keepdims=True), b.max(axis=1, keepdims=True) - b)
    closeness = (1 / np.maximum(np.minimum(edge_a, edge_b), NEAREST_M)).sum(axis=1)
    k = int(closeness.argmax())
    middle = (a[k].min() + a[k].max()) / 2, (b[k].min() + b[k].max()) / 2
    extent = np.ptp(a[k]), np.ptp(b[k])
    c, s, yaw = float(cos[k, 0]), float(sin[k, 0]), float(YAWS[k])
    x, y = middle[0] * c - middle[1] * s, middle[0] * s + middle[1] * c
    if extent[0] >= extent[1]:
        return x, y, extent[0], extent[1], yaw
    return x, y, extent[1], extent[0], yaw + np.pi / 2


def class_by_size(size: np.ndarray, floating_m: float) -> str | None:
    """The first class whose limits hold; None for what is no road user."""
    volume = float(np.prod(size))
    if floating_m > MAX_FLOATING_M or size[2] > MAX_TOP_M or size[0] > MAX_ASPECT * size[1]:
        return None
    if not MIN_VOLUME_M3 < volume < MAX_VOLUME_M3:
        return None
    for name, (least, most) in SIZES_M.items():
        if np.all(size >= least) and np.all(size <= most):
            return name
    return None


def likelihood(size: np.ndarray, name: str) -> float:
    """1 for the class's usual size, less the further from it."""
    off = (size - USUAL_M[name]) / USUAL_M[name]
    return float(np.exp(-(off @ off)))
