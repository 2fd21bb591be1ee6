"""Boxes of other detectors in KITTI's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ReadError
from avlabel.readers.detections_kitti import read_detections, sequences_in

# The ego frame of these tests is the camera's, turned so that z is up and x is forward.
EGO_FROM_RECT = SE3(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.zeros(3))
ROW = "3,2,10,20,110,80,0.9,1.5,1.8,4.2,2.0,1.0,20.0,-1.5707963,0.0"


def written(folder: Path, *rows: str, name: str = "0000.txt") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_row_becomes_an_upright_box_in_the_ego_frame(tmp_path: Path) -> None:
    boxes = read_detections([written(tmp_path, ROW)])
    cuboids = boxes.cuboids(EGO_FROM_RECT, np.array([7]), log_odds=False)
    # 20 m ahead, 2 m to the right, bottom 1 m below the camera; heads away from it.
    np.testing.assert_allclose(cuboids.center, [[20.0, -2.0, -1.0 + 0.75]], atol=1e-9)
    np.testing.assert_allclose(cuboids.yaw, [0.0], atol=1e-6)
    np.testing.assert_allclose(cuboids.size_lwh, [[4.2, 1.8, 1.5]], atol=1e-6)
    assert cuboids.frame_idx.tolist() == [3]
    assert cuboids.timestamp_ns.tolist() == [7]
    assert default_taxonomy().leaves[cuboids.category[0]] == "car"


def test_classes_may_be_numbers_or_names_and_lie_in_folders(tmp_path: Path) -> None:
    written(tmp_path / "cars", ROW, ROW.replace("3,2", "1,Car"))
    written(tmp_path / "people", ROW.replace("3,2", "2,Pedestrian"), ROW.replace("3,2", "0,3"))
    found = sequences_in(tmp_path)
    assert list(found) == ["0000"]
    boxes = read_detections(found["0000"])
    leaves = [default_taxonomy().leaves[code] for code in boxes.category]
    assert boxes.frame_idx.tolist() == [0, 1, 2, 3]
    assert leaves == ["bicycle", "car", "pedestrian", "car"]


def test_scores_outside_of_0_to_1_are_log_odds(tmp_path: Path) -> None:
    plain = read_detections([written(tmp_path, ROW)])
    odds = read_detections([written(tmp_path, ROW.replace("0.9", "-2.0"))])
    assert not plain.needs_log_odds
    assert odds.needs_log_odds
    score = odds.cuboids(EGO_FROM_RECT, np.array([0]), log_odds=True).score
    np.testing.assert_allclose(score, [1 / (1 + np.exp(2.0))], rtol=1e-5)


def test_an_empty_file_is_a_sequence_without_boxes(tmp_path: Path) -> None:
    assert len(read_detections([written(tmp_path, "")])) == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("3,2,10,20", "line 1: expected 15 values"),
        (ROW.replace("0.9", "high"), "line 1: score: expected a finite number, got 'high'"),
        (ROW.replace("0.9", "nan"), "line 1: score: expected a finite number, got 'nan'"),
        (ROW.replace("3,2", "3,9"), "line 1: type: expected a type out of 1 (Pedestrian)"),
        (ROW.replace("3,2", "3,Tank"), "line 1: type: expected a type"),
        (ROW.replace("3,2", "1.5,2"), "line 1: frame: expected a frame number, got '1.5'"),
        (ROW.replace("3,2", "-1,2"), "line 1: frame: expected a frame number"),
        (ROW.replace("1.8", "0"), "line 1: w: expected a positive size, got '0'"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    path = written(tmp_path, row)
    with pytest.raises(ReadError) as error:
        read_detections([path])
    assert f"{path}: {message}" in str(error.value)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="expected files such as 0000"):
        sequences_in(tmp_path)
