"""Custom data sets of OpenPCDet and mmdetection3d: a cloud and a label file a frame."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float32
from avlabel.core.se3 import SE3
from avlabel.errors import ReadError
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_ego, yaw_quat
from avlabel.exchange.job import ExportJob
from avlabel.exchange.media import points_in, write_bytes, write_text
from avlabel.exchange.registry import Exporter, Importer
from avlabel.readers.files import finite_numbers, numbered_files, read_text

WORDS = 8


def write(
    job: ExportJob, folder: Path, suffix: str, encode: Callable[[Float32], bytes], origin: float
) -> None:
    """``points/000012.*``, ``labels/000012.txt`` and ``ImageSets``, in the ego frame.

    Args:
        job: the labels; a line is x y z dx dy dz yaw class.
        folder: an empty one.
        suffix: of clouds.
        encode: (N, 4) float32 x, y, z, intensity 0..1 as a file's content.
        origin: height of a box's origin in the box, 0 at the bottom and 0.5 in the middle.
    """
    names = []
    for frame in job.each_frame():
        names.append(f"{frame.frame_idx:06d}")
        boxes = frame.boxes_ego.boxes
        boxes[:, 2] -= (0.5 - origin) * boxes[:, 5]
        lines = [
            " ".join(f"{value:.6f}" for value in box) + f" {name}\n"
            for box, name in zip(boxes, frame.class_names, strict=True)
        ]
        write_text(folder / "labels" / f"{names[-1]}.txt", "".join(lines))
        points = points_in(job, frame.frame_idx, SE3.identity())
        if points is not None:
            write_bytes(folder / "points" / f"{names[-1]}{suffix}", encode(points))
    for name in ("train", "val"):
        write_text(folder / "ImageSets" / f"{name}.txt", "".join(f"{n}\n" for n in names))
    write_text(folder / "classes.txt", "".join(f"{name}\n" for name in job.all_class_names))
    job.account.note("ImageSets: train and val list all frames; divide them by drives, not frames")


def read(path: Path, target: Target, origin: float) -> Incoming:
    """Labels of the frames that the scene has, in its ego frames.

    Raises:
        ReadError: naming file and line.
    """
    folder = path / "labels" if (path / "labels").is_dir() else path
    files = numbered_files(folder, ".txt")
    if not files:
        raise ReadError(f"{folder}: expected labels such as 000012.txt, got none")
    rows: list[LabelRow] = []
    frame_rows = target.rows_of(np.array(list(files), np.int64)).tolist()
    for (number, file), frame_row in zip(files.items(), frame_rows, strict=True):
        for i, line in enumerate(read_text(file).splitlines(), start=1):
            words, where = line.split(), f"{file}: line {i}"
            if not words:
                continue
            if len(words) != WORDS:
                raise ReadError(f"{where}: expected {WORDS} words, got {len(words)}")
            x, y, z, length, width, height, yaw = finite_numbers(words[:7], where)
            center = [x, y, z + (0.5 - origin) * height]
            size = [length, width, height]
            name = f"{number}:{i}"
            rows.append(LabelRow(frame_row, name, words[7], where, center, size, yaw_quat(yaw)))
    return from_ego(rows, target)


def npy_bytes(points: Float32) -> bytes:
    """The content of a ``.npy`` file."""
    stream = io.BytesIO()
    np.save(stream, points)
    return stream.getvalue()


def raw_bytes(points: Float32) -> bytes:
    """Little-endian float32, point after point."""
    return points.astype("<f4").tobytes()


OPENPCDET_EXPORTER = Exporter(
    partial(write, suffix=".npy", encode=npy_bytes, origin=0.5), frozenset(), one_word=True
)
OPENPCDET_IMPORTER = Importer(partial(read, origin=0.5), has_tracks=False)
MMDETECTION3D_EXPORTER = Exporter(
    partial(write, suffix=".bin", encode=raw_bytes, origin=0.0), frozenset(), one_word=True
)
MMDETECTION3D_IMPORTER = Importer(partial(read, origin=0.0), has_tracks=False)
