"""All sequences of a folder of detections, tracked: KITTI detections in, KITTI tracks out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.odds import log_odds
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ReadError
from avlabel.pipeline.boxes import TrackBoxesConfig, track_boxes
from avlabel.readers.detections_kitti import KittiDetections, read_detections, sequences_in
from avlabel.readers.kitti_calib import KittiCalib, read_calib
from avlabel.readers.kitti_poses import read_camera_poses
from avlabel.readers.kitti_results import KittiResults, results_from_cuboids
from avlabel.readers.kitti_tracking import CAMERAS, LABELLED_CAMERA, nominal_times


@dataclass(frozen=True, slots=True, eq=False)
class KittiSequence:
    """What tracking one sequence needs.

    Attributes:
        name: such as ``0000``.
        boxes: detections in the ego frame, scores in 0..1.
        log_odds: whether the detector's own scores are log odds.
        frames: from frame 0 to the last pose or, without poses, to the last detection.
        calib: of the sequence.
    """

    name: str
    boxes: Cuboids
    log_odds: bool
    frames: Frames
    calib: KittiCalib


@dataclass(frozen=True, slots=True, eq=False)
class TrackedSequence:
    """The tracks of one sequence.

    Attributes:
        name: such as ``0000``.
        results: boxes as result files have them, scored on the detector's own scale.
        n_frames: number of frames.
        n_outside: boxes left out since the camera does not see their centre.
    """

    name: str
    results: KittiResults
    n_frames: int
    n_outside: int


def read_sequences(detections: Path, calib: Path, poses: Path | None) -> Iterator[KittiSequence]:
    """Every sequence of a folder of detections.

    Args:
        detections: folder of CSV files named by sequence, or of such folders.
        calib: folder of calibrations named by sequence.
        poses: folder of camera poses named by sequence; without it the vehicle is taken to
            stand still.

    Raises:
        ReadError, CalibrationError: naming file and place.
    """
    found = {name: read_detections(paths) for name, paths in sequences_in(detections).items()}
    in_log_odds = any(boxes.needs_log_odds for boxes in found.values())
    for name, boxes in found.items():
        calibration = read_calib(calib / f"{name}.txt")
        ego_from_rect = calibration.ego_from_rect
        yield KittiSequence(
            name=name,
            boxes=_cuboids(boxes, ego_from_rect, in_log_odds),
            log_odds=in_log_odds,
            frames=_frames(boxes, poses and poses / f"{name}.txt", ego_from_rect),
            calib=calibration,
        )


def read_boxes(detections: Path, calib: Path, sequence: str | None) -> Cuboids:
    """Boxes of one sequence in the ego frame, at nominal times, scores in 0..1.

    Args:
        detections: folder of CSV files named by sequence, or of such folders.
        calib: folder of calibrations named by sequence.
        sequence: which; needed where there are several.

    Raises:
        ReadError, CalibrationError: naming file and place.
    """
    found = sequences_in(detections)
    listed = ", ".join(found)
    if sequence is None and len(found) > 1:
        raise ReadError(f"{detections}: say which with --sequence; there are {listed}")
    name = sequence or next(iter(found))
    if name not in found:
        raise ReadError(f"{detections}: sequence '{name}': expected one of {listed}")
    boxes = read_detections(found[name])
    ego_from_rect = read_calib(calib / f"{name}.txt").ego_from_rect
    return _cuboids(boxes, ego_from_rect, boxes.needs_log_odds)


def track_sequence(
    sequence: KittiSequence, config: TrackBoxesConfig, *, has_poses: bool
) -> TrackedSequence:
    """Track one sequence.

    Args:
        sequence: its detections.
        config: options.
        has_poses: if not, motion is relative to the vehicle, and says nothing of an object.
    """
    taxonomy = default_taxonomy()
    if not has_poses:
        motion = replace(config.refine.motion, over_ground=False)
        config = replace(config, refine=replace(config.refine, motion=motion))
    labels, _ = track_boxes(sequence.boxes, sequence.frames, config, taxonomy)
    return to_results(sequence, labels)


def to_results(sequence: KittiSequence, labels: Cuboids) -> TrackedSequence:
    """World boxes of a sequence as its result file has them."""
    frames, calib = sequence.frames, sequence.calib
    ego_from_world = frames.world_from_ego[frames.positions(labels.frame_idx)].inverse()
    camera = calib.rig({LABELLED_CAMERA: CAMERAS[LABELLED_CAMERA]}, {}).cameras[LABELLED_CAMERA]
    results, in_view = results_from_cuboids(
        labels.moved(ego_from_world, "ego"), calib.ego_from_rect, camera, default_taxonomy()
    )
    if sequence.log_odds:
        results = replace(results, score=log_odds(results.score))
    return TrackedSequence(sequence.name, results, len(frames), int(np.sum(~in_view)))


def _cuboids(boxes: KittiDetections, ego_from_rect: SE3, log_odds: bool) -> Cuboids:
    times_ns = nominal_times(boxes.frame_idx.astype(np.int64))
    return boxes.cuboids(ego_from_rect, times_ns, log_odds=log_odds)


def _frames(boxes: KittiDetections, poses: Path | None, ego_from_rect: SE3) -> Frames:
    last = int(boxes.frame_idx.max(initial=0))
    if poses is None:
        stack = SE3(np.tile(np.eye(3), (last + 1, 1, 1)), np.zeros((last + 1, 3)))
    else:
        stack = read_camera_poses(poses, ego_from_rect)
        if len(stack) <= last:
            raise ReadError(
                f"{poses}: expected a line a frame up to frame {last}, got {len(stack)} lines"
            )
    frame_idx = np.arange(len(stack))
    return Frames(frame_idx.astype(np.int32), nominal_times(frame_idx), stack)
