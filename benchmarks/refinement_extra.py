"""One nuScenes keyframe as a log; without poses, so the vehicle stands still."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from avlabel.core.cameras import Pinhole
from avlabel.core.log import ImageIndex, SweepIndex
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.readers.recorded_log import RecordedLog
from avlabel_calibration.alignment import Features, collect, sweep_edges

ADMITTED = {"scalar", "dtype", "encode"}


class Restricted(pickle.Unpickler):
    """Numbers only."""

    def find_class(self, module: str, name: str) -> object:
        """Only what arrays of numbers are made of."""
        if name not in ADMITTED:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def extra_features(shared: Path) -> Iterator[tuple[str, Features]]:
    """Edges of every camera of the keyframe, if it is here."""
    for path in sorted((shared / "nuscenes").glob("*.pkl")):
        log = keyframe(path)
        edges = sweep_edges(log)
        for camera in log.images:
            yield f"nuScenes keyframe {camera}", collect(log, camera, edges=edges)


def keyframe(path: Path) -> RecordedLog:
    """The vehicle's frame is taken to be that of the LiDAR, with its axes turned forward."""
    data = Restricted(io.BytesIO(path.read_bytes())).load()["data_list"][0]
    forward = SE3.from_yaw(-np.pi / 2, np.zeros(3))
    cameras, images = {}, {}
    for name, image in data["images"].items():
        file = next(path.parent.glob(f"*__{name}__*.jpg"))
        height, width = cv2.imread(str(file)).shape[:2]
        k = np.array(image["cam2img"])
        place = forward @ SE3.from_matrix(np.array(image["lidar2cam"])).inverse()
        model = Pinhole(width, height, np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]]))
        cameras[name] = Camera(name, place, model)
        images[name] = ImageIndex(name, np.zeros(1, np.int64), [file.name])
    points = np.fromfile(next(path.parent.glob("*LIDAR_TOP*.bin")), np.float32).reshape(-1, 5)
    sweep = Sweep(
        0, "top", 0, np.asarray(forward.apply(points[:, :3]), np.float32),
        points[:, 3].astype(np.int16), points[:, 4].astype(np.int16),
        np.zeros(len(points), np.int32), True,
    )  # fmt: skip
    standing = SE3.from_yaw(np.zeros(2), np.zeros((2, 3)))
    return RecordedLog(
        log_id="keyframe",
        root=path.parent,
        rig=Rig({"top": Lidar("top", forward)}, cameras),
        trajectory=Trajectory(np.array([-4, 4]) * 10**8, standing),
        sweeps=SweepIndex("top", np.zeros(1, np.int32), np.zeros(1, int), np.zeros(1, int)),
        images=images,
        metadata={"format": "nuscenes"},
        load_sweep=lambda _: sweep,
        load_truth=lambda: None,
    )
