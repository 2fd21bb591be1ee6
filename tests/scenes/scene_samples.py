"""Small made-up contents of a scene, shared by the tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.detections import Detections
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.projections import Projections
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.scenes.commits import Commit
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.writer import SceneWriter

T0 = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
FRAMES = (7, 8, 9)


def sample_info(source: Path | str = "recording") -> SceneInfo:
    return SceneInfo(
        log_id="drive-1",
        origin_m=np.array([500_000.0, 4_000_000.0, 12.0]),
        taxonomy=default_taxonomy(),
        source_uris=(str(source),),
        config_toml="[detect]\nvoxel_m = 0.2\n",
        log_metadata={"licence": "CC0", "format": "native"},
    )


def sample_rig() -> Rig:
    front = Pinhole(640, 480, np.array([500.0, 501.0, 320.0, 240.0]), np.array([0.1, 0, 0, 0]))
    forward = SE3.from_quat([0.5, -0.5, 0.5, -0.5], [1.5, 0.0, 1.6])
    return Rig(
        {
            "top": Lidar("top", SE3.from_yaw(0.1, [0.9, 0.0, 1.8])),
            "rear": Lidar("rear", SE3.identity()),
        },
        {"front": Camera("front", forward, front, "rolling", 31_000_000)},
    )


def sample_trajectory() -> Trajectory:
    at = np.arange(4)
    positions = np.stack([at * 1.0, at * 0.1, np.zeros(4)], axis=1)
    return Trajectory(T0 + at * PERIOD_NS, SE3.from_yaw(at * 0.02, positions), 250_000_000)


def sample_frames() -> Frames:
    ref_ns = T0 + PERIOD_NS // 2 + np.arange(3) * PERIOD_NS
    return Frames(np.array(FRAMES, np.int32), ref_ns, sample_trajectory().at(ref_ns))


def sample_sweep(frame_idx: int, n: int = 500, sensor_id: str = "top") -> Sweep:
    random = np.random.default_rng(frame_idx)
    row = FRAMES.index(frame_idx)
    return Sweep(
        frame_idx=frame_idx,
        sensor_id=sensor_id,
        ref_ns=int(sample_frames().ref_ns[row]),
        points_ego=random.normal(0, 20, (n, 3)).astype(np.float32),
        intensity=random.integers(0, 256, n).astype(np.int16),
        ring=np.sort(random.integers(0, 64, n)).astype(np.int16),
        t_offset_ns=np.sort(random.integers(-PERIOD_NS // 2, PERIOD_NS // 2, n)).astype(np.int32),
        compensated=True,
    )


def sample_cuboids(frame: Literal["ego", "world"] = "world", n: int = 5) -> Cuboids:
    random = np.random.default_rng(1)
    pose = SE3.from_yaw(random.uniform(-3, 3, n), random.normal(0, 30, (n, 3)))
    velocity = random.normal(0, 5, (n, 3))
    velocity[:1] = np.nan
    return Cuboids.build(
        frame,
        frame_idx=random.choice(FRAMES, n),
        timestamp_ns=T0 + random.integers(0, PERIOD_NS, n),
        category=random.integers(0, len(default_taxonomy().leaves), n),
        center=pose.translation,
        quat_wxyz=pose.quat_wxyz,
        size_lwh=random.uniform(0.5, 8, (n, 3)),
        track_id=random.integers(-1, 3, n),
        velocity=velocity,
        score=random.uniform(0, 1, n),
        num_points=random.integers(-1, 900, n),
        source=random.integers(0, len(Source), n),
        is_keyframe=random.integers(0, 2, n).astype(bool),
    )


def sample_detections() -> Detections:
    cuboids = sample_cuboids("ego")
    offsets = np.array([0, 4, 4, 10, 11, 30])
    points = np.random.default_rng(2).normal(0, 2, (30, 3)).astype(np.float32)
    return Detections(cuboids, points, offsets)


def sample_tracks() -> Tracks:
    return Tracks(
        track_id=np.array([0, 2]),
        category=np.array([0, 8], np.int16),
        score=np.array([0.9, 0.25], np.float32),
        first_frame=np.array([7, 8], np.int32),
        last_frame=np.array([9, 9], np.int32),
        n_observed=np.array([3, 1], np.int32),
        size_lwh=np.array([[4.5, 1.9, 1.5], [0.8, 0.6, 1.7]], np.float32),
        is_static=np.array([True, False]),
    )


def sample_projections() -> Projections:
    corners = np.arange(32, dtype=np.float32).reshape(2, 8, 2)
    corners[1, 3:] = np.nan
    return Projections(
        cameras=("front",),
        frame_idx=np.array([7, 8], np.int32),
        camera=np.zeros(2, np.int16),
        cuboid_id=np.array([0, 3]),
        uv_box=np.array([[1, 2, 30, 40], [5, 6, 70, 80]], np.float32),
        corners_px=corners,
        depth_m=np.array([12.5, 30.0], np.float32),
        truncation=np.array([0.0, 0.5], np.float32),
        occlusion=np.array([np.nan, 0.25], np.float32),
        occlusion_known=np.array([np.nan, 0.25], np.float32),
        t_capture_ns=np.array([T0, T0 + 5]),
    )


def sample_findings() -> list[Finding]:
    return [
        Finding("sweep-unreadable", "error", "frame 10: zero bytes", frame_idx=10),
        Finding("track-short", "info", "one frame", track_id=2),
    ]


def png_bytes() -> bytes:
    """A red 4 x 2 image (OpenCV's order is blue, green, red)."""
    red = np.zeros((2, 4, 3), np.uint8)
    red[..., 2] = 255
    return cv2.imencode(".png", red)[1].tobytes()


def open_writer(
    root: Path | str,
    scene_id: str = "one",
    *,
    source: Path | str = "recording",
    config: StoreConfig | None = None,
    config_hash: str = "config-a",
) -> SceneWriter:
    return SceneWriter(
        root,
        scene_id,
        info=sample_info(source),
        input_hash="input-a",
        config_hash=config_hash,
        config=config,
    )


def write_required(writer: SceneWriter, cuboids: Cuboids | None = None) -> None:
    writer.write_rig(sample_rig())
    writer.write_trajectory(sample_trajectory())
    writer.write_frames(sample_frames())
    writer.write_cuboids(sample_cuboids() if cuboids is None else cuboids)
    writer.write_tracks(sample_tracks())


def write_image(writer: SceneWriter, frame_idx: int = 7, uri: str = "camera/7.png") -> None:
    writer.write_image(
        frame_idx=frame_idx,
        camera="front",
        timestamp_ns=T0,
        dt_to_ref_ns=-PERIOD_NS // 2,
        size_px=(4, 2),
        uri=uri,
        encoded=png_bytes(),
    )


def write_everything(writer: SceneWriter, frames: Sequence[int] = FRAMES) -> None:
    write_required(writer)
    for frame_idx in frames:
        writer.write_sweep(sample_sweep(frame_idx))
    write_image(writer)
    writer.write_detections(sample_detections())
    writer.write_projections(sample_projections())
    writer.write_findings(sample_findings())


def write_sample(
    root: Path | str,
    scene_id: str = "one",
    *,
    source: Path | str = "recording",
    config: StoreConfig | None = None,
    config_hash: str = "config-a",
) -> Path:
    """Commit a scene with something in every table and return its folder."""
    with open_writer(
        root, scene_id, source=source, config=config, config_hash=config_hash
    ) as writer:
        write_everything(writer)
        commit(writer)
    return Path(root) / f"scene_id={scene_id}"


def commit(writer: SceneWriter) -> Commit:
    return writer.commit(stage_ms={"detect": 12.5})
