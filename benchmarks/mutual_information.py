"""Edges against mutual information: where each puts the optimum of pitch and yaw, and how sharply.

python benchmarks/mutual_information.py

Mutual information of LiDAR intensity and image brightness over all points, as in G. Pandey et al.,
"Automatic targetless extrinsic calibration of a 3D lidar and camera by maximizing mutual
information", AAAI 2012, normalised by the joint entropy. Offsets are in degrees from the published
(sample drive: true) extrinsics. "drop" is how far the curve falls half a degree off its top, in
units of its scatter where it is far from fitting (2 to 4 degrees off).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import one_core
from recordings import available

from avlabel.core.log import Log
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel_calibration.alignment import AXES, Features, collect, moved_camera, score, sweep_edges

BINS = 32
ANGLES_DEG = np.concatenate([np.linspace(-4, -2, 9), np.linspace(-1, 1, 41), np.linspace(2, 4, 9)])


def main() -> None:
    one_core.pin()
    print(f"{'drive and camera':34s} {'axis':6s} edges: at   drop   information: at   drop")
    for recording in available():
        log = recording.open()
        edges = sweep_edges(log, at_most=5)
        for camera in log.images:
            features = collect(log, camera, edges=edges)
            information = Information(log, features)
            for axis in ("pitch", "yaw"):
                values = []
                for curve in (partial(edge_score, features), information):
                    values += summary(curve, AXES.index(axis))
                print(
                    f"{recording.name + ' ' + camera:34s} {axis:6s}    {values[0]:+6.2f} "
                    f"{values[1]:6.1f}           {values[2]:+6.2f} {values[3]:6.1f}",
                    flush=True,
                )


def edge_score(features: Features, delta: np.ndarray) -> float:
    return float(score(features, delta)[0])


def summary(curve: Callable[[np.ndarray], float], axis: int) -> list[float]:
    deltas = np.zeros((len(ANGLES_DEG), len(AXES)))
    deltas[:, axis] = np.deg2rad(ANGLES_DEG)
    found = np.array([curve(delta) for delta in deltas])
    near = np.abs(ANGLES_DEG) <= 1
    top = int(np.argmax(np.where(near, found, -np.inf)))
    aside = np.interp(ANGLES_DEG[top] + np.array([-0.5, 0.5]), ANGLES_DEG, found).mean()
    return [ANGLES_DEG[top], (found[top] - aside) / found[~near].std()]


class Information:
    """Normalised mutual information of intensity and brightness over all points in view."""

    def __init__(self, log: Log, features: Features) -> None:
        self.camera = features.camera
        self.images = [
            cv2.imread(str(log.root / uri), cv2.IMREAD_GRAYSCALE) for uri in features.uris
        ]
        position = {int(frame): k for k, frame in enumerate(log.sweeps.frame_idx)}
        times = log.images[self.camera.sensor_id].timestamp_ns
        index = {uri: k for k, uri in enumerate(log.images[self.camera.sensor_id].uris)}
        self.points, self.echoes = [], []
        for frame, uri in zip(features.frame_idx.tolist(), features.uris, strict=True):
            sweep, _ = ingest(log, position[frame], log.trajectory, IngestConfig())
            exposed = log.trajectory.at(int(times[index[uri]]), extrapolate_ns=50_000_000)
            world_from_ego = log.trajectory.at(sweep.ref_ns, extrapolate_ns=50_000_000)
            points = (exposed.inverse() @ world_from_ego).apply(sweep.points_ego.astype(float))
            rank = np.argsort(np.argsort(sweep.intensity, kind="stable"))
            self.points.append(points)
            self.echoes.append(rank * BINS // len(rank))

    def __call__(self, delta: np.ndarray) -> float:
        """At a delta (7,)."""
        joint = np.zeros((BINS, BINS))
        place = moved_camera(self.camera.ego_from_sensor, delta).inverse()
        size = np.array([self.camera.model.width_px, self.camera.model.height_px])
        for image, points, echo in zip(self.images, self.points, self.echoes, strict=True):
            uv, valid = self.camera.model.project(place.apply(points))
            keep = valid & (uv >= 0).all(axis=1) & (uv <= size - 1).all(axis=1)
            u, v = np.rint(uv[keep]).astype(int).T
            np.add.at(joint, (echo[keep], image[v, u].astype(int) * BINS // 256), 1)
        joint /= joint.sum()
        entropy = [
            -np.sum(p[p > 0] * np.log(p[p > 0])) for p in (joint, joint.sum(0), joint.sum(1))
        ]
        return float((entropy[1] + entropy[2] - entropy[0]) / entropy[0])


if __name__ == "__main__":
    main()
