"""A level street around a standing vehicle, and what its LiDAR sees of some boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from label_samples import PERIOD_NS, N, car, person

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory

FRAMES = 2
HEIGHT_M = 1.8
AHEAD = SE3(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([1.5, 0, 1.5]))
CAR_AT, PERSON_AT = np.array([12.0, 4.0, 0.0]), np.array([9.0, -5.0, 0.0])


class Street:
    """A level street around a standing vehicle, and what its LiDAR sees of some boxes."""

    def __init__(self, things, bush=None, images=None, n_frames=FRAMES):
        self.things, self.bush, self.images, self.n_frames = things, bush, images, n_frames
        lens = Pinhole(640, 480, np.array([300.0, 300.0, 320.0, 240.0]))
        lidar = Lidar("top", SE3.from_yaw(0.0, [0.0, 0.0, HEIGHT_M]))
        self.rig = Rig({"top": lidar}, {"front": Camera("front", AHEAD, lens)})
        times = PERIOD_NS * np.arange(-1, N + 1)
        still = SE3.from_yaw(np.zeros(N + 2), np.zeros((N + 2, 3)))
        self.trajectory = Trajectory(times, still)
        self.exposures_ns = {"front": PERIOD_NS * np.arange(N)}

    def sweep(self, frame_idx):
        if frame_idx >= self.n_frames:
            return None
        boxes = self.things.select(self.things.frame_idx == frame_idx)
        points = _cast(boxes.boxes, self.bush).astype(np.float32)
        n = len(points)
        zero = np.zeros(n, np.int16)
        ref_ns = frame_idx * PERIOD_NS
        return Sweep(frame_idx, "top", ref_ns, points, zero, zero, np.zeros(n, np.int32), True)

    def said(self):
        return self.images


def _cast(boxes, bush):
    """Beams onto the ground, axis-aligned boxes and a far wall; a bush scatters what it catches."""
    azimuth = np.deg2rad(np.arange(0, 360, 0.5))
    elevation = np.deg2rad(np.arange(-25, 3, 0.5))
    a, e = (angle.ravel() for angle in np.meshgrid(azimuth, elevation))
    ray = np.column_stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    origin = np.array([0.0, 0.0, HEIGHT_M])
    with np.errstate(divide="ignore"):
        away = np.where(ray[:, 2] < 0, -HEIGHT_M / ray[:, 2], np.inf)
        away = np.minimum(away, 60.0 / np.hypot(ray[:, 0], ray[:, 1]))
        for box in boxes:
            low = (box[:3] - box[3:6] / 2 - origin) / ray
            high = (box[:3] + box[3:6] / 2 - origin) / ray
            enter = np.minimum(low, high).max(axis=1)
            leave = np.maximum(low, high).min(axis=1)
            away = np.where((enter < leave) & (enter > 0), np.minimum(away, enter), away)
    points = origin + ray * away[:, None]
    if bush is not None:
        inside = np.hypot(*(points[:, :2] - bush[:2]).T) < bush[2]
        points[inside, 2] = np.random.default_rng(1).uniform(0.3, 2.0, inside.sum())
    return points


def standing(cuboids, at):
    """In the first frames, standing somewhere."""
    height = cuboids.size_lwh[:, 2:].astype(float) / 2
    center = np.tile(at, (len(cuboids), 1)) + height * [0, 0, 1]
    return replace(cuboids, center=center).select(slice(0, FRAMES))


CAR = standing(car(0), CAR_AT)
PERSON = standing(person(1), PERSON_AT)
BOTH = Cuboids.concatenate([CAR, PERSON])
BOTH = replace(BOTH, cuboid_id=np.arange(len(BOTH)))


CLEAR = standing(car(2), np.array([14.0, -13.0, 0.0]))
"""Where nothing stands and nothing is hidden."""
