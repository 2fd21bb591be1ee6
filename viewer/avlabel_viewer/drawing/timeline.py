"""The frames of a scene in a row: where one is, what is there, what has been done."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from avlabel.core.arrays import BoolArray, Int64, IntArray, UInt8
from avlabel.render.ink import blank, draw_fill, draw_line, draw_text, shade, text_size
from avlabel.render.palette import (
    ACCEPTED,
    ERROR,
    FAINT,
    GRID,
    GROUND,
    PANEL,
    SELECTED,
    WARNING,
    Rgb,
    dimmed,
)

GUTTER_PX = 62
"""Room on the left for what the rows are called."""
END_PX = 10
TEXT_PX = 11
LABEL_EVERY_PX = 70
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)

HEAD, OBJECT, MARKS, REVIEW = (0, 15), (17, 33), (35, 47), (49, 57)
"""Upper and lower border of the rows, in pixels."""

EDIT: Rgb = (190, 175, 240)
COMMENT: Rgb = (120, 200, 245)


def _none() -> Int64:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class TimelineMarks:
    """Frame numbers of everything that a timeline shows, each array in any order.

    Attributes:
        automatic: where the machine saw the selected object.
        interpolated: where its box was interpolated.
        human: where a person set it.
        color: of the selected object's class.
        errors: findings, of the selected object or, without one, of the scene.
        warnings: likewise.
        infos: likewise.
        edits: frames that were changed.
        comments: frames that bear one.
        accepted: frames that were reviewed.
        flagged: frames that someone is to look at again.
        ready: frames whose data are in memory.
    """

    automatic: IntArray = field(default_factory=_none)
    interpolated: IntArray = field(default_factory=_none)
    human: IntArray = field(default_factory=_none)
    color: Rgb = SELECTED
    errors: IntArray = field(default_factory=_none)
    warnings: IntArray = field(default_factory=_none)
    infos: IntArray = field(default_factory=_none)
    edits: IntArray = field(default_factory=_none)
    comments: IntArray = field(default_factory=_none)
    accepted: IntArray = field(default_factory=_none)
    flagged: IntArray = field(default_factory=_none)
    ready: IntArray = field(default_factory=_none)


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Where each frame is.

    Attributes:
        frame_idx: (F,) numbers of the scene's frames, ascending, at least one.
        width_px: of the picture.
        height_px: of the picture; the rows need 58.
    """

    frame_idx: IntArray
    width_px: int
    height_px: int = 60

    @property
    def cell_px(self) -> float:
        """Width of a frame."""
        return max(self.width_px - GUTTER_PX - END_PX, 1) / len(self.frame_idx)

    def x_of(self, frame_idx: int) -> float:
        """Middle of a frame, or of the place where it would be, in pixels."""
        return float(self._left(np.array([frame_idx]))[0] + self.cell_px / 2)

    def frame_at(self, x_px: float) -> int:
        """The frame under a column; the first or last one beyond the ends."""
        position = int(np.floor((x_px - GUTTER_PX) / self.cell_px))
        return int(self.frame_idx[min(max(position, 0), len(self.frame_idx) - 1)])

    def columns(self, frame_idx: IntArray) -> BoolArray:
        """(width_px,) bool: columns of frames (K,); every frame has one at least."""
        left = self._left(frame_idx)
        first = np.clip(np.floor(left), 0, self.width_px - 1).astype(np.int64)
        last = np.ceil(left + self.cell_px - 1e-6).astype(np.int64)
        last = np.clip(np.maximum(last, first + 1), 0, self.width_px)
        steps = np.zeros(self.width_px + 1, np.int64)
        np.add.at(steps, first, 1)
        np.add.at(steps, last, -1)
        return steps.cumsum()[:-1] > 0

    def middles(self, frame_idx: IntArray) -> Int64:
        """Columns in the middle of frames (K,), each once."""
        return np.unique(np.rint(self._left(frame_idx) + self.cell_px / 2).astype(np.int64))

    def _left(self, frame_idx: IntArray) -> np.ndarray:
        return GUTTER_PX + np.searchsorted(self.frame_idx, frame_idx) * self.cell_px


def draw_timeline(timeline: Timeline, marks: TimelineMarks, current: int) -> UInt8:
    """Draw a scene's frames.

    Rows from top to bottom: frame numbers; the selected object, the machine's boxes as a bar,
    interpolated ones hatched, people's white; findings, edits and comments; reviewed frames.

    Returns:
        (height_px, width_px, 3) uint8 RGB.
    """
    numbers = tuple(timeline.frame_idx.tolist())
    image = _ruled(numbers, timeline.width_px, timeline.height_px).copy()
    _draw_current_column(image, timeline, current)
    _draw_object(image, timeline, marks)
    _draw_marks(image, timeline, marks)
    _bar(image, timeline, marks.ready, (REVIEW[1] - 2, REVIEW[1]), GRID)
    _bar(image, timeline, marks.accepted, (REVIEW[0], REVIEW[1] - 3), ACCEPTED)
    _bar(image, timeline, marks.flagged, (REVIEW[0], REVIEW[1] - 3), WARNING)
    _draw_current(image, timeline, current)
    return image


@lru_cache(maxsize=4)
def _ruled(numbers: tuple[int, ...], width_px: int, height_px: int) -> UInt8:
    """What stays the same: names of the rows and numbers of frames."""
    timeline = Timeline(np.array(numbers), width_px, height_px)
    image = blank(height_px, width_px, GROUND)
    for name, (top, bottom) in (("object", OBJECT), ("marks", MARKS), ("reviewed", REVIEW)):
        image[top:bottom, GUTTER_PX : width_px - END_PX] = PANEL
        draw_text(image, name, (6, (top + bottom) / 2 + 4), TEXT_PX, FAINT)
    step = next((s for s in STEPS if s * timeline.cell_px >= LABEL_EVERY_PX), STEPS[-1])
    for number in numbers:
        if number % step == 0:
            x = timeline.x_of(number)
            draw_line(image, np.array([[x, HEAD[1] - 3], [x, HEAD[1]]]), FAINT, 1)
            wide = text_size(str(number), TEXT_PX)[0]
            draw_text(image, str(number), (x - wide / 2, HEAD[1] - 5), TEXT_PX, FAINT)
    return image


def _draw_object(image: UInt8, timeline: Timeline, marks: TimelineMarks) -> None:
    whole = np.concatenate([marks.automatic, marks.interpolated, marks.human])
    if not len(whole):
        return
    top, bottom = OBJECT
    extent = timeline.columns(np.array([whole.min(), whole.max()]))
    ends = np.flatnonzero(extent)[[0, -1]]
    image[top + 1 : bottom - 1, ends[0] : ends[1] + 1] = dimmed(marks.color, 0.18, PANEL)
    _bar(image, timeline, marks.automatic, (top + 4, bottom - 4), marks.color)
    hatched = timeline.columns(marks.interpolated) & (np.arange(timeline.width_px) // 2 % 2 == 0)
    image[top + 6 : bottom - 6, hatched] = dimmed(marks.color, 0.75)
    _bar(image, timeline, marks.human, (top + 2, bottom - 2), marks.color)
    for x in timeline.middles(marks.human):
        _draw_diamond(image, x, (top + bottom) / 2 - 0.5, min(5.0, timeline.cell_px), SELECTED)


def _draw_marks(image: UInt8, timeline: Timeline, marks: TimelineMarks) -> None:
    """Findings above, edits and comments below; the gravest on top."""
    top, bottom = MARKS
    for frames, color in (
        (marks.infos, FAINT),
        (marks.warnings, WARNING),
        (marks.errors, ERROR),
    ):
        _ticks(image, timeline, frames, (top + 1, top + 6), color)
    _ticks(image, timeline, marks.edits, (bottom - 5, bottom - 1), EDIT)
    for x in timeline.middles(marks.comments):
        _draw_diamond(image, x, bottom - 3.0, 3.0, COMMENT)


def _bar(
    image: UInt8, timeline: Timeline, frames: IntArray, rows: tuple[int, int], color: Rgb
) -> None:
    if len(frames):
        image[rows[0] : rows[1], timeline.columns(frames)] = color


def _ticks(
    image: UInt8, timeline: Timeline, frames: IntArray, rows: tuple[int, int], color: Rgb
) -> None:
    """Marks of 4 px in the middle of frames, or as wide as they are."""
    half = min(2, max(1, int(timeline.cell_px / 2)))
    columns = (timeline.middles(frames)[:, None] + np.arange(-half, half)).ravel()
    columns = columns[(columns >= 0) & (columns < timeline.width_px)]
    image[rows[0] : rows[1], columns] = color


def _draw_diamond(image: UInt8, x: float, y: float, half: float, color: Rgb) -> None:
    corners = np.array([[x - half, y], [x, y - half], [x + half, y], [x, y + half]])
    draw_fill(image, corners, color)


def _draw_current_column(image: UInt8, timeline: Timeline, current: int) -> None:
    columns = timeline.columns(np.array([current]))
    image[HEAD[1] :, columns] = dimmed(SELECTED, 0.16)


def _draw_current(image: UInt8, timeline: Timeline, current: int) -> None:
    """A line through all rows, and the number on a plate."""
    x, text = timeline.x_of(current), str(current)
    wide = text_size(text, TEXT_PX + 1, 600)[0]
    left = min(max(x - wide / 2, 4), timeline.width_px - wide - 4)
    image[HEAD[1] :, min(round(x), timeline.width_px - 1)] = SELECTED
    shade(image, (round(left) - 4, 0, round(left) + wide + 4, HEAD[1]), SELECTED, 1.0)
    draw_text(image, text, (left, HEAD[1] - 3), TEXT_PX + 1, GROUND, 600)
