"""A made-up street, committed as a scene: all of it can be computed by hand.

The ego vehicle drives 1 m a frame towards +y of the world. Beside it stands a parked car, and
another drives 2 m a frame, both as clouds of eight points inside their boxes.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.scene import Scene, open_scene
from avlabel.scenes.writer import SceneWriter

T0 = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
FIRST = 10
SIZE_PX = (64, 48)
CAMERAS = ("front", "left")
PARKED, DRIVING = 3, 8
"""Track ids."""
PARKED_AT = np.array([105.0, 60.0, 2.8])
LWH = np.array([4.0, 2.0, 1.5])
INSIDE = np.array([[x, y, z] for x in (-1.5, 1.5) for y in (-0.6, 0.6) for z in (-0.4, 0.4)])
GROUND_Z = 2.0
N_GROUND = 61 * 61
N_POINTS = N_GROUND + 8 + 8


def ego_at(k: int) -> Float64:
    """World position of the ego vehicle in the k-th frame."""
    return np.array([100.0, 50.0 + k, GROUND_Z])


def driving_at(k: int) -> Float64:
    """World position of the driving car's middle in the k-th frame."""
    return np.array([95.0, 50.0 + 2 * k, 2.8])


def write_street(root: Path, n_frames: int = 6, scenes: str | None = None) -> Path:
    """Commit the scene below ``root``, or ``scenes``, its recording beside it.

    Returns the scene's folder, if it is below ``root``.
    """
    recording = root / "recording"
    info = SceneInfo("street", np.zeros(3), default_taxonomy(), (str(recording),), "", {})
    with SceneWriter(
        scenes or root / "scenes", "street", info=info, input_hash="input", config_hash="config"
    ) as writer:
        writer.write_rig(_rig())
        ref_ns = T0 + PERIOD_NS * np.arange(n_frames)
        poses = SE3.stack([_world_from_ego(k) for k in range(n_frames)])
        writer.write_trajectory(Trajectory(ref_ns, poses, 2 * PERIOD_NS))
        numbers = np.arange(FIRST, FIRST + n_frames, dtype=np.int32)
        writer.write_frames(Frames(numbers, ref_ns, poses))
        for k in range(n_frames):
            for sweep in _sweeps(k):
                writer.write_sweep(sweep)
            for camera in CAMERAS:
                _write_image(writer, recording, k, camera)
        writer.write_cuboids(_cuboids(n_frames))
        writer.write_tracks(_tracks(n_frames))
        writer.commit()
    return root / "scenes" / "scene_id=street"


def street(root: Path, n_frames: int = 6) -> Scene:
    """The same, opened."""
    return open_scene(write_street(root, n_frames))


def _world_from_ego(k: int) -> SE3:
    return SE3.from_yaw(np.pi / 2, ego_at(k))


def _rig() -> Rig:
    model = Pinhole(*SIZE_PX, np.array([40.0, 40.0, 31.5, 23.5]), np.zeros(0))
    forward = SE3.from_quat([0.5, -0.5, 0.5, -0.5], [1.5, 0.0, 1.6])
    lidars = {name: Lidar(name, SE3.from_yaw(0.0, [0.0, 0.0, 1.8])) for name in ("top", "rear")}
    return Rig(lidars, {name: Camera(name, forward, model, "global", 0) for name in CAMERAS})


def _sweeps(k: int) -> list[Sweep]:
    """The main LiDAR sees the street and the parked car, the other one the car that drives."""
    x, y = np.meshgrid(np.arange(-30.0, 30.5), np.arange(-30.0, 30.5))
    ground = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    ego_from_world = _world_from_ego(k).inverse()
    parked = ego_from_world.apply(PARKED_AT + _turned(INSIDE))
    driving = ego_from_world.apply(driving_at(k) + _turned(INSIDE))
    return [
        _sweep(k, "top", np.concatenate([ground, parked]), intensity=10),
        _sweep(k, "rear", driving, intensity=200),
    ]


def _turned(points: Float64) -> Float64:
    """Both cars face +y."""
    return points[:, [1, 0, 2]] * [-1, 1, 1]


def _sweep(k: int, name: str, points_ego: Float64, intensity: int) -> Sweep:
    n = len(points_ego)
    return Sweep(
        frame_idx=FIRST + k,
        sensor_id=name,
        ref_ns=T0 + PERIOD_NS * k,
        points_ego=points_ego.astype(np.float32),
        intensity=np.full(n, intensity, np.int16),
        ring=np.zeros(n, np.int16),
        t_offset_ns=np.linspace(-PERIOD_NS / 2, PERIOD_NS / 2, n).astype(np.int32),
        compensated=True,
    )


def image_file(recording: Path, k: int, camera: str) -> Path:
    """Where an image of the recording lies."""
    return recording / camera / f"{k}.png"


def red_of(k: int) -> int:
    """How red the images of the k-th frame are; they are nothing else."""
    return 20 + 10 * k


def _write_image(writer: SceneWriter, recording: Path, k: int, camera: str) -> None:
    bgr = np.zeros((*SIZE_PX[::-1], 3), np.uint8)
    bgr[..., 2] = red_of(k)
    encoded = cv2.imencode(".png", bgr)[1].tobytes()
    path = image_file(recording, k, camera)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded)
    writer.write_image(
        frame_idx=FIRST + k,
        camera=camera,
        timestamp_ns=T0 + PERIOD_NS * k,
        dt_to_ref_ns=0,
        size_px=SIZE_PX,
        uri=path.relative_to(recording).as_posix(),
        encoded=encoded,
    )


def _cuboids(n_frames: int) -> Cuboids:
    center = [at for k in range(n_frames) for at in (PARKED_AT, driving_at(k))]
    frames = np.repeat(np.arange(n_frames), 2)
    return Cuboids.build(
        "world",
        frame_idx=FIRST + frames,
        timestamp_ns=T0 + PERIOD_NS * frames,
        category=np.zeros(len(center), np.int16),
        center=np.array(center),
        quat_wxyz=quat_from_yaw(np.full(len(center), np.pi / 2)),
        size_lwh=np.tile(LWH, (len(center), 1)),
        track_id=np.tile([PARKED, DRIVING], n_frames),
    )


def _tracks(n_frames: int) -> Tracks:
    return Tracks(
        track_id=np.array([PARKED, DRIVING]),
        category=np.zeros(2, np.int16),
        score=np.ones(2, np.float32),
        first_frame=np.full(2, FIRST, np.int32),
        last_frame=np.full(2, FIRST + n_frames - 1, np.int32),
        n_observed=np.full(2, n_frames, np.int32),
        size_lwh=np.tile(LWH, (2, 1)).astype(np.float32),
        is_static=np.array([True, False]),
    )
