"""Whether the queue leads people to what is wrong: objects in its order, judged by truth.

python benchmarks/review_queue.py       real drives beside the checkout and simulated ones

An object needs correction if most of its boxes do not reach BEV IoU 0.5 with a true box of its
coarse class, if it holds two true objects, or if another track holds more of its true object.
Boxes that truth does not judge (far, few points) do not count; objects of such boxes only are
left out. The weights printed last are where the queue has its priorities from.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from auto_labeling import SIMULATED, simulated
from recordings import ROOT, Recording, available
from scipy.optimize import minimize
from tee import Tee

from avlabel.core.log import Log
from avlabel.core.odds import log_odds
from avlabel.core.rig import Camera
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.classes import evaluated_classes
from avlabel.evaluation.criteria import Criterion
from avlabel.evaluation.matching import FALSE_POSITIVE, IGNORED, match
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.pairs import candidate_pairs
from avlabel.evaluation.predictions import prepare_predictions
from avlabel.evaluation.truth import prepare_truth, shifted_truth
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.scenes.scene import Scene, open_scene
from avlabel_viewer.session.grounds import Grounds
from avlabel_viewer.session.items import SURE, Item, places
from avlabel_viewer.session.queue import doubts

RESULTS = Path(__file__).parent / "results" / "review_queue.txt"
SHARES = (0.1, 0.2, 0.3, 0.5)
FITTED = ("finding", "broken-track", "ends-in-view", "short-track", "few-points")
FITS = Criterion("bev_iou", 0.5)
NEAR_M = 2.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "simulated-benchmark")
    arguments = parser.parse_args()
    RESULTS.parent.mkdir(exist_ok=True)
    drives = available() + [simulated(name, arguments.cache) for name in SIMULATED]
    with (
        RESULTS.open("w", encoding="utf-8") as kept,
        redirect_stdout(Tee(sys.stdout, kept)),
    ):
        report(drives)


def report(drives: list[Recording]) -> None:
    looked = "".join(f"{share:>7.0%}" for share in SHARES)
    print(f"Share of the wrong objects found after looking at so many{looked}")
    by_kind: dict[str, list[bool]] = defaultdict(list)
    without_box: list[bool] = []
    known: list[tuple[np.ndarray, np.ndarray]] = []
    for drive in drives:
        with tempfile.TemporaryDirectory() as folder:
            log = drive.open()
            result = label_log(log, folder, PipelineConfig(), first=drive.first, last=drive.last)
            scene = open_scene(result.scene_path)
            items = items_of(scene)
            wrong, real = judged(scene, log, items)
            without_box += real
        print(f"{drive.name}: {sum(wrong.values())} of {len(wrong)} objects are wrong")
        for name, order in orders(scene, items, wrong).items():
            print(f"  {name:54} {found(order, wrong)}")
        for track, reasons in by_track(items, wrong).items():
            for kind in reasons:
                by_kind[kind].append(wrong[track])
        known.append(table(scene, items, wrong))
    print(
        f"Detections without a box: {len(without_box)}, of which truth knows "
        f"{np.mean(without_box):.0%}"
    )
    print("Objects with an item of a kind, and how many of them are wrong")
    for kind, hits in sorted(by_kind.items(), key=lambda one: -np.mean(one[1])):
        print(f"  {kind:16} {len(hits):4}  {np.mean(hits):4.0%}")
    weigh(known)


def by_track(items: list[Item], wrong: dict[int, bool]) -> dict[int, set[str]]:
    """Kinds of the items of each judged track."""
    kinds: dict[int, set[str]] = {track: set() for track in wrong}
    for item in items:
        if item.track_id in wrong:
            kinds[item.track_id].add(item.kind)
    return kinds


def table(scene: Scene, items: list[Item], wrong: dict[int, bool]) -> tuple[np.ndarray, np.ndarray]:
    """(T, K) doubt as log odds and whether there is an item of each kind; (T,) whether wrong."""
    tracks, kinds = scene.tracks(), by_track(items, wrong)
    score = dict(zip(tracks.track_id.tolist(), tracks.score.tolist(), strict=True))
    rows = [
        [-log_odds(min(score[track], SURE)), *(kind in kinds[track] for kind in FITTED)]
        for track in wrong
    ]
    return np.array(rows, float), np.array(list(wrong.values()))


def weigh(known: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Print weights that tell wrong objects best, and how well they tell those of other drives."""
    scores = []
    for left_out, (x, y) in enumerate(known):
        rest = [one for i, one in enumerate(known) if i != left_out]
        scores.append((precision(x @ fitted(rest)[1:], y), precision(x[:, 0], y)))
    print(
        "Weights as log odds, fitted to all drives: "
        + ", ".join(
            f"{name} {weight:.1f}"
            for name, weight in zip(("constant", "doubt", *FITTED), fitted(known), strict=True)
        )
    )
    ours, by_score = np.mean(scores, axis=0)
    print(f"Mean precision over drives, each by weights of the others: {ours:.3f}")
    print(f"by score alone: {by_score:.3f}")


def fitted(known: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Logistic regression, a little regularised."""
    x = np.concatenate([part for part, _ in known])
    sign = np.where(np.concatenate([part for _, part in known]), 1.0, -1.0)
    x = np.column_stack([np.ones(len(x)), x])

    def loss(w: np.ndarray) -> float:
        return float(np.logaddexp(0.0, -sign * (x @ w)).sum() + 0.5 * (w[1:] ** 2).sum())

    return np.asarray(minimize(loss, np.zeros(x.shape[1])).x)


def precision(order: np.ndarray, wrong: np.ndarray) -> float:
    """Average precision of objects in falling order."""
    ranked = wrong[np.argsort(-order, kind="stable")]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def items_of(scene: Scene) -> list[Item]:
    labels = scene.resolved()
    items = doubts(labels, scene.findings(), Grounds.of(scene, labels.labels))
    tracks = labels.tracks
    score = dict(zip(tracks.track_id.tolist(), tracks.score.tolist(), strict=True))
    place = places(items, score)
    return sorted(items, key=lambda item: place[item.item_id])


def orders(scene: Scene, items: list[Item], wrong: dict[int, bool]) -> dict[str, list[int]]:
    tracks = scene.tracks()
    by_frame = tracks.track_id[np.lexsort((tracks.track_id, tracks.first_frame))].tolist()
    by_score = tracks.track_id[np.lexsort((tracks.track_id, tracks.score))].tolist()
    queued = list(dict.fromkeys(item.track_id for item in items))
    return {
        name: [track for track in order if track in wrong]
        for name, order in (
            ("by frame", by_frame),
            ("by score", by_score),
            ("the queue", list(dict.fromkeys([*queued, *by_score]))),
        )
    }


def found(order: list[int], wrong: dict[int, bool]) -> str:
    hits = np.cumsum([wrong[track] for track in order])
    looked = [max(round(share * len(order)), 1) for share in SHARES]
    return "".join(f"{hits[n - 1] / max(hits[-1], 1):>7.0%}" for n in looked)


def judged(scene: Scene, log: Log, items: list[Item]) -> tuple[dict[int, bool], list[bool]]:
    """Whether tracks need correction, and detections without a box are objects, as truth has it."""
    truth = log.read_truth()
    if truth is None:
        raise SystemExit(f"{log.log_id}: no truth")
    truth, options = shifted_truth(truth, scene.origin_m), EvaluationOptions()
    classes = evaluated_classes(scene.taxonomy, options.classes, leaves=options.leaves)
    frames, camera = scene.frames, log.rig.cameras.get(truth.camera or "")
    true = prepare_truth(
        truth, frames, lambda frame: scene.sweep(frame).points_ego, classes, options
    )
    boxes = prepare_predictions(scene.cuboids(), frames, truth, camera, classes, options)
    matched = match(boxes, true, candidate_pairs(boxes, true, len(frames)), FITS)
    own, other = boxes.cuboids.track_id, true.cuboids.track_id
    held: dict[int, Counter[int]] = defaultdict(Counter)
    for row in np.flatnonzero(matched >= 0).tolist():
        held[int(own[row])][int(other[matched[row]])] += 1
    most: dict[int, int] = Counter()
    for counts in held.values():
        for true_id, n in counts.items():
            most[true_id] = max(most[true_id], n)
    wrong = {}
    for track in np.unique(own[matched != IGNORED]).tolist():
        mine = matched[(own == track) & (matched != IGNORED)]
        missed = np.mean(mine == FALSE_POSITIVE) > 0.5
        objects = [t for t, n in held[track].items() if n > 1]
        lesser = bool(objects) and all(held[track][t] < most[t] for t in objects)
        wrong[track] = bool(missed or len(objects) > 1 or lesser)
    return wrong, [real for item in items if (real := _is_object(item, true, camera)) is not None]


def _is_object(item: Item, true: EvaluatedBoxes, camera: Camera | None) -> bool | None:
    """Whether something without a box is a true object; None where truth cannot tell."""
    if item.center is None or camera is not None:
        return None  # it has a box, or lies out of what truth covers
    rows = np.flatnonzero(true.cuboids.frame_idx == item.frame_idx)
    away = np.linalg.norm((true.cuboids.center[rows] - np.array(item.center))[:, :2], axis=1)
    near = rows[away < NEAR_M]
    return None if true.ignored[near].any() else bool(len(near))


if __name__ == "__main__":
    main()
