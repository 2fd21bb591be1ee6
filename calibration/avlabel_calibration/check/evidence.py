"""What the rules look at, each part read once and when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import cv2
import numpy as np

from avlabel.core.arrays import Float64, Int64, UInt8
from avlabel.core.log import Log
from avlabel.core.rig import Camera
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.errors import ReadError
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel.stages.synchronize import MISSING, Schedule, SynchronizeConfig, synchronize
from avlabel_calibration.check.limits import CheckConfig

OpenLidar = Callable[[str], Log]
"""Opens the same recording with another of its LiDARs as the main one."""


class Evidence:
    """A recording as the rules see it; frames are positions in ``schedule``."""

    def __init__(
        self, log: Log, config: CheckConfig | None = None, open_lidar: OpenLidar | None = None
    ) -> None:
        """Read nothing yet.

        Args:
            log: the recording.
            config: limits of the rules.
            open_lidar: opens it with another LiDAR; None where that cannot be done.
        """
        self.log = log
        self.config = config or CheckConfig()
        self.open_lidar = open_lidar
        self._sweeps: dict[int, Sweep | None] = {}

    @cached_property
    def schedule(self) -> Schedule:
        """Frames that have a pose, with their images."""
        return synchronize(self.log, None, None, SynchronizeConfig())[0]

    def frames(self, count: int, camera_id: str | None = None) -> Int64:
        """(<= count,) int64 frames spread over the recording, with an image of a camera."""
        chosen = np.arange(len(self.schedule), dtype=np.int64)
        if camera_id is not None:
            image = self.schedule.image.get(camera_id)
            chosen = chosen[:0] if image is None else np.flatnonzero(image != MISSING)
        if len(chosen) <= count:
            return chosen
        return chosen[np.linspace(0, len(chosen) - 1, count + 2)[1:-1].round().astype(np.int64)]

    def sweep(self, frame: int) -> Sweep | None:
        """Compensated sweep of a frame; None where it cannot be read."""
        if frame not in self._sweeps:
            index = int(self.schedule.sweep[frame])
            self._sweeps[frame] = ingest(self.log, index, self.log.trajectory, IngestConfig())[0]
        return self._sweeps[frame]

    def exposure_ns(self, camera_id: str, frame: int) -> int:
        """When the middle row of a frame's image was exposed."""
        image = self.schedule.image[camera_id][frame]
        return int(self.log.images[camera_id].timestamp_ns[image])

    def points_cam(self, camera: Camera, frame: int, every: int = 1) -> Float64 | None:
        """(N, 3) points of a frame, or every so many, as a camera saw them at its middle row.

        None where the sweep cannot be read.

        Raises:
            TimeRangeError: if there is no pose then.
        """
        sweep = self.sweep(frame)
        if sweep is None:
            return None
        times = np.array([sweep.ref_ns, self.exposure_ns(camera.sensor_id, frame)])
        world_from_ego = self.log.trajectory.at(times, extrapolate_ns=MAX_EXTRAPOLATION_NS)
        cam_from_ego = (world_from_ego[1] @ camera.ego_from_sensor).inverse() @ world_from_ego[0]
        return np.asarray(cam_from_ego.apply(sweep.points_ego[::every].astype(np.float64)))

    def image(self, camera_id: str, frame: int) -> UInt8:
        """(H, W, 3) BGR image of a frame.

        Raises:
            ReadError: if it cannot be read.
        """
        uri = self.log.images[camera_id].uris[int(self.schedule.image[camera_id][frame])]
        try:
            encoded = (self.log.root / uri).read_bytes()
        except OSError as error:
            raise ReadError(f"{uri}: cannot be read: {error.strerror}") from error
        decoded = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        if decoded is None:
            raise ReadError(f"{uri}: is no image")
        return np.asarray(decoded, np.uint8)
