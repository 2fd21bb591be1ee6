"""Frames of real drives with the boxes that people set in them, as the viewer holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from recordings import Recording

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.geometry.boxes import count_points
from avlabel.geometry.iou import bev_iou, iou_3d
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.frames.reading import GROUND_M, height_above_ground

TAXONOMY = default_taxonomy()


@dataclass(frozen=True)
class LabelledFrame:
    """One frame; its world's origin is where the drive begins.

    Attributes:
        frame_idx: the recording's own number.
        ref_ns: reference time.
        world_from_ego: where the vehicle is.
        points: (N, 3) float32 metres, world.
        is_ground: (N,) bool.
        eye: (3,) metres, world: where the LiDAR stands.
        truth: human boxes, world, points counted.
    """

    frame_idx: int
    ref_ns: int
    world_from_ego: SE3
    points: Float32
    is_ground: BoolArray
    eye: Float64
    truth: Cuboids


Drive = list[LabelledFrame]


def labelled_frames(recording: Recording) -> Iterator[LabelledFrame]:
    """Every frame of a recording that has boxes."""
    log = recording.open()
    found = log.read_truth()
    if found is None:
        return
    truth = found.cuboids.select(~found.ignored)
    first = log.trajectory.at(log.sweeps.ref_ns[:1], extrapolate_ns=MAX_EXTRAPOLATION_NS)
    origin = first.translation[0]
    ego_from_lidar = log.rig.lidars[log.sweeps.sensor_id].ego_from_sensor
    for index, frame_idx in enumerate(log.sweeps.frame_idx.tolist()):
        boxes = truth.select(truth.frame_idx == frame_idx)
        sweep, _ = ingest(log, index, log.trajectory, IngestConfig())
        if sweep is None or not len(boxes):
            continue
        pose = log.trajectory.at(np.array([sweep.ref_ns]), extrapolate_ns=MAX_EXTRAPOLATION_NS)[0]
        pose = SE3(pose.rotation, pose.translation - origin)
        boxes = boxes.moved(SE3(np.eye(3), -origin), "world")
        points = pose.apply(sweep.points_ego.astype(np.float64)).astype(np.float32)
        height = height_above_ground(sweep.points_ego)
        counted = Cuboids.build(
            "world",
            **{name: getattr(boxes, name) for name in KEPT},
            num_points=count_points(points, boxes),
        )
        eye = (pose @ ego_from_lidar).translation
        yield LabelledFrame(frame_idx, sweep.ref_ns, pose, points, height < GROUND_M, eye, counted)


KEPT = (
    "frame_idx", "timestamp_ns", "category", "center", "quat_wxyz", "size_lwh", "track_id",
    "velocity",
)  # fmt: skip


def frames_of(labelled: list[LabelledFrame]) -> Frames:
    """The frames as a scene has them."""
    return Frames(
        np.array([f.frame_idx for f in labelled], np.int32),
        np.array([f.ref_ns for f in labelled], np.int64),
        SE3.stack([f.world_from_ego for f in labelled]),
    )


def by_kind(category: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    vehicle = TAXONOMY.parent_of[category.astype(int)] == TAXONOMY.parents.index("vehicle")
    for kind, chosen in (("vehicles", vehicle), ("others", ~vehicle)):
        if chosen.any():
            yield kind, chosen


def iou(a: Placement, b: Placement) -> float:
    boxes = [np.array([[*p.center, *p.size_lwh, p.yaw]]) for p in (a, b)]
    return float(iou_3d(*boxes)[0, 0])


def bev(a: Placement, b: Placement) -> float:
    return float(bev_iou(a.bev[None], b.bev[None])[0, 0])
