"""Tracks of whole boxes: smooth, whole and scored by all that was seen of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.frames import Frames
from avlabel.core.odds import log_odds, probability
from avlabel.core.se3 import SE3, quat_from_yaw, wrap_angle
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.stages.boxes.refine import RefineBoxesConfig, refine_boxes
from avlabel.stages.boxes.views import EvidenceConfig, best_stretch, gather_views

TAXONOMY = default_taxonomy()
CONFIG = RefineBoxesConfig()
PERIOD_NS = 100_000_000
CAR = (4.2, 1.8, 1.5)


def frames(n: int = 60) -> Frames:
    standing = SE3(np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)))
    return Frames(np.arange(n, dtype=np.int32), np.arange(n) * PERIOD_NS, standing)


def boxes(
    frame: Int64,
    center: Float64,
    yaw: Float64,
    *,
    leaf: str = "car",
    score: Any = 0.99,
    size: Any = CAR,
) -> Cuboids:
    n = len(frame)
    return Cuboids.build(
        "world",
        frame_idx=frame,
        timestamp_ns=frame * PERIOD_NS,
        category=np.full(n, TAXONOMY.code(leaf)),
        center=np.asarray(center, float).reshape(n, 3),
        quat_wxyz=quat_from_yaw(np.broadcast_to(yaw, n)),
        size_lwh=np.broadcast_to(size, (n, 3)),
        score=np.broadcast_to(score, n),
    )


def passing_car(seed: int = 0, n: int = 40) -> tuple[Cuboids, Float64, Float64]:
    """Noisy views of a car that drives a bend at 8 m/s; its true places and headings."""
    time_s = np.arange(n) * 0.1
    yaw = 0.3 * time_s
    step = np.column_stack([np.cos(yaw), np.sin(yaw), np.zeros(n)]) * 0.8
    place = np.array([5.0, -3.0, 0.75]) + np.cumsum(step, axis=0)
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, [0.2, 0.2, 0.1], (n, 3))
    size = np.array(CAR) + rng.normal(0, [0.3, 0.1, 0.1], (n, 3))
    seen = boxes(np.arange(n), place + noise, yaw + rng.normal(0, 0.08, n), size=size)
    return seen, place, yaw


def refined(seen: Cuboids, track_id: Any = 0, **more: Any) -> tuple[Cuboids, Tracks]:
    ids = np.broadcast_to(track_id, len(seen)).astype(np.int64)
    return refine_boxes(seen, ids, frames(), replace(CONFIG, **more), TAXONOMY)


def test_a_noisy_path_becomes_smoother_and_one_size() -> None:
    seen, place, yaw = passing_car()
    labels, tracks = refined(seen)
    before = np.linalg.norm(seen.center - place, axis=1)
    after = np.linalg.norm(labels.center - place, axis=1)
    assert np.sqrt(np.mean(after**2)) < 0.6 * np.sqrt(np.mean(before**2))
    assert np.abs(wrap_angle(labels.yaw - yaw)).mean() < 0.04
    np.testing.assert_allclose(labels.size_lwh[0], CAR, atol=0.12)
    assert np.ptp(labels.size_lwh, axis=0).max() == 0
    speed = np.linalg.norm(labels.velocity[5:-5], axis=1)
    np.testing.assert_allclose(speed, 8.0, atol=1.0)
    assert not tracks.is_static[0]


def test_flipped_boxes_of_a_moving_car_are_turned_along_its_motion() -> None:
    seen, _, yaw = passing_car()
    flipped = np.arange(len(seen)) % 5 < 3
    turned = seen.yaw + np.where(flipped, np.pi, 0)
    labels, _ = refined(replace(seen, quat_wxyz=quat_from_yaw(turned)))
    assert np.abs(wrap_angle(labels.yaw - yaw)).max() < 0.3


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_standing_car_faces_as_most_of_its_boxes(share: float) -> None:
    n = 20
    yaw = np.where(np.arange(n) < share * n, 1.0 - np.pi, 1.0)
    seen = boxes(np.arange(n), np.tile([20.0, 3.0, 0.8], (n, 1)), yaw)
    labels, tracks = refined(seen)
    expected = 1.0 - np.pi if share > 0.5 else 1.0
    np.testing.assert_allclose(wrap_angle(labels.yaw - expected), 0, atol=1e-6)
    assert tracks.is_static[0]


def test_motion_from_the_vehicle_turns_nothing() -> None:
    seen, _, yaw = passing_car()
    away = replace(seen, quat_wxyz=quat_from_yaw(seen.yaw + np.pi))
    labels, tracks = refined(away, motion=replace(CONFIG.motion, over_ground=False))
    assert np.abs(wrap_angle(labels.yaw - yaw - np.pi)).max() < 0.3
    assert tracks.is_static[0]


def test_short_gaps_are_filled_and_long_ones_are_not() -> None:
    seen, place, _ = passing_car()
    hidden = np.isin(np.arange(40), [8, 9, 10, *range(20, 34)])
    labels, tracks = refined(seen.select(~hidden))
    shown = set(labels.frame_idx.tolist())
    assert {8, 9, 10} <= shown
    assert not shown & set(range(20, 34))
    filled = labels.select(np.isin(labels.frame_idx, [8, 9, 10]))
    assert set(filled.source.tolist()) == {Source.INTERPOLATED}
    assert not filled.is_keyframe.any()
    np.testing.assert_array_equal(filled.timestamp_ns, filled.frame_idx * PERIOD_NS)
    assert np.linalg.norm(filled.center - place[8:11], axis=1).max() < 0.4
    assert tracks.n_observed[0] == len(seen) - hidden.sum()


def test_only_the_stretch_that_scores_speak_for_is_kept() -> None:
    score = np.full(30, 0.9)
    score[:6] = score[-4:] = 0.05
    score[14] = 0.01
    seen = boxes(np.arange(30), np.tile([20.0, 3, 1], (30, 1)), 0.0, score=score)
    labels, _ = refined(seen)
    assert labels.frame_idx.tolist() == list(range(6, 26))


def test_a_link_over_a_long_gap_needs_evidence_behind_it() -> None:
    frame = np.r_[0:10, 40]
    center = np.tile([20.0, 3, 1], (11, 1))
    weak, strong = np.full(11, 0.9), np.full(11, 0.9)
    weak[-1] = 0.5
    for score, last in ((weak, 9), (strong, 9)):
        labels, _ = refined(boxes(frame, center, 0.0, score=score))
        assert labels.frame_idx.max() == last
    frame = np.r_[0:10, 40:60]
    labels, _ = refined(boxes(frame, np.tile([20.0, 3, 1], (30, 1)), 0.0, score=0.9))
    assert (labels.frame_idx.min(), labels.frame_idx.max()) == (0, 59)


def test_a_track_takes_the_class_that_most_score_speaks_for() -> None:
    n = 10
    place = np.tile([10.0, 0, 1], (n, 1))
    rider = boxes(np.arange(n), place, 0.0, leaf="bicycle", size=(1.8, 0.6, 1.7))
    walker = boxes(np.arange(3), place[:3], 0.0, leaf="pedestrian", size=(0.8, 0.6, 1.7))
    both = Cuboids.concatenate([walker, rider.select(slice(2, n))])
    labels, tracks = refined(both)
    assert TAXONOMY.leaves[tracks.category[0]] == "bicycle"
    np.testing.assert_allclose(labels.size_lwh[:, 0], 1.8, atol=1e-6)


def test_of_two_tracks_in_one_place_the_surer_stays() -> None:
    n = 12
    place = np.tile([10.0, 0, 1], (n, 1))
    sure = boxes(np.arange(n), place, 0.0, score=0.95)
    doubtful = boxes(np.arange(n), place + np.array([0.5, 0, 0]), 0.0, score=0.4)
    both = Cuboids.concatenate([doubtful, sure])
    labels, tracks = refined(both, np.repeat([0, 1], n))
    assert tracks.track_id.tolist() == [1]
    assert set(labels.track_id.tolist()) == {1}


def test_more_views_and_motion_make_a_track_surer() -> None:
    def score(n: int, step_m: float, leaf: str) -> float:
        place = np.column_stack([10 + step_m * np.arange(n), np.zeros(n), np.ones(n)])
        return float(refined(boxes(np.arange(n), place, 0.0, leaf=leaf, score=0.7))[1].score[0])

    assert score(2, 0, "bicycle") < score(20, 0, "bicycle") < 0.7
    assert score(20, 0.4, "bicycle") > 0.7
    assert score(20, 0.4, "car") == pytest.approx(score(20, 0, "car"), abs=1e-6)


def test_single_views_are_kept_as_they_are() -> None:
    seen = boxes(np.array([3]), np.array([[10.0, 2, 1]]), np.array([2.5]))
    labels, tracks = refined(seen)
    np.testing.assert_allclose(labels.boxes, seen.boxes, atol=1e-6)
    assert np.isnan(labels.velocity).all()
    assert tracks.n_observed.tolist() == [1]


def test_nothing_gives_nothing() -> None:
    labels, tracks = refined(Cuboids.empty("world"))
    assert len(labels) == len(tracks) == 0


def test_boxes_must_be_in_the_world() -> None:
    with pytest.raises(ValueError, match="expected cuboids in world"):
        refined(Cuboids.empty("ego"))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(-1e6, 1e6), st.floats(-np.pi, np.pi))
def test_labels_move_and_turn_with_the_world(seed: int, away_m: float, turn: float) -> None:
    seen, _, _ = passing_car(seed)
    there = SE3.from_yaw(np.array(turn), np.array([away_m, -away_m, 3.0]))
    moved_frames = replace(
        frames(),
        world_from_ego=SE3.from_yaw(np.full(60, turn), np.tile(there.translation, (60, 1))),
    )
    ids = np.zeros(len(seen), np.int64)
    here, _ = refine_boxes(seen, ids, frames(), CONFIG, TAXONOMY)
    moved = seen.moved(there, "world")
    elsewhere, _ = refine_boxes(moved, ids, moved_frames, CONFIG, TAXONOMY)
    expected = here.moved(there, "world")
    np.testing.assert_allclose(elsewhere.center, expected.center, atol=1e-4)
    np.testing.assert_allclose(wrap_angle(elsewhere.yaw - expected.yaw), 0, atol=1e-5)


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=12), st.integers(0, 10**6))
def test_the_best_stretch_is_the_best(score: list[float], seed: int) -> None:
    frame = np.cumsum(np.random.default_rng(seed).integers(1, 4, len(score)))
    place = np.tile([10.0, 0, 1], (len(score), 1))
    seen = boxes(frame, place, 0.0, score=score)
    views = next(gather_views(seen, np.zeros(len(seen), np.int64), frames(), TAXONOMY))
    config = EvidenceConfig()
    said = np.clip(log_odds(seen.score) - config.doubt, -config.most_against, config.most_for)

    def evidence(first: int, last: int) -> float:
        missed = frame[last] - frame[first] - (last - first)
        return float(said[first : last + 1].sum() - config.missed * missed)

    kept = best_stretch(views, config)
    first, last = np.searchsorted(frame, kept.frame[[0, -1]])
    n = len(score)
    best = max(evidence(i, j) for i in range(n) for j in range(i, n))
    assert evidence(int(first), int(last)) == pytest.approx(best, abs=1e-9)


@given(st.floats(1e-6, 1 - 1e-6))
def test_log_odds_and_back(score: float) -> None:
    assert float(probability(log_odds(score))) == pytest.approx(score, rel=1e-9)
