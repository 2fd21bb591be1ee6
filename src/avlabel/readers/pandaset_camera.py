"""One PandaSet camera, out of its poses per image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Int64
from avlabel.core.cameras import Pinhole
from avlabel.core.log import ImageIndex
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import CalibrationError
from avlabel.readers.files import image_size, numbered_files
from avlabel.readers.pandaset_json import check_frames, read_intrinsics, read_poses, read_times

USUAL_SIZE_PX = (1920, 1080)
READOUT_NS = 50_000_000
"""Images are exposed row after row from the top; their published times are the readout's end.

Measured, not published: edges of near objects in the LiDAR line up with edges of the images best
where the middle row is 25 ms older than the published time, in all six cameras, and rows further
down are younger.
"""
MAX_WOBBLE_M = 0.05
"""How far a camera's pose may stray from sitting still on the car, as a median over frames."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraTrack:
    """What PandaSet tells of one camera.

    Attributes:
        folder: of its images and JSON files.
        stamp_ns: (N,) int64 published times, by frame number.
        world_from_cam: stack of N poses at those times.
    """

    folder: Path
    stamp_ns: Int64
    world_from_cam: SE3

    @classmethod
    def load(cls, folder: Path, frames: Int64) -> CameraTrack:
        """Read poses and times.

        Raises:
            InputError: naming file and entry.
        """
        poses = read_poses(folder / "poses.json")
        times = read_times(folder / "timestamps.json")
        check_frames(folder / "poses.json", len(poses), frames)
        check_frames(folder / "timestamps.json", len(times), frames)
        count = min(len(poses), len(times))
        return cls(folder, times[:count], poses[:count])

    @property
    def sensor_id(self) -> str:
        """The folder's name."""
        return self.folder.name

    def images(self, root: Path) -> ImageIndex:
        """Images that are there, at the exposure of their middle row."""
        files = numbered_files(self.folder, ".jpg")
        stamped = [frame for frame in files if frame < len(self.stamp_ns)]
        uris = [files[frame].relative_to(root).as_posix() for frame in stamped]
        frames = np.array(stamped, np.int64)
        return ImageIndex(self.sensor_id, self.stamp_ns[frames] - READOUT_NS // 2, uris)

    def camera(self, trajectory: Trajectory, root: Path) -> Camera:
        """The camera on the car.

        Raises:
            CalibrationError: if its poses do not sit still on the car.
        """
        sizes = (image_size(root / uri) for uri in self.images(root).uris)
        size_px = next((size for size in sizes if size), USUAL_SIZE_PX)
        intrinsics = read_intrinsics(self.folder / "intrinsics.json")
        return Camera(
            self.sensor_id,
            self.ego_from_camera(trajectory),
            # The images are rectified already: the published distortion only bends them.
            Pinhole(*size_px, intrinsics),
            "rolling",
            READOUT_NS,
        )

    def ego_from_camera(self, trajectory: Trajectory) -> SE3:
        """Single transform: median and mean over all images.

        Raises:
            CalibrationError: if the poses do not sit still on the car.
        """
        inside = trajectory.covers(self.stamp_ns)
        if not inside.any():
            raise CalibrationError(f"{self.folder}: no camera time lies within the LiDAR's poses")
        world_from_ego = trajectory.at(self.stamp_ns[inside])
        each = world_from_ego.inverse() @ self.world_from_cam[inside]
        translation = np.median(each.translation, axis=0)
        wobble_m = np.median(np.linalg.norm(each.translation - translation, axis=1))
        if wobble_m > MAX_WOBBLE_M:
            raise CalibrationError(
                f"{self.folder / 'poses.json'}: expected a camera that sits still on the car "
                f"within {MAX_WOBBLE_M} m, got {wobble_m:.3f} m"
            )
        return SE3(Rotation.from_matrix(each.rotation).mean().as_matrix(), translation)
