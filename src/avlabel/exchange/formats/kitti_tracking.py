"""KITTI's tracking benchmark: one label file a sequence, in the view of one camera."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import NO_TRACK
from avlabel.core.se3 import SE3
from avlabel.errors import ReadError
from avlabel.exchange.formats.kitti_camera import (
    CLASSES,
    KittiFrame,
    calibration_text,
    kitti_camera,
    kitti_frames,
    labelled_camera,
    rows_from_labels,
    write_media,
)
from avlabel.exchange.incoming import Incoming, Target, from_ego
from avlabel.exchange.job import ExportJob
from avlabel.exchange.media import write_text
from avlabel.exchange.registry import Exporter, Importer
from avlabel.readers.files import read_text
from avlabel.readers.kitti_calib import read_calib
from avlabel.readers.kitti_folders import split_folder
from avlabel.readers.kitti_labels import LEAVES, KittiLabels, read_tracking_labels
from avlabel.readers.kitti_results import WORDS, read_results

CALIB_NAMES = ("R_rect", "Tr_velo_cam", "Tr_imu_velo")
SEQUENCE = "0000"
PERIOD_NS = 100_000_000


def write(job: ExportJob, folder: Path) -> None:
    """``training/{velodyne,image_02,label_02,calib,poses}/0000`` and TrackEval's sequence map.

    Frame numbers are the scene's own. Boxes without a track get a number of their own each.
    """
    root, camera = folder / "training", kitti_camera(job)
    untracked = int(job.cuboids.track_id.max(initial=NO_TRACK)) + 1
    lines: list[str] = []
    for labels in kitti_frames(job, camera):
        tracks = labels.frame.boxes_ego.track_id.copy()
        alone = np.flatnonzero(tracks == NO_TRACK)
        tracks[alone] = untracked + np.arange(len(alone))
        untracked += len(alone)
        lines += _lines(labels, tracks)
        number = labels.frame.frame_idx
        cloud, image = (
            f"velodyne/{SEQUENCE}/{number:06d}.bin",
            f"image_02/{SEQUENCE}/{number:06d}.png",
        )
        write_media(job, number, camera, root / cloud, root / image)
    write_text(root / "label_02" / f"{SEQUENCE}.txt", "".join(lines))
    write_text(root / "calib" / f"{SEQUENCE}.txt", calibration_text(camera, CALIB_NAMES))
    write_text(root / "poses" / f"{SEQUENCE}.txt", _poses(job, camera.ego_from_sensor))
    last = int(job.frames.frame_idx[-1]) + 1
    sequence_map = f"{SEQUENCE} empty 000000 {last:06d}\n"
    write_text(root / "evaluate_tracking.seqmap.training", sequence_map)
    _note_times(job)


def read(path: Path, target: Target) -> Incoming:
    """Labels or tracking results of one sequence, for the frames that the scene has.

    Raises:
        ReadError, CalibrationError: naming file and place.
    """
    root = split_folder(path, "label_02")
    sequence = _sequence(root / "label_02", target.options.sequence)
    file = root / "label_02" / f"{sequence}.txt"
    labels, scores = _labels(file)
    calib = read_calib(root / "calib" / f"{sequence}.txt")
    names = [str(track) for track in labels.track_id.tolist()]
    rows = rows_from_labels(labels, calib.ego_from_rect, target, file, names, scores)
    return replace(from_ego(rows, target), view=labelled_camera(calib, target))


def _labels(file: Path) -> tuple[KittiLabels, Float64 | None]:
    """Labels, and their scores where the file is one of results: 18 words a line for 17."""
    first = read_text(file).strip().partition("\n")[0]
    if len(first.split()) == WORDS:
        results = read_results(file)
        return results.labels, results.score
    return read_tracking_labels(file, any_class=True), None


def _lines(labels: KittiFrame, tracks: np.ndarray) -> list[str]:
    """Truncation is a state here: 0 inside, 1 cut, 2 mostly outside."""
    state = np.select([labels.values[:, 0] < 0.01, labels.values[:, 0] < 0.5], [0, 1], 2)
    return [
        f"{labels.frame.frame_idx} {track} {name} {cut} {row[1]:.0f} "
        + " ".join(f"{value:.4f}" for value in row[2:])
        + "\n"
        for track, name, cut, row in zip(
            tracks, labels.frame.class_names, state, labels.values, strict=True
        )
    ]


def _poses(job: ExportJob, ego_from_camera: SE3) -> str:
    """Camera 0 in the world of the first frame's camera, one line a frame from frame 0 on."""
    numbers = job.frames.frame_idx
    world_from_camera = job.frames.world_from_ego @ ego_from_camera
    relative = (world_from_camera[0].inverse() @ world_from_camera).matrix[:, :3].reshape(-1, 12)
    wanted = np.arange(int(numbers[-1]) + 1)
    if len(wanted) != len(numbers):
        job.account.note("poses: lines of frame numbers that the scene lacks repeat the next pose")
    rows = relative[np.searchsorted(numbers, wanted)]
    return "".join(" ".join(f"{value:.9e}" for value in row) + "\n" for row in rows)


def _note_times(job: ExportJob) -> None:
    steps = np.diff(job.frames.ref_ns) / np.maximum(np.diff(job.frames.frame_idx), 1)
    if len(steps) and np.abs(np.median(steps) - PERIOD_NS) > 0.01 * PERIOD_NS:
        rate = 1e9 / float(np.median(steps))
        job.account.note(f"times: the benchmark means 10 Hz; frames are {rate:.2f} a second")


def _sequence(folder: Path, wanted: str | None) -> str:
    present = sorted(file.stem for file in folder.glob("*.txt"))
    listed = ", ".join(present) or "none"
    if wanted in present:
        return str(wanted)
    if wanted is not None:
        raise ReadError(f"{folder}: sequence '{wanted}': expected one of {listed}")
    if len(present) != 1:
        raise ReadError(f"{folder}: choose a sequence with --sequence; there are {listed}")
    return present[0]


EXPORTER = Exporter(write, frozenset({"track"}), CLASSES, one_word=True)
IMPORTER = Importer(read, LEAVES, CLASSES)
