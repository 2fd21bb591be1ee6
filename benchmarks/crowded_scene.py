"""The long made scene with sixty boxes in each of its frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from long_scene import long_scene

from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.tracks import Tracks
from avlabel.scenes.scene import Scene
from avlabel.scenes.writer import SceneWriter

N_FRAMES, N_TRACKS, N_FINDINGS = 200, 60, 60
ADOPTED = ("sensors", "ego_poses", "frames", "sweeps", "points/", "images/")
REACH_M = 45.0


def crowded_scene(folder: Path) -> Scene:
    """Make it in a folder, or open it if it was made there before."""
    scene = long_scene(folder, N_FRAMES)
    return scene if scene.number > 1 else _crowded(scene)


def _crowded(scene: Scene) -> Scene:
    path = Path(scene.path)
    root, name = path.parent, path.name.removeprefix("scene_id=")
    cuboids = _boxes(scene)
    with SceneWriter(root, name, info=scene.info, input_hash="a", config_hash="a") as writer:
        writer.adopt(scene, [name for name in scene.table_names if name.startswith(ADOPTED)])
        writer.write_cuboids(cuboids)
        writer.write_tracks(_tracks(cuboids))
        writer.write_findings(
            [Finding("overlap", "warning", "made up", 3 * t, t) for t in range(N_FINDINGS)]
        )
        writer.commit()
    return scene.newest()


def _boxes(scene: Scene) -> Cuboids:
    """Objects that go along with the vehicle, so that each is seen in every frame."""
    random, frames, taxonomy = np.random.default_rng(0), scene.frames, scene.taxonomy
    spot_ego = random.uniform(-REACH_M, REACH_M, (N_TRACKS, 3)) * [1, 1, 0] + [0, 0, 0.8]
    code = random.integers(0, len(taxonomy.leaves), N_TRACKS)
    track = np.tile(np.arange(N_TRACKS), len(frames))
    row = np.repeat(np.arange(len(frames)), N_TRACKS)
    poses = frames.world_from_ego
    center = np.concatenate([poses[k].apply(spot_ego) for k in range(len(frames))])
    return Cuboids.build(
        "world",
        frame_idx=frames.frame_idx[row].astype(np.int64),
        timestamp_ns=frames.ref_ns[row],
        category=code[track],
        center=center,
        quat_wxyz=quat_from_yaw(random.uniform(-3, 3, N_TRACKS))[track],
        size_lwh=taxonomy.size_m[code[track]],
        track_id=track.astype(np.int64),
        velocity=np.zeros((len(track), 3)),
        score=random.uniform(0.2, 1.0, N_TRACKS)[track],
        num_points=random.integers(3, 400, N_TRACKS)[track],
    )


def _tracks(cuboids: Cuboids) -> Tracks:
    first = cuboids.select(slice(0, N_TRACKS))
    n, frames = N_TRACKS, cuboids.frame_idx
    return Tracks(
        track_id=first.track_id,
        category=first.category,
        score=first.score,
        first_frame=np.full(n, frames[0], np.int32),
        last_frame=np.full(n, frames[-1], np.int32),
        n_observed=np.full(n, N_FRAMES, np.int32),
        size_lwh=first.size_lwh,
        is_static=np.zeros(n, np.bool_),
    )
