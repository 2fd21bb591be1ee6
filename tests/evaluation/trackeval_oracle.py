"""TrackEval as the judge of our tracking metrics."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from avlabel.evaluation import tracking
from avlabel.evaluation.sequence import TrackSequence

HOTA_NAMES = {
    "hota": "HOTA",
    "det_a": "DetA",
    "ass_a": "AssA",
    "det_re": "DetRe",
    "det_pr": "DetPr",
    "ass_re": "AssRe",
    "ass_pr": "AssPr",
    "loc_a": "LocA",
}
CLEAR_NAMES = {
    "mota": "MOTA",
    "motp": "MOTP",
    "idsw": "IDSW",
    "frag": "Frag",
    "mt": "MT",
    "pt": "PT",
    "ml": "ML",
}
IDENTITY_NAMES = {"idf1": "IDF1", "id_re": "IDR", "id_pr": "IDP"}


@cache
def oracles() -> tuple[Any, Any, Any]:
    trackeval = pytest.importorskip("trackeval")
    quiet = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}
    metrics = trackeval.metrics
    return metrics.HOTA(), metrics.CLEAR(quiet), metrics.Identity(quiet)


def trackeval_scores(sequences: list[TrackSequence]) -> tuple[dict, dict, dict]:
    """What TrackEval makes of some sequences together."""
    results = []
    with contextlib.redirect_stdout(io.StringIO()):
        for oracle in oracles():
            each = {str(i): oracle.eval_sequence(as_trackeval(s)) for i, s in enumerate(sequences)}
            results.append(oracle.combine_sequences(each))
    return results[0], results[1], results[2]


def as_trackeval(sequence: TrackSequence) -> dict[str, Any]:
    return {
        "num_timesteps": len(sequence.truth_ids),
        "num_gt_ids": sequence.n_truth_ids,
        "num_tracker_ids": sequence.n_track_ids,
        "num_gt_dets": sequence.n_truth,
        "num_tracker_dets": sequence.n_tracked,
        "gt_ids": list(sequence.truth_ids),
        "tracker_ids": list(sequence.track_ids),
        "similarity_scores": list(sequence.similarity),
    }


def assert_agree(ours: dict[str, np.ndarray], theirs: dict, names: dict[str, str]) -> None:
    for name, theirs_name in names.items():
        np.testing.assert_allclose(ours[name], theirs[theirs_name], atol=1e-9, err_msg=name)


def assert_evaluation_agrees(
    scores: dict[str, np.ndarray], sequences: list[list[TrackSequence]]
) -> int:
    """Compare each similarity, class and slice with what TrackEval makes of its sequences.

    Args:
        scores: of ``TrackingCounts.scores``.
        sequences: for each log, those that were counted, in order.

    Returns:
        How many were compared: those that have boxes on both sides.
    """
    ours = {name: values.reshape(-1) for name, values in scores.items()}
    compared = 0
    for i, parts in enumerate(zip(*sequences, strict=True)):
        if not all(s.n_truth and s.n_tracked for s in parts):
            continue
        hota, clear, identity = trackeval_scores(list(parts))
        at = {name: values[i] for name, values in ours.items()}
        if np.isnan(at["motp"]):
            at["motp"] = np.array(0.0)
        assert_agree(at, {name: np.mean(v) for name, v in hota.items()}, HOTA_NAMES)
        assert_agree(at, clear, CLEAR_NAMES)
        assert_agree(at, identity, IDENTITY_NAMES)
        compared += 1
    return compared


@contextlib.contextmanager
def watched_sequences(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[TrackSequence]]:
    """The sequences that ``evaluate`` counts meanwhile."""
    seen: list[TrackSequence] = []
    count = tracking.hota_counts
    with monkeypatch.context() as patch:
        patch.setattr(tracking, "hota_counts", lambda s: (seen.append(s), count(s))[1])
        yield seen
