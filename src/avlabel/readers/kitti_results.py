"""KITTI tracking result files: a label file's 17 words a line, and a score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.core.cameras import CameraModel
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import ReadError
from avlabel.geometry.boxes import corners
from avlabel.geometry.projection import project_boxes
from avlabel.readers.files import finite_numbers, read_text
from avlabel.readers.kitti_labels import LEAVES, KittiLabels

WORDS = 18
UNKNOWN = "Misc"
TYPE_OF_LEAF = {leaf: name for name, leaf in reversed(LEAVES.items())} | {"motorcycle": "Cyclist"}


@dataclass(frozen=True, slots=True, eq=False)
class KittiResults:
    """N boxes of tracks in the rectified camera 0.

    Attributes:
        labels: as in label files; truncation and occlusion are not told (-1).
        score: (N,) float64, higher is surer, of no particular range.
    """

    labels: KittiLabels
    score: Float64

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.score)

    def select(self, keep: BoolArray) -> KittiResults:
        """The rows that the mask picks."""
        return replace(self, labels=self.labels.select(keep), score=self.score[keep])


def results_from_cuboids(
    cuboids: Cuboids, ego_from_rect: SE3, camera: Camera, taxonomy: Taxonomy
) -> tuple[KittiResults, BoolArray]:
    """Boxes as result files have them: those whose centre the camera sees.

    Args:
        cuboids: N boxes with track ids in the ego frames of their own times.
        ego_from_rect: where the files' own frame sits.
        camera: whose image the files' rectangles are drawn in.
        taxonomy: that the categories index.

    Returns:
        The boxes in view, with scores as they are, and which of the N they are.
    """
    camera_from_ego = camera.ego_from_sensor.inverse()
    in_view = _in_image(camera.model, camera_from_ego.apply(cuboids.center))
    cuboids = cuboids.select(in_view)
    corners_cam = camera_from_ego.apply(corners(cuboids).reshape(-1, 3)).reshape(-1, 8, 3)
    image = project_boxes(np.asarray(corners_cam, np.float64), camera.model)
    pose = ego_from_rect.inverse() @ SE3.from_quat(cuboids.quat_wxyz, cuboids.center)
    ahead = pose.rotation[:, :, 0]
    rotation_y = np.arctan2(-ahead[:, 2], ahead[:, 0])
    x, y, z = pose.translation.T
    length, width, height = cuboids.size_lwh.astype(np.float64).T
    told = [rotation_y - np.arctan2(x, z), *np.nan_to_num(image.uv_box.T), height, width, length]
    values = np.column_stack([np.full((len(x), 2), -1.0), *told, x, y + height / 2, z, rotation_y])
    values[:, 2] = (values[:, 2] + np.pi) % (2 * np.pi) - np.pi
    types = [TYPE_OF_LEAF.get(taxonomy.leaves[leaf], UNKNOWN) for leaf in cuboids.category]
    labels = KittiLabels(types, cuboids.frame_idx, cuboids.track_id, values)
    return KittiResults(labels, cuboids.score.astype(np.float64)), in_view


def read_results(path: Path) -> KittiResults:
    """Read a result file.

    Raises:
        ReadError: naming file and line.
    """
    types: list[str] = []
    rows: list[list[float]] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        words, where = line.split(), f"{path}: line {number}"
        if not words:
            continue
        if len(words) != WORDS:
            raise ReadError(f"{where}: expected {WORDS} words, got {len(words)}")
        types.append(words[2])
        rows.append(finite_numbers([*words[:2], *words[3:]], where))
    table = np.array(rows, np.float64).reshape(-1, WORDS - 1)
    labels = KittiLabels(
        types, table[:, 0].astype(np.int32), table[:, 1].astype(np.int64), table[:, 2:16]
    )
    return KittiResults(labels, table[:, 16])


def write_results(path: Path, results: KittiResults) -> None:
    """Write a result file, by frame, then track."""
    labels = results.labels
    lines = [
        f"{labels.frame_idx[i]} {labels.track_id[i]} {labels.types[i]} -1 -1 "
        + " ".join(f"{value:.4f}" for value in labels.values[i, 2:])
        + f" {results.score[i]:.6f}\n"
        for i in np.lexsort((labels.track_id, labels.frame_idx))
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _in_image(model: CameraModel, points_cam: FloatArray) -> BoolArray:
    pixels, valid = model.project(points_cam)
    limit = np.array([model.width_px, model.height_px]) - 0.5
    return np.asarray(valid & np.all((pixels >= -0.5) & (pixels <= limit), axis=1))
