"""Boxes of other detectors in KITTI's layout: one CSV file a sequence, often one folder a class.

A row is frame, type, x1, y1, x2, y2, score, h, w, l, x, y, z, rot_y, alpha: image rectangle in
pixels; size, bottom-face centre and turn in the rectified camera 0, metres and radians. The type
is 1 for pedestrians, 2 for cars and 3 for cyclists, or one of these names.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float64, Int16, Int32, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.odds import probability
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ReadError
from avlabel.readers.files import read_text
from avlabel.readers.kitti_labels import LEAVES, rect_from_box

TYPES = {1: "Pedestrian", 2: "Car", 3: "Cyclist"}
COLUMNS = "frame,type,x1,y1,x2,y2,score,h,w,l,x,y,z,rot_y,alpha"
WORDS = 15
PLACES = [14, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13]
"""Where a row has alpha, the rectangle, size, place and turn, in the order of label files."""


@dataclass(frozen=True, slots=True, eq=False)
class KittiDetections:
    """N boxes of one sequence, by frame.

    Attributes:
        category: (N,) int16 leaf of the default taxonomy.
        frame_idx: (N,) int32, ascending.
        score: (N,) float64 as the detector gave it: in 0..1, or log odds of any size.
        values: (N, 14) float64 as ``KittiLabels`` has them; truncation, occlusion -1.
    """

    category: Int16
    frame_idx: Int32
    score: Float64
    values: Float64

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.frame_idx)

    @property
    def needs_log_odds(self) -> bool:
        """Whether a score lies outside of 0..1, so that all must be log odds."""
        return bool(np.any((self.score < 0) | (self.score > 1)))

    def cuboids(self, ego_from_rect: SE3, timestamp_ns: Int64, *, log_odds: bool) -> Cuboids:
        """The boxes in the ego frame, with scores in 0..1.

        Args:
            ego_from_rect: ego from rectified camera 0.
            timestamp_ns: (N,) int64 when each was seen.
            log_odds: whether the scores are log odds. One file of a detector may happen to
                lie within 0..1, so that only all of them together can tell.
        """
        pose = ego_from_rect @ rect_from_box(self.values)
        return Cuboids.build(
            "ego",
            frame_idx=self.frame_idx,
            timestamp_ns=timestamp_ns,
            category=self.category,
            center=np.asarray(pose.translation),
            quat_wxyz=pose.quat_wxyz,
            size_lwh=self.values[:, [9, 8, 7]],
            score=probability(self.score) if log_odds else self.score,
        )


def sequences_in(folder: Path) -> dict[str, list[Path]]:
    """Files of each sequence, by its name; they may lie in sub-folders, one a class.

    Raises:
        ReadError: if there is none.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.txt")):
        found.setdefault(path.stem, []).append(path)
    if not found:
        raise ReadError(f"{folder}: expected files such as 0000.txt, here or in folders, got none")
    return dict(sorted(found.items()))


def read_detections(paths: list[Path]) -> KittiDetections:
    """Read the files of one sequence as one.

    Raises:
        ReadError: naming file, line and column.
    """
    table = np.concatenate([np.zeros((0, WORDS)), *(_read(path) for path in paths)])
    table = table[np.argsort(table[:, 0], kind="stable")]
    taxonomy = default_taxonomy()
    leaf = {code: taxonomy.code(LEAVES[name]) for code, name in TYPES.items()}
    return KittiDetections(
        category=np.array([leaf[int(code)] for code in table[:, 1]], np.int16),
        frame_idx=table[:, 0].astype(np.int32),
        score=table[:, 6],
        values=np.column_stack([np.full((len(table), 2), -1.0), table[:, PLACES]]),
    )


def _read(path: Path) -> Float64:
    codes = {name: str(code) for code, name in TYPES.items()}
    lines, rows = [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        words = line.split(",")
        if len(words) != WORDS:
            raise ReadError(
                f"{path}: line {number}: expected {WORDS} values {COLUMNS}, got {len(words)}"
            )
        words[1] = codes.get(words[1].strip(), words[1])
        lines.append(number)
        rows.append(words)
    table = _numbers(rows)
    _check(table, rows, lines, path)
    return table


def _numbers(rows: list[list[str]]) -> Float64:
    """All words as numbers, in one go if they all are; what is none becomes NaN."""
    try:
        return np.array(rows, np.float64).reshape(-1, WORDS)
    except ValueError:
        return np.array([[_number(word) for word in words] for words in rows])


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _check(table: Float64, rows: list[list[str]], lines: list[int], path: Path) -> None:
    bad = ~np.isfinite(table)
    frame, code, size = table[:, 0], table[:, 1], table[:, 7:10]
    bad[:, 0] |= (frame < 0) | (frame % 1 != 0) | (frame >= 2**31)
    bad[:, 1] |= ~np.isin(code, list(TYPES))
    bad[:, 7:10] |= ~(size > 0)
    if np.any(bad):
        row, column = (int(place[0]) for place in np.nonzero(bad))
        raise ReadError(
            f"{path}: line {lines[row]}: {COLUMNS.split(',')[column]}: expected "
            f"{_expected(column)}, got '{rows[row][column].strip()}'"
        )


def _expected(column: int) -> str:
    if column == 0:
        return "a frame number"
    if column == 1:
        return "a type out of " + ", ".join(f"{code} ({name})" for code, name in TYPES.items())
    return "a positive size" if 7 <= column < 10 else "a finite number"
