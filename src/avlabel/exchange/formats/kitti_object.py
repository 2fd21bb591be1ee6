"""KITTI's object benchmark: one label file a frame, in the view of one camera."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from avlabel.errors import ReadError
from avlabel.exchange.formats.kitti_camera import (
    CLASSES,
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
from avlabel.readers.files import numbered_files
from avlabel.readers.kitti_calib import read_calib
from avlabel.readers.kitti_folders import split_folder
from avlabel.readers.kitti_labels import LEAVES, read_object_labels

CALIB_NAMES = ("R0_rect:", "Tr_velo_to_cam:", "Tr_imu_to_velo:")


def write(job: ExportJob, folder: Path) -> None:
    """``training/{velodyne,image_2,label_2,calib}/000012.*`` and ``ImageSets/trainval.txt``."""
    root, camera = folder / "training", kitti_camera(job)
    calib, names = calibration_text(camera, CALIB_NAMES), []
    for labels in kitti_frames(job, camera):
        number = labels.frame.frame_idx
        names.append(f"{number:06d}")
        lines = [
            f"{name} {row[0]:.2f} {row[1]:.0f} " + " ".join(f"{value:.4f}" for value in row[2:])
            for name, row in zip(labels.frame.class_names, labels.values, strict=True)
        ]
        write_text(root / "label_2" / f"{names[-1]}.txt", "".join(f"{line}\n" for line in lines))
        write_text(root / "calib" / f"{names[-1]}.txt", calib)
        cloud, image = f"velodyne/{names[-1]}.bin", f"image_2/{names[-1]}.png"
        write_media(job, number, camera, root / cloud, root / image)
    write_text(folder / "ImageSets" / "trainval.txt", "".join(f"{name}\n" for name in names))


def read(path: Path, target: Target) -> Incoming:
    """Labels of the frames that the scene has, each by its own calibration.

    Raises:
        ReadError, CalibrationError: naming file and place.
    """
    root = split_folder(path, "label_2")
    files = numbered_files(root / "label_2", ".txt")
    if not files:
        raise ReadError(f"{root / 'label_2'}: expected labels such as 000000.txt, got none")
    rows = []
    for number, file in files.items():
        labels = read_object_labels({number: file}, any_class=True)
        calib = read_calib(root / "calib" / file.name)
        names = [f"{number}:{i}" for i in range(len(labels.types))]
        rows += rows_from_labels(labels, calib.ego_from_rect, target, file, names)
    return replace(from_ego(rows, target), view=labelled_camera(calib, target))


EXPORTER = Exporter(write, frozenset(), CLASSES, one_word=True)
IMPORTER = Importer(read, LEAVES, CLASSES, has_tracks=False)
