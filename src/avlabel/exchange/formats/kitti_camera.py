"""What KITTI's object and tracking benchmarks share: frames of reference, label rows, clouds.

The benchmarks know one camera that labels are given in, rectified, and a Velodyne whose axes are
the vehicle's. So the written "Velodyne" frame is that of KITTI's car: ego axes, 0.76 m ahead of
the rear axle and 1.73 m up; and the written camera 0 is the chosen camera, rectified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.exchange.incoming import LabelRow, Target
from avlabel.exchange.job import ExportJob, FrameLabels
from avlabel.exchange.media import points_in, write_bytes, write_rectified
from avlabel.exchange.rectify import is_rectified, rectified
from avlabel.exchange.views import of_camera, projections, rows_of, unseen
from avlabel.readers.kitti_calib import EGO_FROM_VELO, KittiCalib
from avlabel.readers.kitti_labels import DONT_CARE, KittiLabels, rect_from_box

CLASSES = {
    "car": "Car",
    "van": "Van",
    "truck": "Truck",
    "bus": "Tram",
    "trailer": "Misc",
    "other_vehicle": "Misc",
    "motorcycle": "Cyclist",
    "bicycle": "Cyclist",
    "pedestrian": "Pedestrian",
    "unknown": "Misc",
}
UNSEEN_UV = np.zeros(4)
PARTLY, LARGELY, UNKNOWN = 1, 2, 3
"""KITTI's states of occlusion, beside 0 for fully visible."""


@dataclass(frozen=True, slots=True, eq=False)
class KittiFrame:
    """The labels of one frame.

    Attributes:
        frame: the boxes; rows that are not written are gone already.
        values: (K, 14) float64 as in ``KittiLabels``, truncation as a share.
    """

    frame: FrameLabels
    values: Float64


def kitti_camera(job: ExportJob) -> Camera:
    """The camera that labels are given in, rectified; says so where that changes its images."""
    camera = job.camera()
    if not is_rectified(camera.model):
        job.account.note(
            f"camera '{camera.sensor_id}': images are rectified; what a pinhole without "
            "distortion does not show is cut off"
        )
    return rectified(camera)


def kitti_frames(job: ExportJob, camera: Camera) -> Iterator[KittiFrame]:
    """Label rows of every frame; boxes that the image does not show are entered as left out."""
    seen = of_camera(projections(job, {camera.sensor_id: camera}, always=True), camera.sensor_id)
    shown = np.isin(job.cuboids.cuboid_id, seen.cuboid_id)
    if not job.options.keep_unseen:
        behind, beside = unseen(job.cuboids.select(~shown), camera, job)
        job.account.drop(f"behind camera '{camera.sensor_id}'", behind)
        job.account.drop(f"outside the image of camera '{camera.sensor_id}'", beside)
    uv, truncation = np.tile(UNSEEN_UV, (len(shown), 1)), np.ones(len(shown))
    occlusion = np.full(len(shown), np.nan)
    rows = rows_of(job.cuboids, seen.cuboid_id)
    uv[rows], truncation[rows], occlusion[rows] = seen.uv_box, seen.truncation, seen.occlusion
    states = np.column_stack([truncation, occlusion_state(occlusion)])
    for frame in job.each_frame():
        here = shown[frame.rows] | job.options.keep_unseen
        kept = frame.select(here)
        yield KittiFrame(kept, kitti_values(kept, camera, states[kept.rows], uv[kept.rows]))


def kitti_values(frame: FrameLabels, camera: Camera, states: Float64, uv: Float64) -> Float64:
    """(K, 14) numbers of label rows, ordered as in ``KittiLabels``."""
    boxes = frame.boxes_ego
    in_camera = camera.ego_from_sensor.inverse() @ SE3.from_quat(boxes.quat_wxyz, boxes.center)
    ahead, (x, y, z) = in_camera.rotation[:, :, 0], in_camera.translation.T
    rotation_y = np.arctan2(-ahead[:, 2], ahead[:, 0])
    alpha = (rotation_y - np.arctan2(x, z) + np.pi) % (2 * np.pi) - np.pi
    length, width, height = boxes.size_lwh.astype(np.float64).T
    size_place = [height, width, length, x, y + height / 2, z, rotation_y]
    return np.column_stack([states, alpha, uv, *size_place])


def occlusion_state(hidden: Float64) -> Int64:
    """(N,) KITTI's state of a hidden share (N,) in 0..1: below a tenth, a half, above, unknown."""
    state = np.where(hidden < 0.1, 0, np.where(hidden < 0.5, PARTLY, LARGELY))
    return np.where(np.isnan(hidden), UNKNOWN, state).astype(np.int64)


def calibration_text(camera: Camera, names: Sequence[str]) -> str:
    """The lines of a calibration file.

    Args:
        camera: rectified; camera 0 to 3 are all this one.
        names: what the benchmark calls rectification, Velodyne to camera, and IMU to Velodyne,
            with the colon if it has one. The "IMU" is the ego frame.
    """
    fx, fy, cx, cy = camera.model.intrinsics
    projection = np.array([[fx, 0, cx, 0], [0, fy, cy, 0], [0, 0, 1, 0]])
    cam_from_velo = (camera.ego_from_sensor.inverse() @ EGO_FROM_VELO).matrix[:3]
    matrices = {f"P{i}:": projection for i in range(4)}
    rotation, to_camera, to_velo = names
    matrices[rotation] = np.eye(3)
    matrices[to_camera] = cam_from_velo
    matrices[to_velo] = EGO_FROM_VELO.inverse().matrix[:3]
    lines = [f"{name} " + " ".join(f"{v:.12e}" for v in m.ravel()) for name, m in matrices.items()]
    return "\n".join(lines) + "\n"


def write_media(job: ExportJob, frame_idx: int, camera: Camera, cloud: Path, image: Path) -> None:
    """The sweep and the rectified image of a frame, where the scene has them."""
    points = points_in(job, frame_idx, EGO_FROM_VELO.inverse())
    if points is not None:
        write_bytes(cloud, points.astype("<f4").tobytes())
    write_rectified(job, frame_idx, job.scene.rig.cameras[camera.sensor_id], image)


def labelled_camera(calib: KittiCalib, target: Target) -> Camera:
    """The camera whose view labels cover: number 2, as large as the scene's own of that kind."""
    camera = calib.rig({"image_02": 2}, {}).cameras["image_02"]
    for own in target.rig.cameras.values():
        flat = rectified(own).model
        if np.allclose(flat.intrinsics, camera.model.intrinsics, atol=0.01):
            return replace(camera, model=flat)
    return camera


def rows_from_labels(
    labels: KittiLabels,
    ego_from_rect: SE3,
    target: Target,
    where: Path,
    names: Sequence[str],
    scores: Float64 | None = None,
) -> list[LabelRow]:
    """Label rows as boxes in the ego frame; what the scene has no use for is entered.

    Args:
        labels: N rows.
        ego_from_rect: where the labels' own frame sits.
        target: the scene.
        where: file or folder they come from.
        names: N names of objects.
        scores: (N,) how sure they are, if they say so.
    """
    frame_rows = target.rows_of(labels.frame_idx)
    ignored = np.array([name == DONT_CARE for name in labels.types], np.bool_)
    regions = [{"frame_idx": int(labels.frame_idx[i])} for i in np.flatnonzero(ignored).tolist()]
    target.account.drop_rows("DontCare region", regions)
    scores = np.full(len(names), np.nan) if scores is None else scores
    boxes = ego_from_rect @ rect_from_box(labels.values)
    quats, sizes = boxes.quat_wxyz, labels.values[:, [9, 8, 7]]
    return [
        LabelRow(
            int(frame_rows[i]),
            names[i],
            labels.types[i],
            f"{where}: frame {labels.frame_idx[i]}, object {names[i]}",
            boxes.translation[i].tolist(),
            sizes[i].tolist(),
            quats[i].tolist(),
            float(scores[i]),
        )
        for i in np.flatnonzero(~ignored).tolist()
    ]
