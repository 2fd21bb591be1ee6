"""The timeline: columns to frames and back, and what its rows show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.arrays import UInt8
from avlabel.render.palette import ACCEPTED, ERROR, SELECTED, WARNING, Rgb
from avlabel_viewer.drawing.timeline import (
    GUTTER_PX,
    MARKS,
    OBJECT,
    REVIEW,
    Timeline,
    TimelineMarks,
    draw_timeline,
)

BLUE = (0, 0, 255)


def columns_with(image: UInt8, color: Rgb, rows: tuple[int, int]) -> np.ndarray:
    return np.flatnonzero((image[rows[0] : rows[1]] == color).all(axis=2).any(axis=0))


def frames_with(timeline: Timeline, image: UInt8, color: Rgb, rows: tuple[int, int]) -> set[int]:
    return {timeline.frame_at(float(x)) for x in columns_with(image, color, rows)}


@given(st.integers(1, 2000), st.integers(200, 3000), st.integers(1, 3), st.integers(0, 500))
def test_the_middle_of_a_frame_is_under_that_frame(n: int, width: int, step: int, at: int) -> None:
    timeline = Timeline(1000 + step * np.arange(n), width)
    frame = int(timeline.frame_idx[at % n])
    assert timeline.frame_at(timeline.x_of(frame)) == frame
    assert timeline.columns(np.array([frame])).any()


def test_beyond_the_ends_are_the_first_and_the_last_frame() -> None:
    timeline = Timeline(np.arange(36, 51), 800)
    assert (timeline.frame_at(-5), timeline.frame_at(10_000)) == (36, 50)


def test_rows_show_their_frames() -> None:
    timeline = Timeline(np.arange(10), GUTTER_PX + 10 + 200)
    marks = TimelineMarks(
        automatic=np.array([2, 3]),
        interpolated=np.array([4]),
        human=np.array([6]),
        color=BLUE,
        errors=np.array([2]),
        warnings=np.array([2, 8]),
        accepted=np.array([0, 1]),
        flagged=np.array([5]),
    )
    image = draw_timeline(timeline, marks, 9)
    assert frames_with(timeline, image, BLUE, OBJECT) == {2, 3, 6}
    assert frames_with(timeline, image, SELECTED, OBJECT) == {6, 9}
    assert frames_with(timeline, image, ERROR, MARKS) == {2}
    assert frames_with(timeline, image, WARNING, MARKS) == {8}
    assert frames_with(timeline, image, ACCEPTED, REVIEW) == {0, 1}
    assert frames_with(timeline, image, WARNING, REVIEW) == {5}
    # Interpolated: neither as dark as nothing nor as bright as the machine's own.
    hatched = image[OBJECT[0] : OBJECT[1], int(timeline.x_of(4)) - 4 : int(timeline.x_of(4)) + 4]
    gap = image[OBJECT[0] : OBJECT[1], int(timeline.x_of(5)) - 4 : int(timeline.x_of(5)) + 4]
    assert gap.max() < hatched.max() < 255


def test_a_single_marked_frame_of_many_is_still_seen() -> None:
    timeline = Timeline(np.arange(20_000), 600)
    marks = TimelineMarks(errors=np.array([7000]), accepted=np.array([12_345]))
    image = draw_timeline(timeline, marks, 0)
    for frame, color, rows in ((7000, ERROR, MARKS), (12_345, ACCEPTED, REVIEW)):
        columns = columns_with(image, color, rows)
        assert len(columns) >= 1
        assert columns.mean() == pytest.approx(timeline.x_of(frame), abs=2)


@pytest.mark.parametrize("size", [(40, 20), (300, 60), (1500, 90)])
def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    every = np.arange(5)
    marks = TimelineMarks(every, every, every, BLUE, *[every] * 8)
    image = draw_timeline(Timeline(every, *size), marks, 2)
    assert image.shape == (size[1], size[0], 3)
