"""Small committed scenes of given boxes, without sweeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from label_samples import TAXONOMY, N, frames

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.scene import Scene, open_scene
from avlabel.scenes.writer import SceneWriter


def write_scene(root, cuboids: Cuboids, sweeps=(), evidence=None) -> Scene:
    """Commit boxes, and sweeps of a LiDAR at the vehicle's origin, 1.8 m up.

    ``evidence``, (N, P), is what images say of detections that lie where the boxes are.
    """
    cuboids = replace(
        cuboids, cuboid_id=np.arange(len(cuboids)), velocity=np.zeros((len(cuboids), 3), np.float32)
    )
    info = SceneInfo("drive", np.zeros(3), TAXONOMY, ("recording",))
    lens = Pinhole(640, 480, np.array([500.0, 500.0, 320.0, 240.0]))
    lidar = Lidar("top", SE3.from_yaw(0.0, [0.0, 0.0, 1.8]))
    with SceneWriter(root, "one", info=info, input_hash="a", config_hash="a") as writer:
        writer.write_rig(Rig({"top": lidar}, {"front": Camera("front", SE3.identity(), lens)}))
        at = frames(N)
        writer.write_trajectory(Trajectory(at.ref_ns, at.world_from_ego))
        writer.write_frames(at)
        for sweep in sweeps:
            writer.write_sweep(sweep)
        writer.write_cuboids(cuboids)
        writer.write_tracks(tracks_of(cuboids))
        if evidence is not None:
            n = len(cuboids)
            points = np.zeros((n, 3), np.float32)
            at = replace(cuboids, frame="ego", track_id=np.full(n, -1))
            writer.write_detections(Detections(at, points, np.arange(n + 1)), evidence)
        writer.commit()
    return open_scene(writer.scene_path)


def tracks_of(cuboids: Cuboids) -> Tracks:
    ids = np.unique(cuboids.track_id)
    mine = [cuboids.select(cuboids.track_id == track) for track in ids]
    return Tracks(
        track_id=ids,
        category=np.array([part.category[0] for part in mine], np.int16),
        score=np.array([part.score[0] for part in mine], np.float32),
        first_frame=np.array([part.frame_idx.min() for part in mine], np.int32),
        last_frame=np.array([part.frame_idx.max() for part in mine], np.int32),
        n_observed=np.array([len(part) for part in mine], np.int32),
        size_lwh=np.array([part.size_lwh[0] for part in mine], np.float32).reshape(-1, 3),
        is_static=np.zeros(len(ids), np.bool_),
    )
