"""KITTI tracking result files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3, quat_from_matrix, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.kitti_labels import rect_from_box
from avlabel.readers.kitti_poses import read_camera_poses
from avlabel.readers.kitti_results import read_results, results_from_cuboids, write_results

EGO_FROM_RECT = SE3(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([0.3, 0, 1.6]))
CAMERA = Camera(
    "image_02", EGO_FROM_RECT, Pinhole(1242, 375, np.array([720.0, 720.0, 610.0, 173.0]))
)
TAXONOMY = default_taxonomy()


def cars(center: list[list[float]], yaw: list[float]) -> Cuboids:
    n = len(center)
    return Cuboids.build(
        "ego",
        frame_idx=np.arange(n),
        timestamp_ns=np.zeros(n, np.int64),
        category=np.full(n, TAXONOMY.code("car")),
        center=np.array(center),
        quat_wxyz=quat_from_yaw(np.array(yaw)),
        size_lwh=np.tile([4.2, 1.8, 1.5], (n, 1)),
        track_id=np.arange(n) + 5,
        score=np.full(n, 0.25),
    )


def test_boxes_come_back_from_what_is_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    ahead = rng.uniform([8, -3, 0], [60, 3, 2], (20, 3))
    boxes = cars(ahead.tolist(), rng.uniform(-np.pi, np.pi, 20).tolist())
    results, in_view = results_from_cuboids(boxes, EGO_FROM_RECT, CAMERA, TAXONOMY)
    write_results(tmp_path / "0000.txt", results)
    read = read_results(tmp_path / "0000.txt")
    pose = EGO_FROM_RECT @ rect_from_box(read.labels.values)
    assert in_view.all()
    np.testing.assert_allclose(pose.translation, boxes.center, atol=2e-4)
    alike = np.abs(np.sum(quat_from_matrix(pose.rotation) * boxes.quat_wxyz, axis=1))
    np.testing.assert_allclose(alike, 1.0, atol=1e-6)
    np.testing.assert_allclose(read.labels.values[:, [9, 8, 7]], boxes.size_lwh, atol=1e-4)
    np.testing.assert_array_equal(read.labels.track_id, boxes.track_id)
    np.testing.assert_array_equal(read.score, 0.25)
    assert set(read.labels.types) == {"Car"}


def test_only_what_the_camera_sees_is_written() -> None:
    boxes = cars([[20, 0, 1], [-20, 0, 1], [10, 30, 1]], [0, 0, 0])
    results, in_view = results_from_cuboids(boxes, EGO_FROM_RECT, CAMERA, TAXONOMY)
    assert in_view.tolist() == [True, False, False]
    u0, v0, u1, v1 = results.labels.values[0, 3:7]
    # Half a width of 0.9 m at the near face, 17.6 m ahead of the camera.
    assert u1 - 610 == pytest.approx(720 * 0.9 / (20 - 2.1 - 0.3), abs=0.01)
    assert 610 - u0 == pytest.approx(u1 - 610, abs=0.01)
    assert v0 < 173 + 720 * 0.6 / 19.7 < v1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 1 Car -1 -1", "line 1: expected 18 words, got 5"),
        ("0 1 Car " + "x " * 15, "line 1: expected a number, got 'x'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "0000.txt"
    path.write_text(line + "\n")
    with pytest.raises(ReadError, match=message):
        read_results(path)


def test_camera_poses_start_at_the_first_ego_frame(tmp_path: Path) -> None:
    path = tmp_path / "0000.txt"
    eye = "1 0 0 0 0 1 0 0 0 0 1"
    path.write_text(f"{eye} 0\n{eye} 2.5\n")
    poses = read_camera_poses(path, EGO_FROM_RECT)
    # The camera's z is the ego's x: 2.5 m ahead.
    np.testing.assert_allclose(poses.translation, [[0, 0, 0], [2.5, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(poses.rotation, np.tile(np.eye(3), (2, 1, 1)), atol=1e-12)


@pytest.mark.parametrize(
    ("text", "error"),
    [("", ReadError), ("1 2 3\n", ReadError), ("2 0 0 0 0 1 0 0 0 0 1 0\n", CalibrationError)],
)
def test_a_bad_file_of_poses_is_named(tmp_path: Path, text: str, error: type[Exception]) -> None:
    path = tmp_path / "0000.txt"
    path.write_text(text)
    with pytest.raises(error, match=r"0000\.txt"):
        read_camera_poses(path, EGO_FROM_RECT)
