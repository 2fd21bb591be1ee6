"""Words that cover each other: the most important stays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avlabel_viewer.drawing.readable import readable


def test_the_nearer_of_two_that_overlap_keeps_its_place() -> None:
    middles = np.array([[100.0, 50.0], [120.0, 55.0], [100.0, 80.0]])
    sizes = np.tile([60.0, 16.0], (3, 1))
    assert readable(middles, sizes, np.array([30.0, 10.0, 20.0])).tolist() == [False, True, True]
    assert readable(middles, sizes, np.array([5.0, 10.0, 20.0])).tolist() == [True, False, True]


def test_words_that_only_touch_and_words_out_of_view() -> None:
    middles = np.array([[0.0, 0.0], [60.0, 0.0], [np.nan, 0.0]])
    sizes = np.tile([60.0, 16.0], (3, 1))
    assert readable(middles, sizes, np.arange(3.0)).tolist() == [True, True, False]
    assert len(readable(middles[:0], sizes[:0], np.zeros(0))) == 0


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 100)), min_size=1, max_size=30))
def test_no_two_kept_words_overlap_and_each_other_one_is_covered(
    places: list[tuple[float, float]],
) -> None:
    middles, sizes = np.array(places), np.tile([50.0, 14.0], (len(places), 1))
    kept = readable(middles, sizes, np.arange(len(places), dtype=np.float64))
    off = np.abs(middles[:, None] - middles[None])
    overlap = (off < [50.0, 14.0]).all(axis=2) & ~np.eye(len(places), dtype=bool)
    assert not overlap[np.ix_(kept, kept)].any()
    assert overlap[np.ix_(~kept, kept)].any(axis=1).all()
