"""The AB3DMOT protocol, by hand-computed cases and against a plain frame-by-frame count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from avlabel.errors import EvaluationError
from avlabel.evaluation.ab3dmot import evaluate_ab3dmot, recall_thresholds
from avlabel.evaluation.ab3dmot_counts import MotCounts, count
from avlabel.evaluation.ab3dmot_problem import MotProblem, camera_boxes, mot_problem
from avlabel.geometry.iou import iou_3d
from avlabel.readers.kitti_labels import KittiLabels
from avlabel.readers.kitti_results import KittiResults

TALL = (100.0, 100.0, 200.0, 160.0)
LOW = (100.0, 100.0, 200.0, 120.0)


def row(frame: int, track: int, x: float = 0.0, **more: Any) -> dict[str, Any]:
    """A car 20 m ahead, ``x`` metres to the right."""
    return {"type": "Car", "frame": frame, "track": track, "x": x, "uv": TALL, "score": 1.0} | more


def labels(*rows: dict[str, Any]) -> KittiLabels:
    values = np.zeros((len(rows), 14))
    for k, r in enumerate(rows):
        values[k, :2] = r.get("truncation", 0), r.get("occlusion", 0)
        values[k, 3:7] = r["uv"]
        values[k, 7:] = 1.5, 1.8, 4.0, r["x"], 1.5, 20.0, 0.0
    return KittiLabels(
        [r["type"] for r in rows],
        np.array([r["frame"] for r in rows], np.int32),
        np.array([r["track"] for r in rows], np.int64),
        values,
    )


def results(*rows: dict[str, Any]) -> KittiResults:
    return KittiResults(labels(*rows), np.array([r["score"] for r in rows], float))


def counts(
    truth: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]], threshold: float = -np.inf
) -> MotCounts:
    return count(mot_problem([labels(*truth)], [results(*found)], "Car"), 0.5, threshold)


def test_perfect_tracks_are_perfect() -> None:
    truth = [row(f, 1, x=0.5 * f) for f in range(80)]
    found = [row(f, 9, x=0.5 * f) for f in range(80)]
    scores = evaluate_ab3dmot(mot_problem([labels(*truth)], [results(*found)], "Car"), 0.7)
    assert scores.samota == pytest.approx(1.0)
    assert scores.mota == pytest.approx(1.0)
    assert scores.hota == pytest.approx(1.0)
    assert scores.amotp == pytest.approx(1.0)
    assert scores.recall == pytest.approx(1.0)


def test_recall_that_is_not_reached_counts_as_nothing() -> None:
    truth = [row(f, 1) for f in range(80)]
    found = [row(f, 9) for f in range(40)]
    scores = evaluate_ab3dmot(mot_problem([labels(*truth)], [results(*found)], "Car"), 0.5)
    # Half of the truth in one track: recall 1/40 ... 20/40 are reached, each without a mistake.
    assert scores.samota == pytest.approx(20 / 40)
    assert scores.mota == pytest.approx(0.5)


def test_a_mistake_costs_more_at_low_recall() -> None:
    one = counts([row(f, 1) for f in range(10)], [row(f, 9) for f in range(10)])
    spoiled = counts(
        [row(f, 1) for f in range(10)],
        [row(f, 9) for f in range(10)] + [row(f, 8, x=30) for f in range(2)],
    )
    assert one.scaled_mota(0.5) == 1.0
    assert spoiled.fp == 2
    assert spoiled.mota == pytest.approx(0.8)
    # At recall 0.5 half the truth may be missed: 1 - (0 + 2 - 5) / 5, at most 1.
    assert spoiled.scaled_mota(0.5) == 1.0
    assert spoiled.scaled_mota(1.0) == pytest.approx(0.8)


@pytest.mark.parametrize(
    "neutral", [{"type": "Van"}, {"truncation": 1}, {"occlusion": 3}], ids=lambda n: next(iter(n))
)
def test_ignored_truth_is_neither_missed_nor_a_mistake(neutral: dict[str, Any]) -> None:
    truth = [row(0, 1), row(0, 2, x=10, **neutral)]
    missed, met = counts(truth, [row(0, 9)]), counts(truth, [row(0, 9), row(0, 8, x=10)])
    assert (missed.n_truth, missed.fn, missed.fp) == (1, 0, 0)
    assert (met.n_truth, met.fn, met.fp) == (1, 0, 0)
    # The protocol counts such a match towards recall.
    assert (missed.tp, met.tp) == (1, 2)


def test_small_boxes_and_unlabelled_regions_excuse_what_matches_nothing() -> None:
    region = row(0, -1, type="DontCare", uv=(0.0, 0.0, 160.0, 375.0))
    beside = row(0, -1, type="DontCare", uv=(0.0, 0.0, 140.0, 375.0))
    extra = row(0, 8, x=30)
    assert counts([row(0, 1)], [row(0, 9), extra]).fp == 1
    assert counts([row(0, 1)], [row(0, 9), extra | {"uv": LOW}]).fp == 0
    assert counts([row(0, 1), region], [row(0, 9), extra]).fp == 0
    assert counts([row(0, 1), beside], [row(0, 9), extra]).fp == 1


def test_a_switch_needs_two_frames_in_a_row() -> None:
    truth = [row(f, 1) for f in range(6)]
    at_once = [row(f, 9) for f in range(3)] + [row(f, 8) for f in range(3, 6)]
    after_a_break = [row(f, 9) for f in range(2)] + [row(f, 8) for f in range(3, 6)]
    assert counts(truth, at_once).idsw == 1
    assert counts(truth, after_a_break).idsw == 0
    assert counts(truth, after_a_break).fn == 1


def test_a_track_is_judged_by_its_mean_score() -> None:
    truth = [row(f, 1) for f in range(2)]
    found = [row(0, 9, score=0.2), row(1, 9, score=0.8)]
    assert counts(truth, found, 0.5).tp == 2
    assert counts(truth, found, 0.51).tp == 0


def test_sequences_do_not_mix() -> None:
    truth = [labels(row(0, 1)), labels(row(0, 1))]
    found = [results(row(0, 9, score=0.9)), results(row(0, 9, x=30, score=0.1))]
    problem = mot_problem(truth, found, "Car")
    both, best = count(problem, 0.5, -np.inf), count(problem, 0.5, 0.5)
    assert (both.tp, both.fn, both.fp) == (1, 1, 1)
    assert (best.tp, best.fn, best.fp) == (1, 1, 0)


def test_two_boxes_of_a_track_in_one_frame_are_refused() -> None:
    with pytest.raises(EvaluationError, match="frame 0: track 9 has two boxes"):
        mot_problem([labels(row(0, 1))], [results(row(0, 9), row(0, 9, x=5))], "Car")


def test_a_class_without_truth_is_refused() -> None:
    problem = mot_problem([labels(row(0, 1, type="Van"))], [results(row(0, 9))], "Car")
    with pytest.raises(EvaluationError, match="expected boxes of the class"):
        evaluate_ab3dmot(problem, 0.5)


def test_no_tracks_at_all_score_nothing() -> None:
    scores = evaluate_ab3dmot(mot_problem([labels(row(0, 1))], [results()], "Car"), 0.5)
    assert (scores.samota, scores.mota, scores.recall, scores.best.fn) == (0.0, 0.0, 0.0, 1)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=200), st.integers(0, 100))
def test_thresholds_fall_and_are_scores(scores: list[float], n_missed: int) -> None:
    thresholds = recall_thresholds(np.array(scores), len(scores) + n_missed)
    assert len(thresholds) <= 40
    assert np.all(np.diff(thresholds) <= 0)
    assert np.isin(thresholds, scores).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 0.25, 0.5]))
def test_counts_agree_with_a_plain_count(seed: int, min_iou: float) -> None:
    rng = np.random.default_rng(seed)
    truth = [
        row(f, t, x=rng.normal(3 * t, 0.5), occlusion=int(rng.integers(0, 4)))
        for f in range(4)
        for t in range(4)
        if rng.random() < 0.8
    ]
    found = [
        row(f, t, x=rng.normal(2 * t, 1.0), uv=TALL if rng.random() < 0.7 else LOW, score=t)
        for f in range(4)
        for t in range(6)
        if rng.random() < 0.8
    ]
    problem = mot_problem([labels(*truth)], [results(*found)], "Car")
    threshold = float(rng.integers(0, 6))
    ours = count(problem, min_iou, threshold)
    assert (ours.tp, ours.fn, ours.fp) == plain(problem, truth, found, min_iou, threshold)


def plain(
    problem: MotProblem,
    truth: Sequence[dict[str, Any]],
    found: Sequence[dict[str, Any]],
    min_iou: float,
    threshold: float,
) -> tuple[int, int, int]:
    """Frame by frame, one assignment over everything in it."""
    tp = fn = fp = 0
    for frame in range(4):
        here = [r for r in truth if r["frame"] == frame]
        there = [r for r in found if r["frame"] == frame and r["score"] >= threshold]
        iou = iou_3d(camera_boxes(labels(*here)), camera_boxes(labels(*there)))
        rows, columns = linear_sum_assignment(np.where(iou >= min_iou, 1 - iou, 1e9))
        hit = iou[rows, columns] >= min_iou
        tp += int(hit.sum())
        left = [r for i, r in enumerate(here) if i not in rows[hit]]
        fn += sum(r["occlusion"] <= 2 for r in left)
        fp += sum(r["uv"] == TALL for j, r in enumerate(there) if j not in columns[hit])
    return tp, fn, fp
