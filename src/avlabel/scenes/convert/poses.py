"""Trajectories and frames as tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from avlabel.core.frames import Frames
from avlabel.core.trajectory import Trajectory
from avlabel.scenes.convert.columns import array, build, pose_columns, poses
from avlabel.scenes.tables import EGO_POSES, FRAMES


def trajectory_to_table(trajectory: Trajectory) -> pa.Table:
    """A trajectory as the table ``ego_poses``; its ``max_gap_ns`` goes to the file's metadata."""
    columns = pose_columns(trajectory.world_from_ego)
    return build(EGO_POSES, {"timestamp_ns": trajectory.timestamp_ns, **columns})


def trajectory_from_table(table: pa.Table, max_gap_ns: int) -> Trajectory:
    """The trajectory of a table."""
    return Trajectory(array(table, "timestamp_ns", np.int64), poses(table), max_gap_ns)


def frames_to_table(frames: Frames) -> pa.Table:
    """Frames as the table ``frames``."""
    columns = {"frame_idx": frames.frame_idx, "ref_ns": frames.ref_ns}
    return build(FRAMES, {**columns, **pose_columns(frames.world_from_ego)})


def frames_from_table(table: pa.Table) -> Frames:
    """The frames of a table."""
    return Frames(
        array(table, "frame_idx", np.int32), array(table, "ref_ns", np.int64), poses(table)
    )
