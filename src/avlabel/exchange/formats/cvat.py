"""CVAT's 3D tasks, in the layout of KITTI's raw recordings, and those recordings' own tracklets.

The two differ in what a pose's z is (CVAT and Datumaro: the box's centre, KITTI: its bottom), in
the frame of reference (ego here, Velodyne there) and in what a frame's number is (its place in
the task, or its own).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.se3 import SE3
from avlabel.errors import ReadError
from avlabel.exchange.formats.kitti_camera import CLASSES
from avlabel.exchange.formats.tracklets import Pose, Tracklet, read_tracklets, tracklets_xml
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_ego
from avlabel.exchange.job import ExportJob
from avlabel.exchange.media import points_in, write_bytes, write_rectified, write_text
from avlabel.exchange.pcd import pcd_bytes
from avlabel.exchange.registry import Exporter, Importer
from avlabel.readers.files import read_text
from avlabel.readers.kitti_calib import EGO_FROM_VELO
from avlabel.readers.kitti_labels import LEAVES

FILE, FRAMES = "tracklet_labels.xml", "frame_list.txt"


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """What a program means by a tracklet.

    Attributes:
        ego_from_points: frame of reference.
        origin: height of a box's origin in the box, 0 at the bottom and 0.5 in the middle.
        numbered: whether frames go by their own numbers, not by their place.
        has_tilt: whether rotations other than about the vertical are written.
    """

    ego_from_points: SE3
    origin: float
    numbered: bool
    has_tilt: bool


CVAT = Dialect(SE3.identity(), 0.5, numbered=False, has_tilt=True)
KITTI_RAW = Dialect(EGO_FROM_VELO, 0.0, numbered=True, has_tilt=False)


def write(job: ExportJob, folder: Path, dialect: Dialect) -> None:
    """``tracklet_labels.xml``, ``frame_list.txt``, ``velodyne_points/data`` and ``image_00``..."""
    write_bytes(folder / FILE, tracklets_xml(list(_tracklets(job, dialect))))
    names = [f"{number:010d}" for number in job.frames.frame_idx.tolist()]
    if not dialect.numbered:
        listed = "".join(f"{i} {name}\n" for i, name in enumerate(names))
        write_text(folder / FRAMES, listed)
    for name, frame_idx in zip(names, job.frames.frame_idx.tolist(), strict=True):
        points = points_in(job, frame_idx, dialect.ego_from_points.inverse())
        if points is not None:
            stem = folder / "velodyne_points" / "data" / name
            content = points.astype("<f4").tobytes() if dialect.numbered else pcd_bytes(points)
            write_bytes(stem.with_suffix(".bin" if dialect.numbered else ".pcd"), content)
        for k, camera in enumerate(job.scene.rig.cameras.values()):
            write_rectified(job, frame_idx, camera, folder / f"image_{k:02d}/data" / f"{name}.png")


def read(path: Path, target: Target, dialect: Dialect) -> Incoming:
    """Tracklets of a file, or of ``tracklet_labels.xml`` in a folder.

    Raises:
        ReadError: naming tracklet and field.
    """
    file = path / FILE if path.is_dir() else path
    numbers = _frame_numbers(file.with_name(FRAMES), target, dialect)
    rows = []
    for i, tracklet in enumerate(read_tracklets(file)):
        for k, pose in enumerate(tracklet.poses):
            if not pose.is_there:
                continue
            number = numbers.get(tracklet.first_frame + k, -1)
            frame_row = int(target.rows_of(np.array([number]))[0])
            rows.append(_row(tracklet, pose, frame_row, tracklet.track or f"tracklet {i}", dialect))
    return from_ego(rows, target)


def _tracklets(job: ExportJob, dialect: Dialect) -> Iterator[Tracklet]:
    """Tracks cut where their size or class changes; frames where one is absent are marked so."""
    cuboids, n_cut = job.cuboids, 0
    own, places = job.frames.frame_idx, np.arange(len(job.frames))
    numbers = np.asarray(own if dialect.numbered else places, np.int64)
    frame_rows = job.frames.positions(cuboids.frame_idx)
    pose = job.frames.world_from_ego[frame_rows] @ dialect.ego_from_points
    boxes = cuboids.moved(pose.inverse(), "ego")
    objects: dict[str, list[int]] = {}
    for row in range(len(cuboids)):
        objects.setdefault(job.object_name(row), []).append(row)
    for rows in objects.values():
        parts = list(_of_one_size(job, rows))
        n_cut += len(parts) > 1
        for part in parts:
            yield _tracklet(job, boxes, part, numbers[frame_rows[part]], dialect)
    if n_cut:
        job.account.note(f"{n_cut} tracks change size: a tracklet has one, so they are several")


def _of_one_size(job: ExportJob, rows: list[int]) -> Iterator[list[int]]:
    """Stretches of equal size and class."""

    def facts(row: int) -> tuple[str, bytes]:
        return job.class_names[row], job.cuboids.size_lwh[row].tobytes()

    return (list(part) for _, part in groupby(rows, facts))


def _tracklet(
    job: ExportJob, boxes: Cuboids, rows: list[int], at: Int64, dialect: Dialect
) -> Tracklet:
    poses: list[Pose] = []
    for row, number in zip(rows, at, strict=True):
        new = _pose(boxes.center[row], boxes.size_lwh[row, 2], boxes.quat_wxyz[row], dialect)
        gap = int(number - at[0]) - len(poses)
        poses += [replace(new, is_there=False)] * gap + [new]
    size = boxes.size_lwh[rows[0]].astype(float).tolist()
    track = int(boxes.track_id[rows[0]])
    name = str(track) if track != NO_TRACK else ""
    return Tracklet(job.class_names[rows[0]], size, int(at[0]), poses, name)


def _pose(center: np.ndarray, height: float, quat_wxyz: np.ndarray, dialect: Dialect) -> Pose:
    place = center - [0.0, 0.0, (0.5 - dialect.origin) * height]
    turned = Rotation.from_quat(quat_wxyz, scalar_first=True)
    angles = turned.as_euler("XYZ").tolist()
    if not dialect.has_tilt:
        ahead = turned.apply([1.0, 0.0, 0.0])
        angles = [0.0, 0.0, float(np.arctan2(ahead[1], ahead[0]))]
    return Pose(place.tolist(), angles)


def _row(tracklet: Tracklet, pose: Pose, frame_row: int, name: str, dialect: Dialect) -> LabelRow:
    x, y, z = pose.place
    center = np.array([x, y, z + (0.5 - dialect.origin) * tracklet.size_lwh[2]])
    turned = Rotation.from_euler("XYZ", pose.angles)
    placed = dialect.ego_from_points @ SE3(turned.as_matrix(), center)
    return LabelRow(
        frame_row,
        name,
        tracklet.kind,
        f"{tracklet.where}, frame {frame_row}",
        placed.translation.tolist(),
        tracklet.size_lwh,
        placed.quat_wxyz.tolist(),
    )


def _frame_numbers(listing: Path, target: Target, dialect: Dialect) -> dict[int, int]:
    """The scene's frame number of each frame in the file."""
    own = target.frames.frame_idx.tolist()
    if dialect.numbered:
        return {number: number for number in own}
    if not listing.is_file():
        return dict(enumerate(own))
    numbers = {}
    for i, line in enumerate(read_text(listing).splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        stem = Path(words[-1]).stem
        if len(words) != 2 or not (_is_number(words[0]) and _is_number(stem)):
            expected = "expected a place and a frame number"
            raise ReadError(f"{listing}: line {i}: {expected}, got '{line[:40]}'")
        numbers[int(words[0])] = int(stem)
    return numbers


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 11


EXPORTER = Exporter(partial(write, dialect=CVAT), frozenset({"track", "tilt"}))
IMPORTER = Importer(partial(read, dialect=CVAT), has_tilt=True)
KITTI_RAW_EXPORTER = Exporter(partial(write, dialect=KITTI_RAW), frozenset({"track"}), CLASSES)
KITTI_RAW_IMPORTER = Importer(
    partial(read, dialect=KITTI_RAW), LEAVES | {"Person (sitting)": "pedestrian"}, CLASSES
)
