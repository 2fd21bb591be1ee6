"""Fits, clicks and following against what people labeled in a real drive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.geometry.iou import bev_iou, iou_3d
from avlabel.readers.registry import open_log
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.fit import fit_to_points
from avlabel_viewer.editing.follow import Follower, View
from avlabel_viewer.editing.one_click import box_at
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.frames.reading import GROUND_M, height_above_ground

N_FRAMES = 5
NEAR_M = 40.0
"""What is farther away shows few points; the benchmark measures that as well."""


@dataclass(frozen=True)
class Frame:
    """One frame in a world that begins where the drive does."""

    time_s: float
    points: Float32
    is_ground: BoolArray
    eye: Float64
    truth: Cuboids

    def vehicles(self) -> Iterator[tuple[int, Placement]]:
        """Tracks and boxes of the vehicles that are near and well seen."""
        taxonomy = default_taxonomy()
        for row in range(len(self.truth)):
            box = Placement.of(self.truth, row)
            own = inside(self.points, box)
            seen = (~self.is_ground[own]).sum() >= 50
            near = np.linalg.norm(box.center - self.eye) < NEAR_M
            vehicle = taxonomy.parents[taxonomy.parent_of[self.truth.category[row]]] == "vehicle"
            if seen and near and vehicle:
                yield int(self.truth.track_id[row]), box

    def own(self, box: Placement) -> Float32:
        """Points in a box, without the ground."""
        rows = inside(self.points, box)
        return self.points[rows[~self.is_ground[rows]]]


@pytest.fixture(scope="module")
def drive(shared_data: Path) -> list[Frame]:
    log = open_log(shared_data / "pandaset" / "002", "pandaset")
    truth = log.read_truth()
    assert truth is not None
    poses = log.trajectory.at(log.sweeps.ref_ns[:N_FRAMES], extrapolate_ns=MAX_EXTRAPOLATION_NS)
    origin = poses.translation[0]
    shift = SE3(np.eye(3), -origin)
    frames = []
    for index, number in enumerate(log.sweeps.frame_idx[:N_FRAMES].tolist()):
        sweep, _ = ingest(log, index, log.trajectory, IngestConfig())
        assert sweep is not None
        pose = shift @ poses[index]
        points = pose.apply(sweep.points_ego.astype(np.float64)).astype(np.float32)
        boxes = truth.cuboids.select(truth.cuboids.frame_idx == number).moved(shift, "world")
        ground = height_above_ground(sweep.points_ego) < GROUND_M
        eye = pose.translation + np.array([0, 0, 1.7])
        frames.append(Frame(sweep.ref_ns * 1e-9, points, ground, eye, boxes))
    return frames


def iou(a: Placement, b: Placement) -> float:
    boxes = [np.array([[*p.center, *p.size_lwh, p.yaw]]) for p in (a, b)]
    return float(iou_3d(*boxes)[0, 0])


def test_most_boxes_that_are_a_little_off_get_better(drive: list[Frame]) -> None:
    random = np.random.default_rng(0)
    gained = []
    for frame in drive[::2]:
        for _, human in frame.vehicles():
            angle = random.uniform(-np.pi, np.pi)
            way = 0.3 * np.array([np.cos(angle), np.sin(angle), 0.0])
            off = human.moved(way).turned(np.deg2rad(5) * random.choice([-1, 1]))
            fitted = fit_to_points(off, frame.points, frame.is_ground, frame.eye, "kept")
            assert fitted is not None
            gained.append(iou(fitted, human) - iou(off, human))
    assert len(gained) > 60
    assert np.mean(np.array(gained) > 0) > 0.75
    assert np.mean(gained) > 0.05


def test_one_click_finds_most_vehicles(drive: list[Frame]) -> None:
    random = np.random.default_rng(0)
    hits = []
    for frame in drive[::2]:
        for _, human in frame.vehicles():
            at = random.choice(frame.own(human)).astype(np.float64)
            found = box_at(at, frame.points, frame.is_ground, frame.eye, default_taxonomy())
            hits.append(found is not None and iou(found.placement, human) > 0.5)
    assert np.mean(hits) > 0.65


def test_vehicles_are_followed_through_the_next_sweeps(drive: list[Frame]) -> None:
    first = dict(drive[0].vehicles())
    views = [View(f.time_s, f.points, f.is_ground, f.eye) for f in drive]
    last = dict(drive[-1].vehicles())
    right = []
    for track in sorted(first.keys() & last.keys()):
        follower = Follower(first[track], views[0], max_speed_mps=40.0)
        for view in views[1:]:
            found = follower.step(view)
        overlap = bev_iou(found.bev[None], last[track].bev[None])[0, 0] if found else 0.0
        right.append(overlap > 0.5)
    assert len(right) > 20
    assert np.mean(right) > 0.85
