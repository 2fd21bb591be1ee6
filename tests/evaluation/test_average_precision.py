"""Average precision by hand and by its properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avlabel.evaluation.average_precision import average_precision, precision_recall


@pytest.mark.parametrize(
    ("score", "is_true", "n_truth", "expected"),
    [
        ([0.9, 0.8], [1, 1], 2, 1.0),
        ([0.9, 0.8], [1, 1], 4, 0.5),
        ([], [], 3, 0.0),
        ([0.9], [0], 3, 0.0),
        # Precision 1 up to recall 1/2, then 2/3 up to recall 1.
        ([0.9, 0.8, 0.7], [1, 0, 1], 2, 0.5 * 1 + 0.5 * 2 / 3),
        # The envelope lifts the dip: 1/2 is never used, 2/3 comes later.
        ([0.9, 0.8, 0.7], [0, 1, 1], 2, 2 / 3),
        # Equal scores are one point: precision 1/2 at recall 1.
        ([0.5, 0.5], [1, 0], 1, 0.5),
        ([0.5, 0.5], [0, 1], 1, 0.5),
    ],
)
def test_by_hand(score: list[float], is_true: list[int], n_truth: int, expected: float) -> None:
    found = average_precision(np.array(score), np.array(is_true, bool), n_truth)
    assert found == pytest.approx(expected)


def test_no_truth_says_nothing() -> None:
    assert np.isnan(average_precision(np.array([0.5]), np.array([False]), 0))


outcomes = st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=1)


@given(outcomes, st.integers(0, 5), st.randoms())
def test_order_does_not_matter_and_the_value_is_a_share(
    outcome: list, missed: int, random: object
) -> None:
    def value(rows: list) -> float:
        score, is_true = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
        return average_precision(score, is_true, int(is_true.sum()) + missed + 1)

    shuffled = outcome.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert value(shuffled) == pytest.approx(value(outcome))
    assert 0 <= value(outcome) <= 1


@given(outcomes)
def test_agrees_with_the_definition_threshold_by_threshold(outcome: list) -> None:
    score, is_true = np.array([r[0] for r in outcome]), np.array([r[1] for r in outcome])
    n_truth = int(is_true.sum()) + 1
    curve = []
    for threshold in np.unique(score):
        hit = is_true[score >= threshold]
        curve.append((hit.sum() / n_truth, hit.mean()))
    area, at = 0.0, 0.0
    for recall in sorted({r for r, _ in curve}):
        area += (recall - at) * max(p for r, p in curve if r >= recall)
        at = recall
    assert average_precision(score, is_true, n_truth) == pytest.approx(area)


def test_curve_has_one_point_a_score_and_is_not_interpolated():
    score = np.array([0.9, 0.5, 0.5, 0.1])
    is_true = np.array([True, False, True, False])
    recall, precision = precision_recall(score, is_true, 4)
    assert recall.tolist() == [0.25, 0.5, 0.5]
    assert precision.tolist() == [1.0, 2 / 3, 0.5]
