"""Small scenes with labels to send out and to bring back."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from hypothesis import Phase, settings
from hypothesis import strategies as st

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3, wrap_angle
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.exchange.export import ExportReport, export_scene
from avlabel.exchange.importing import ImportReport, import_labels
from avlabel.exchange.options import ExportOptions, ImportOptions
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.scene import Scene, open_scene
from avlabel.scenes.writer import SceneWriter

T0 = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
FRAME_NUMBERS = (36, 37, 38)
LEAVES = default_taxonomy().leaves
FORWARD = SE3.from_quat([0.5, -0.5, 0.5, -0.5], [1.5, 0.1, 1.6])
SIZE_PX = (96, 64)
COUNTER = itertools.count()


def rig() -> Rig:
    plain = Pinhole(*SIZE_PX, np.array([60.0, 61.0, 47.0, 31.0]))
    bent = Pinhole(*SIZE_PX, np.array([60.0, 60.0, 48.0, 32.0]), np.array([-0.1, 0.01, 0.001, 0.0]))
    left = SE3.from_yaw(np.pi / 2, [0.5, 0.8, 0.0]) @ FORWARD
    return Rig(
        {"top": Lidar("top", SE3.from_yaw(0.1, [0.9, 0.0, 1.8]))},
        {
            "front": Camera("front", FORWARD, plain, "rolling", 20_000_000),
            "left": Camera("left", left, bent),
        },
    )


def frames() -> Frames:
    """A bend, uphill."""
    at = np.arange(len(FRAME_NUMBERS) + 2)
    pose = SE3.from_yaw(0.05 * at + 2.0, np.column_stack([at * 1.0, at * 0.1, at * 0.05]))
    climb = SE3.from_quat([np.cos(0.02), 0.0, -np.sin(0.02), 0.0], np.zeros(3))
    ref_ns = T0 + at * PERIOD_NS
    poses = pose @ climb
    return Frames(np.array(FRAME_NUMBERS, np.int32), ref_ns[1:-1], poses[1:-1])


def trajectory() -> Trajectory:
    inner = frames()
    step = inner.world_from_ego[1] @ inner.world_from_ego[0].inverse()
    poses = [step.inverse() @ inner.world_from_ego[0]]
    poses += [inner.world_from_ego[i] for i in range(len(inner))]
    poses.append(step @ inner.world_from_ego[len(inner) - 1])
    times = T0 + np.arange(len(poses)) * PERIOD_NS
    return Trajectory(times, SE3.stack(poses))


def boxes(
    objects: list[tuple[str, tuple[float, float, float], float, tuple[float, float, float]]],
    *,
    speed_mps: float = 3.0,
) -> Cuboids:
    """Objects (class, place in the first frame's ego, yaw, size) that drive straight on."""
    where, n_frames = frames(), len(FRAME_NUMBERS)
    parts = []
    for track, (leaf, place, yaw, size) in enumerate(objects):
        step = np.array([np.cos(yaw), np.sin(yaw), 0.0]) * speed_mps * PERIOD_NS * 1e-9
        at = np.array(place) + np.arange(n_frames)[:, None] * step
        pose = where.world_from_ego[0] @ SE3.from_yaw(np.full(n_frames, yaw), at)
        velocity = where.world_from_ego[0].rotation @ (step / (PERIOD_NS * 1e-9))
        parts.append(
            Cuboids.build(
                "world",
                frame_idx=where.frame_idx,
                timestamp_ns=where.ref_ns + 7_000_000,
                category=np.full(n_frames, LEAVES.index(leaf)),
                center=np.asarray(pose.translation),
                quat_wxyz=pose.quat_wxyz,
                size_lwh=np.tile(size, (n_frames, 1)),
                track_id=np.full(n_frames, 10 + track),
                velocity=np.tile(velocity, (n_frames, 1)),
                score=np.full(n_frames, 0.5 + 0.04 * track),
            )
        )
    joined = Cuboids.concatenate(parts) if parts else Cuboids.empty("world")
    ids = np.arange(len(joined), dtype=np.int64) + 100
    order = np.lexsort((joined.track_id, joined.frame_idx))
    return replace(joined.select(order), cuboid_id=ids)


STREET = [
    ("car", (12.0, 1.0, 0.8), 0.1, (4.4, 1.9, 1.6)),
    ("pedestrian", (9.0, -3.0, 0.9), -2.5, (0.7, 0.8, 1.8)),
    ("truck", (2.0, 14.0, 1.7), 1.5, (8.2, 2.5, 3.2)),
    ("bicycle", (-15.0, 4.0, 0.8), 3.1, (1.8, 0.6, 1.7)),
]
"""Ahead twice, beside the car, and behind it."""


def write_scene(
    root: Path | str,
    cuboids: Cuboids,
    *,
    media: bool = True,
    embed: bool = True,
    scene_id: str | None = None,
) -> Scene:
    """Commit a scene with labels, and points inside and around them."""
    info = SceneInfo(
        log_id="drive-1",
        origin_m=np.array([500_000.0, 4_000_000.0, 12.0]),
        taxonomy=default_taxonomy(),
        source_uris=("recording",),
        config_toml="",
        log_metadata={"format": "native"},
    )
    scene_id = scene_id or f"s{next(COUNTER)}"
    with SceneWriter(
        root,
        scene_id,
        info=info,
        input_hash="a",
        config_hash="b",
        config=StoreConfig(embed_images=embed, lossless_points=True),
    ) as writer:
        writer.write_rig(rig())
        writer.write_trajectory(trajectory())
        writer.write_frames(frames())
        if media:
            write_media(writer, cuboids)
        writer.write_cuboids(cuboids)
        writer.write_tracks(tracks_of(cuboids))
        writer.commit(stage_ms={})
    return open_scene(f"{root}/scene_id={scene_id}")


def write_media(writer: SceneWriter, cuboids: Cuboids) -> None:
    where = frames()
    for i, number in enumerate(FRAME_NUMBERS):
        here = cuboids.select(cuboids.frame_idx == number)
        centers = where.world_from_ego[i].inverse().apply(here.center)
        ground = np.random.default_rng(number).uniform([-20, -20, 0], [20, 20, 0.05], (50, 3))
        points = np.concatenate([np.repeat(centers, 3, axis=0), ground]).astype(np.float32)
        n = len(points)
        writer.write_sweep(
            Sweep(
                frame_idx=number,
                sensor_id="top",
                ref_ns=int(where.ref_ns[i]),
                points_ego=points,
                intensity=(np.arange(n) % 256).astype(np.int16),
                ring=np.zeros(n, np.int16),
                t_offset_ns=np.zeros(n, np.int32),
                compensated=True,
            )
        )
        for camera in rig().cameras:
            image = np.full((SIZE_PX[1], SIZE_PX[0], 3), 40 * i, np.uint8)
            image[::8] = 200
            writer.write_image(
                frame_idx=number,
                camera=camera,
                timestamp_ns=int(where.ref_ns[i]) + 4_000_000,
                dt_to_ref_ns=4_000_000,
                size_px=SIZE_PX,
                uri=f"camera/{camera}/{number:06d}.png",
                encoded=cv2.imencode(".png", image)[1].tobytes(),
            )


def tracks_of(cuboids: Cuboids) -> Tracks:
    ids = np.unique(cuboids.track_id)
    mine = [cuboids.select(cuboids.track_id == track) for track in ids]
    n = len(ids)
    return Tracks(
        track_id=ids,
        category=np.array([part.category[0] for part in mine], np.int16),
        score=np.full(n, 0.5, np.float32),
        first_frame=np.array([part.frame_idx.min() for part in mine], np.int32),
        last_frame=np.array([part.frame_idx.max() for part in mine], np.int32),
        n_observed=np.array([len(part) for part in mine], np.int32),
        size_lwh=np.array([part.size_lwh[0] for part in mine], np.float32).reshape(-1, 3),
        is_static=np.zeros(n, np.bool_),
    )


def street_scene(root: Path) -> Scene:
    return write_scene(root, boxes(STREET))


def round_trip(
    scene: Scene,
    blank: Scene,
    format_name: str,
    out: Path,
    *,
    export: ExportOptions | None = None,
    sequence: str | None = None,
) -> tuple[ExportReport, ImportReport, Cuboids]:
    """Export a scene, and import what came of it into one of the same drive without labels."""
    went = export_scene(scene, format_name, out, export)
    came = import_labels(blank, out, format_name, ImportOptions(sequence=sequence))
    return went, came, ordered(blank.labels())


def ordered(cuboids: Cuboids) -> Cuboids:
    """By frame, then place."""
    return cuboids.select(
        np.lexsort(
            (cuboids.center[:, 1].round(2), cuboids.center[:, 0].round(2), cuboids.frame_idx)
        )
    )


def assert_same_boxes(
    came: Cuboids,
    went: Cuboids,
    *,
    m: float,
    rad: float,
    tilt_rad: float = 0.0,
    classes: bool = True,
) -> None:
    """Boxes agree in place, size, rotation and class.

    ``tilt_rad`` is for formats without tilt: a tilted box's heading differs a little from frame
    of reference to frame of reference.
    """
    came, went = ordered(came), ordered(went)
    assert came.frame_idx.tolist() == went.frame_idx.tolist()
    np.testing.assert_allclose(came.center, went.center, atol=m, rtol=0)
    np.testing.assert_allclose(came.size_lwh, went.size_lwh, atol=m, rtol=0)
    turned = np.abs(np.einsum("ni,ni->n", came.quat_wxyz, went.quat_wxyz))
    assert (2 * np.arccos(np.clip(turned, 0, 1)) <= rad + tilt_rad).all()
    np.testing.assert_allclose(wrap_angle(came.yaw - went.yaw), 0, atol=rad + 0.1 * tilt_rad)
    if classes:
        assert came.category.tolist() == went.category.tolist()


def assert_same_tracks(came: Cuboids, went: Cuboids) -> None:
    """Boxes that were one object are one, and no others."""
    came, went = ordered(came), ordered(went)
    pairs = set(zip(came.track_id.tolist(), went.track_id.tolist(), strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


FEW = settings(max_examples=4, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""Every example writes two scenes; streets are small enough to be understood unshrunk."""

SIZES = st.tuples(st.floats(0.3, 12.0), st.floats(0.3, 3.0), st.floats(0.3, 4.0))


@st.composite
def streets(draw: st.DrawFn, leaves: tuple[str, ...] = LEAVES):
    """Up to five objects far enough apart to be told apart, all around the car."""
    cells = draw(st.lists(st.integers(0, 24), min_size=1, max_size=5, unique=True))
    objects = []
    for cell in cells:
        x, y = 20.0 * (cell // 5 - 2), 20.0 * (cell % 5 - 2)
        place = (x + draw(st.floats(-2, 2)), y + draw(st.floats(-2, 2)), draw(st.floats(-1, 3)))
        yaw = draw(st.floats(-3.14, 3.14))
        objects.append((draw(st.sampled_from(leaves)), place, yaw, draw(SIZES)))
    return objects
