"""Labels as Arrow tables, out and in: what CSV and Parquet share."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import NO_TRACK
from avlabel.exchange.columns import Columns
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_ego, from_world, yaw_quat
from avlabel.exchange.job import ExportJob
from avlabel.scenes.convert.boxes import CENTER, QUAT, SIZE, SOURCES, VELOCITY

EGO = ("ego_x_m", "ego_y_m", "ego_z_m", "ego_yaw_rad")


def cuboid_table(job: ExportJob) -> pa.Table:
    """One row a box, in the recording's own world and in the ego frame of its frame."""
    cuboids = job.cuboids
    pose = job.frames.world_from_ego[job.frames.positions(cuboids.frame_idx)]
    ego = cuboids.moved(pose.inverse(), "ego")
    attributes = [json.dumps(job.attributes_of(row)) for row in range(len(cuboids))]
    return pa.table(
        {
            "frame_idx": cuboids.frame_idx,
            "timestamp_ns": cuboids.timestamp_ns,
            "cuboid_id": cuboids.cuboid_id,
            "track_id": cuboids.track_id,
            "category": pa.array(job.class_names, pa.string()),
            **dict(zip(CENTER, (cuboids.center + job.scene.origin_m).T, strict=True)),
            **dict(zip(QUAT, cuboids.quat_wxyz.T, strict=True)),
            **dict(zip(SIZE, cuboids.size_lwh.T, strict=True)),
            **dict(zip(VELOCITY, cuboids.velocity.T, strict=True)),
            "score": cuboids.score,
            "num_points": cuboids.num_points,
            "source": pa.array([SOURCES[code] for code in cuboids.source], pa.string()),
            "is_keyframe": cuboids.is_keyframe,
            "attributes": pa.array(attributes, pa.string()),
            **dict(zip(EGO, [*ego.center.T, ego.yaw], strict=True)),
        }
    )


def frame_table(job: ExportJob) -> pa.Table:
    """One row a frame: its time, and the ego pose in the recording's own world."""
    poses, names = job.frames.world_from_ego, ("tx_m", "ty_m", "tz_m")
    return pa.table(
        {
            "frame_idx": job.frames.frame_idx,
            "ref_ns": job.frames.ref_ns,
            **dict(zip(names, (poses.translation + job.scene.origin_m).T, strict=True)),
            **dict(zip(QUAT, poses.quat_wxyz.T, strict=True)),
        }
    )


def labels_from_columns(table: Columns, target: Target) -> Incoming:
    """Boxes of a table with the columns of ``cuboid_table``, or the needed ones of them.

    Needed are ``track_id`` (any text, -1 for none), ``category``, the sizes, ``frame_idx`` or
    ``timestamp_ns``, and either centre and quaternion in the recording's world or ``EGO``.

    Raises:
        ReadError: naming file, row and column.
    """
    in_world = CENTER[0] in table
    center, quats = _places(table, in_world=in_world)
    size = table.matrix(SIZE)
    times = table.whole("timestamp_ns") if "timestamp_ns" in table else None
    if "frame_idx" in table or times is None:
        frames = target.rows_of(table.whole("frame_idx"))
    else:
        frames = target.rows_at(times)
    scores = table.numbers("score") if "score" in table else np.full(len(center), np.nan)
    tracks, classes = table.texts("track_id"), table.texts("category")
    rows = [
        LabelRow(
            int(frames[i]),
            tracks[i] if tracks[i] != str(NO_TRACK) else f"row {i}",
            classes[i],
            f"{table.where}: {table.place(i)}",
            center[i].tolist(),
            size[i].tolist(),
            quats[i],
            float(scores[i]),
        )
        for i in range(len(table))
    ]
    return from_world(rows, target, times) if in_world else from_ego(rows, target)


def _places(table: Columns, *, in_world: bool) -> tuple[Float64, list[list[float]]]:
    """(N, 3) centres and N quaternions."""
    if in_world:
        quats: list[list[float]] = table.matrix(QUAT).tolist()
        return table.matrix(CENTER), quats
    return table.matrix(EGO[:3]), [yaw_quat(yaw) for yaw in table.numbers(EGO[3]).tolist()]
