"""PandaSet's cuboids as truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.core.cuboids import Cuboids
from avlabel.core.log import SweepIndex, Truth
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.readers.pandaset_columns import numbers, texts
from avlabel.readers.restricted_pickle import read_frame
from avlabel.readers.timed_by_points import timed_by_points

BOTH_LIDARS = -1
UNKNOWN = "unknown"
LEAVES = {
    "Car": "car",
    "Pickup Truck": "car",
    "Medium-sized Truck": "truck",
    "Semi-truck": "truck",
    "Towed Object": "trailer",
    "Bus": "bus",
    "Train": "bus",
    "Trolley": "bus",
    "Tram / Subway": "bus",
    "Motorcycle": "motorcycle",
    "Motorized Scooter": "motorcycle",
    "Bicycle": "bicycle",
    "Personal Mobility Device": "bicycle",
    "Emergency Vehicle": "other_vehicle",
    "Other Vehicle - Construction Vehicle": "other_vehicle",
    "Other Vehicle - Pedicab": "other_vehicle",
    "Other Vehicle - Uncommon": "other_vehicle",
    "Pedestrian": "pedestrian",
    "Pedestrian with Object": "pedestrian",
}
"""Everything else (cones, signs, barriers, containers, animals) is unknown and ignored."""


def read_truth(
    files: Mapping[int, Path],
    lidar_code: int,
    sweeps: SweepIndex,
    read_sweep: Callable[[int], Sweep],
    trajectory: Trajectory,
) -> Truth | None:
    """Labels of the frames that have a sweep.

    A moving object is labelled once for each LiDAR, since these see it at different times; the
    boxes kept are those of the chosen LiDAR and those made for both.

    Args:
        files: label files by frame number.
        lidar_code: PandaSet's number of the chosen LiDAR.
        sweeps: its sweeps.
        read_sweep: gives the sweep at a position of ``sweeps``; its points tell when each box
            was where it is, and are counted.
        trajectory: for the sweeps' poses.

    Returns:
        Truth all around the car, or None if no frame has labels.

    Raises:
        ReadError: naming file and column.
    """
    frames = {
        frame: _select(read_frame(path), lidar_code, path)
        for frame, path in files.items()
        if frame in sweeps.frame_idx
    }
    if not frames:
        return None
    track_ids = _track_ids(frames)
    parts, ignored = [], []
    for index, frame in enumerate(sweeps.frame_idx.tolist()):
        if frame in frames:
            cuboids = _cuboids(frames[frame], frame, int(sweeps.ref_ns[index]), track_ids)
            parts.append(timed_by_points(cuboids, index, read_sweep, trajectory))
            ignored += [label not in LEAVES for label in frames[frame]["label"]]
    cuboids = Cuboids.concatenate(parts)
    cuboids = replace(cuboids, cuboid_id=np.arange(len(cuboids)))
    return replace(Truth.all_around(cuboids), ignored=np.array(ignored, np.bool_))


def _select(
    columns: Mapping[str, NDArray[Any]], lidar_code: int, path: Path
) -> dict[str, NDArray[Any]]:
    """Checked columns of the boxes that belong to the chosen LiDAR."""
    used: dict[str, NDArray[Any]] = {name: texts(columns, name, path) for name in ("uuid", "label")}
    for field in ("position", "dimensions"):
        names = [f"{field}.{axis}" for axis in "xyz"]
        used[field] = np.column_stack([numbers(columns, name, path) for name in names])
    used["yaw"] = numbers(columns, "yaw", path)
    sensor = numbers(columns, "cuboids.sensor_id", path)
    if (used["dimensions"] <= 0).any():
        row = int(np.flatnonzero((used["dimensions"] <= 0).any(axis=1))[0])
        raise ReadError(f"{path}: row {row}: dimensions: expected more than 0 m")
    keep = np.isin(sensor, (BOTH_LIDARS, lidar_code))
    return {name: values[keep] for name, values in used.items()}


def _track_ids(frames: Mapping[int, Mapping[str, NDArray[Any]]]) -> dict[str, int]:
    """Numbers for uuids, by their alphabetical order."""
    uuids = sorted({uuid for columns in frames.values() for uuid in columns["uuid"]})
    return {uuid: number for number, uuid in enumerate(uuids)}


def _cuboids(
    columns: Mapping[str, NDArray[Any]], frame: int, ref_ns: int, track_ids: Mapping[str, int]
) -> Cuboids:
    taxonomy = default_taxonomy()
    count = len(columns["yaw"])
    leaves = [LEAVES.get(label, UNKNOWN) for label in columns["label"]]
    return Cuboids.build(
        "world",
        frame_idx=np.full(count, frame),
        timestamp_ns=np.full(count, ref_ns),
        track_id=np.array([track_ids[uuid] for uuid in columns["uuid"]], np.int64),
        category=np.array([taxonomy.code(leaf) for leaf in leaves], np.int16),
        center=columns["position"],
        # Theirs is 0 along +y, and x is the width.
        quat_wxyz=quat_from_yaw(columns["yaw"] + np.pi / 2),
        size_lwh=columns["dimensions"][:, [1, 0, 2]],
    )
