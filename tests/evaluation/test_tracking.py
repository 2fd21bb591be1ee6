"""HOTA, CLEAR MOT and identity against TrackEval, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_drives import box, boxes, random_predictions, random_truth, standing_frames
from trackeval_oracle import (
    CLEAR_NAMES,
    HOTA_NAMES,
    IDENTITY_NAMES,
    assert_agree,
    assert_evaluation_agrees,
    trackeval_scores,
    watched_sequences,
)

from avlabel.core.cuboids import Cuboids
from avlabel.core.log import Truth
from avlabel.errors import EvaluationError
from avlabel.evaluation.clear import clear_counts
from avlabel.evaluation.evaluate import combine, evaluate
from avlabel.evaluation.hota import hota_counts
from avlabel.evaluation.identity import identity_counts
from avlabel.evaluation.report import summarise
from avlabel.evaluation.sequence import TrackSequence


def random_sequence(seed: int, *, sparse: bool) -> TrackSequence:
    rng = np.random.default_rng(seed)
    n_frames, n_truth, n_track = rng.integers(1, 12), rng.integers(1, 8), rng.integers(1, 10)
    truth = [np.flatnonzero(rng.uniform(size=n_truth) < 0.7) for _ in range(n_frames)]
    track = [np.flatnonzero(rng.uniform(size=n_track) < 0.7) for _ in range(n_frames)]
    truth[0], track[0] = np.arange(n_truth), np.arange(n_track)
    similarity = []
    for t, p in zip(truth, track, strict=True):
        close = rng.uniform(0, 1, (len(t), len(p)))
        kept = rng.uniform(size=close.shape) < 0.3
        similarity.append(close * kept if sparse else close)
    return TrackSequence(truth, track, similarity, int(n_truth), int(n_track))


@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_random_sequences_agree_with_trackeval(seed: int, sparse: bool) -> None:
    sequence = random_sequence(seed, sparse=sparse)
    hota, clear, identity = trackeval_scores([sequence])
    assert_agree(hota_counts(sequence).scores(), hota, HOTA_NAMES)
    ours = clear_counts(sequence)
    if ours.tp == 0:
        assert np.isnan(ours.scores()["motp"])
    names = CLEAR_NAMES if ours.tp > 0 else {k: v for k, v in CLEAR_NAMES.items() if k != "motp"}
    assert_agree(ours.scores(), clear, names)
    assert_agree(identity_counts(sequence).scores(), identity, IDENTITY_NAMES)


def test_whole_drives_agree_with_trackeval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every similarity, class and slice of several logs, through ``evaluate`` and ``combine``."""
    logs, sequences = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        truth = random_truth(25, 40, rng)
        found = random_predictions(truth, rng)
        with watched_sequences(monkeypatch) as seen:
            logs.append(evaluate(f"log{seed}", found, Truth.all_around(truth), standing_frames(25)))
        sequences.append(seen)
    together = combine(logs).tracking
    assert together is not None
    assert assert_evaluation_agrees(together.scores(), sequences) >= 20


def tracked(truth: Cuboids, found: Cuboids, n_frames: int = 4) -> dict[str, Any]:
    evaluation = evaluate("log", found, Truth.all_around(truth), standing_frames(n_frames))
    vehicle = summarise(evaluation)["classes"]["vehicle"]["all"]["tracking"]
    assert vehicle is not None
    return vehicle["center"]


def test_a_perfect_track() -> None:
    truth = boxes(*(box(10, frame=f, track=1) for f in (10, 11, 12, 13)))
    scores = tracked(truth, truth)
    assert scores["hota"] == scores["mota"] == scores["motp"] == scores["idf1"] == 1
    assert (scores["idsw"], scores["frag"], scores["mt"], scores["ml"]) == (0, 0, 1, 0)


def test_an_identity_switch_by_hand() -> None:
    truth = boxes(*(box(10, frame=f, track=1) for f in (10, 11, 12, 13)))
    found = boxes(*(box(10, frame=f, track=5 if f < 12 else 6) for f in (10, 11, 12, 13)))
    scores = tracked(truth, found)
    assert scores["idsw"] == 1
    assert scores["mota"] == pytest.approx(3 / 4)
    assert scores["idf1"] == pytest.approx(2 * 2 / (2 * 2 + 2 + 2))
    assert scores["det_a"] == 1
    # Each pair of tracks is together for 2 of the 4 boxes that either has.
    assert scores["ass_a"] == pytest.approx(0.5)
    assert scores["hota"] == pytest.approx(np.sqrt(0.5))


def test_center_similarity_is_one_half_at_two_metres() -> None:
    truth = boxes(*(box(10, frame=f, track=1) for f in (10, 11)))
    found = boxes(*(box(11, frame=f, track=1) for f in (10, 11)))
    scores = tracked(truth, found)
    assert scores["motp"] == pytest.approx(0.75)
    assert scores["mota"] == 1
    beyond = boxes(*(box(12.01, frame=f, track=1) for f in (10, 11)))
    assert tracked(truth, beyond)["mota"] == pytest.approx(-1)


def test_a_fragmented_track_by_hand() -> None:
    truth = boxes(
        *(box(10, frame=f, track=1) for f in range(10, 14)),
        *(box(30, frame=f, track=2) for f in range(10, 14)),
    )
    found = boxes(
        *(box(10, frame=f, track=1) for f in (10, 12)),
        *(box(30, frame=f, track=2) for f in range(10, 14)),
    )
    scores = tracked(truth, found)
    assert (scores["frag"], scores["idsw"]) == (1, 0)
    assert (scores["mt"], scores["pt"], scores["ml"]) == (1, 1, 0)
    assert scores["mota"] == pytest.approx(6 / 8)


def test_ignored_truth_does_not_enter_tracking() -> None:
    truth = boxes(
        *(box(10, frame=f, track=1) for f in (10, 11)),
        *(box(70, frame=f, track=2) for f in (10, 11)),
        *(box(20, frame=f, track=3, num_points=9) for f in (10, 11)),
    )
    scores = tracked(truth, truth)
    assert scores["mota"] == scores["hota"] == 1
    assert scores["mt"] == 1


def test_boxes_without_track_are_tracks_of_their_own() -> None:
    truth = boxes(*(box(10, frame=f, track=1) for f in (10, 11, 12)))
    found = boxes(*(box(10, frame=f) for f in (10, 11, 12)))
    assert tracked(truth, found)["idsw"] == 2


def test_truth_without_track_ids_gives_no_tracking() -> None:
    truth = boxes(box(10), box(20))
    evaluation = evaluate("log", truth, Truth.all_around(truth), standing_frames(1))
    assert evaluation.tracking is None
    assert summarise(evaluation)["classes"]["vehicle"]["all"]["tracking"] is None


@pytest.mark.parametrize("side", ["truth", "scene"])
def test_a_track_twice_in_a_frame_is_refused(side: str) -> None:
    once, twice = boxes(box(10, track=4)), boxes(box(10, track=4), box(20, track=4))
    truth, found = (twice, once) if side == "truth" else (once, twice)
    with pytest.raises(EvaluationError, match=f"{side}: frame 10: track 4 has 2 boxes"):
        evaluate("log", found, Truth.all_around(truth), standing_frames(1))
