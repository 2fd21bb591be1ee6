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
from avlabel.errors import CalibrationError, ReadError
from avlabel.geometry.exposure import ROW_ITERATIONS, exposure_limits_ns
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel.stages.synchronize import MISSING, Schedule, SynchronizeConfig, synchronize
from avlabel_calibration.alignment.features import Features, SweepEdges, collect, sweep_edges
from avlabel_calibration.check.limits import CheckConfig
from avlabel_calibration.check.optimum import CONVINCING, ROTATION, Optimum, optimum, scan
from avlabel_calibration.check.planted import with_reading

FEW, MANY = 1, 12
"""Frames whose edges are laid over images where it has to be quick, and where not."""

OpenLidar = Callable[[str], Log]
"""Opens the same recording with another of its LiDARs as the main one."""


class Evidence:
    """A recording as the rules see it; frames are positions in ``schedule``."""

    def __init__(
        self,
        log: Log,
        config: CheckConfig | None = None,
        open_lidar: OpenLidar | None = None,
        laid_over: int = MANY,
    ) -> None:
        """Read nothing yet.

        Args:
            log: the recording.
            config: limits of the rules.
            open_lidar: opens it with another LiDAR; None where that cannot be done.
            laid_over: how many frames' edges are laid over images.
        """
        self.log = log
        self.config = config or CheckConfig()
        self.open_lidar = open_lidar
        self.laid_over = laid_over
        self._sweeps: dict[int, Sweep | None] = {}
        self._features: dict[tuple[str, str], Features | None] = {}
        self._optima: dict[tuple[str, tuple[str, ...]], Optimum] = {}

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
        return spread(chosen, count)

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
        """(N, 3) points of a frame, or every so many, as a camera saw them: each at its own row.

        None where the sweep cannot be read.

        Raises:
            TimeRangeError: if there is no pose then.
        """
        sweep = self.sweep(frame)
        if sweep is None:
            return None
        limits_ns = exposure_limits_ns(camera, self.exposure_ns(camera.sensor_id, frame))
        world_from_ego = self.log.trajectory.at(
            np.array([sweep.ref_ns, *limits_ns]), extrapolate_ns=2 * MAX_EXTRAPOLATION_NS
        )
        cam_from_ego = (world_from_ego[1:] @ camera.ego_from_sensor).inverse() @ world_from_ego[0]
        points = sweep.points_ego[::every].astype(np.float64)
        first, last = cam_from_ego[0].apply(points), cam_from_ego[1].apply(points)
        seen = (first + last) / 2
        for _ in range(ROW_ITERATIONS if camera.readout_ns else 0):
            uv, valid = camera.model.project(seen)
            row = np.where(valid, uv[:, 1], camera.model.height_px / 2)
            part = np.clip((row + 0.5) / camera.model.height_px, 0.0, 1.0)[:, None]
            seen = first + part * (last - first)
        return np.asarray(seen)

    @cached_property
    def edges(self) -> dict[int, SweepEdges]:
        """Edges of some sweeps by frame number, of such that most cameras have images of."""
        images = [index != MISSING for index in self.schedule.image.values()]
        if not images:
            return {}
        there = np.sum(images, axis=0)
        frames = spread(np.flatnonzero(there == there.max(initial=0)), self.laid_over)
        return sweep_edges(self.log, self.schedule.frame_idx[frames].tolist())

    def features(self, camera_id: str, reading: str = "") -> Features | None:
        """Those edges over a camera's images; None without images that can be used.

        Args:
            camera_id: which camera.
            reading: one of ``mounting.misreadings``, to read its extrinsic that way.
        """
        key = camera_id, reading
        if key not in self._features:
            log = with_reading(self.log, camera_id, reading) if reading else self.log
            self._features[key] = _features(log, camera_id, self.edges)
        return self._features[key]

    def optimum(self, camera_id: str, axes: tuple[str, ...]) -> Optimum:
        """Where edges meet best near a camera's given extrinsic, which must have features.

        If nothing near fits well, it is looked for further away.
        """
        key = camera_id, axes
        if key not in self._optima:
            features = self.features(camera_id)
            if features is None:
                raise CalibrationError(f"camera '{camera_id}': no image with a sweep and a pose")
            found = optimum(features, axes)
            if found.best < CONVINCING and axes == ROTATION:
                further = optimum(features, axes, start=scan(features))
                found = max(found, further, key=lambda one: one.best)
            self._optima[key] = found
        return self._optima[key]

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


def spread(items: Int64, count: int) -> Int64:
    """(<= count,) of the items, evenly spread over them."""
    if len(items) <= count:
        return items
    return items[np.linspace(0, len(items) - 1, count + 2)[1:-1].round().astype(np.int64)]


def _features(log: Log, camera_id: str, edges: dict[int, SweepEdges]) -> Features | None:
    """Edges of sweeps over a camera's images; None where none comes to lie on one."""
    try:
        found = collect(log, camera_id, edges=edges)
    except CalibrationError:
        return None
    return found if len(found) else None
