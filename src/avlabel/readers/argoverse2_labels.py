"""Argoverse 2's cuboids as truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.log import SweepIndex, Truth
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.errors import ReadError
from avlabel.readers.argoverse2_classes import LEAVES, RIDERS
from avlabel.readers.argoverse2_tables import EGO_FROM_AXLE, SIZE, poses_of, times_of
from avlabel.readers.arrow_columns import matrix, texts
from avlabel.readers.arrow_files import read_feather
from avlabel.readers.timed_by_points import timed_by_points

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """N rows of ``annotations.feather``.

    Attributes:
        timestamp_ns: (N,) int64 times of sweeps, as their files are named.
        track_ids: N track ids.
        classes: N class names.
        axle_from_box: stack of N poses, in the ego frame of the file at the sweep's time.
        size_lwh: (N, 3) float64 metres.
    """

    timestamp_ns: Int64
    track_ids: list[str]
    classes: list[str]
    axle_from_box: SE3
    size_lwh: Float64


def read_annotations(path: Path) -> Annotations:
    """Read and check the file.

    Raises:
        InputError: naming file, column and row.
    """
    table, where = read_feather(path), str(path)
    classes = texts(table, "category", where)
    for row, name in enumerate(classes):
        if name not in LEAVES and name not in RIDERS:
            known = ", ".join([*LEAVES, *RIDERS])
            raise ReadError(f"{where}: row {row}: category: expected one of {known}, got {name!r}")
    return Annotations(
        times_of(table, where),
        texts(table, "track_uuid", where),
        classes,
        poses_of(table, where),
        _sizes(table, where),
    )


def truth_from_annotations(
    labels: Annotations,
    sweeps: SweepIndex,
    read_sweep: Callable[[int], Sweep],
    trajectory: Trajectory,
) -> Truth | None:
    """Truth all around the car, of the frames that have a sweep; None if no box is of these.

    Riders are ignored, as the bicycles beneath them have boxes too; so are things.

    Args:
        labels: of any sweeps.
        sweeps: frames to keep; their ``start_ns`` are the times that labels go by.
        read_sweep: gives the sweep at a position of ``sweeps``.
        trajectory: for the poses.
    """
    taxonomy = default_taxonomy()
    numbers = {name: number for number, name in enumerate(sorted(set(labels.track_ids)))}
    leaves = np.array([taxonomy.code(LEAVES.get(name, UNKNOWN)) for name in labels.classes])
    parts = []
    for index, start_ns in enumerate(sweeps.start_ns.tolist()):
        rows = np.flatnonzero(labels.timestamp_ns == start_ns)
        if not len(rows):
            continue
        world_from_ego = trajectory.at(start_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
        world_from_axle = world_from_ego @ EGO_FROM_AXLE
        pose = world_from_axle @ labels.axle_from_box[rows]
        cuboids = Cuboids.build(
            "world",
            frame_idx=np.full(len(rows), sweeps.frame_idx[index]),
            timestamp_ns=np.full(len(rows), sweeps.ref_ns[index]),
            track_id=np.array([numbers[labels.track_ids[row]] for row in rows], np.int64),
            category=leaves[rows],
            center=np.asarray(pose.translation),
            quat_wxyz=pose.quat_wxyz,
            size_lwh=labels.size_lwh[rows],
        )
        parts.append(timed_by_points(cuboids, index, read_sweep, trajectory))
    if not parts:
        return None
    cuboids = Cuboids.concatenate(parts)
    cuboids = replace(cuboids, cuboid_id=np.arange(len(cuboids)))
    ignored = cuboids.category == taxonomy.code(UNKNOWN)
    return replace(Truth.all_around(cuboids), ignored=ignored)


def _sizes(table: pa.Table, where: str) -> Float64:
    sizes = matrix(table, SIZE, where)
    if (sizes <= 0).any():
        row = int(np.flatnonzero((sizes <= 0).any(axis=1))[0])
        raise ReadError(f"{where}: row {row}: expected sizes of more than 0 m, got {sizes[row]}")
    return sizes
