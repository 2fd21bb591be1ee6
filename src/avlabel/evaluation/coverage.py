"""Where scene and truth of a log meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import IntArray
from avlabel.core.frames import Frames


@dataclass(frozen=True, slots=True)
class LogCoverage:
    """What of a log was evaluated.

    Attributes:
        log_id: which log.
        evaluated: frame numbers that both have.
        without_truth: frame numbers of the scene that carry no label; not evaluated.
        not_in_scene: labelled frame numbers that the scene lacks; not evaluated.
        tracked: whether its truth has track ids, so that tracking was evaluated.
    """

    log_id: str
    evaluated: tuple[int, ...]
    without_truth: tuple[int, ...]
    not_in_scene: tuple[int, ...]
    tracked: bool = False


def coverage(log_id: str, scene_frames: IntArray, labelled_frames: IntArray) -> LogCoverage:
    """Compare the frame numbers of a scene with those that carry labels."""
    return LogCoverage(
        log_id,
        tuple(np.intersect1d(scene_frames, labelled_frames).tolist()),
        tuple(np.setdiff1d(scene_frames, labelled_frames).tolist()),
        tuple(np.setdiff1d(labelled_frames, scene_frames).tolist()),
    )


def only(frames: Frames, frame_idx: IntArray) -> Frames:
    """Those of the frames whose numbers are among ``frame_idx``."""
    keep = np.isin(frames.frame_idx, frame_idx)
    return Frames(frames.frame_idx[keep], frames.ref_ns[keep], frames.world_from_ego[keep])
