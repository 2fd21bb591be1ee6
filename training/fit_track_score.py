"""Fit the weights by which tracks are scored, on simulated drives.

    python training/fit_track_score.py

Prints WEIGHTS and BIAS for ``avlabel.stages.refining.score``, and how well they tell objects from
clutter on drives that took no part in the fit. No recording and no human label enters.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.log import Log
from avlabel.core.taxonomy import default_taxonomy
from avlabel.geometry.iou import bev_iou
from avlabel.readers.registry import open_log
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import simulate
from avlabel.simulation.export import write_drive
from avlabel.stages.detection.detect import DetectConfig, detect
from avlabel.stages.ingest import IngestConfig, ingest
from avlabel.stages.refining.evidence import gather
from avlabel.stages.refining.refine import RefineConfig, refine_track
from avlabel.stages.refining.score import min_views
from avlabel.stages.tracking.track import TrackConfig, track

FRAMES = 16
BEAMS = ("hdl64", "pandar64", "os1-64", "vlp32")
GOOD_IOU = 0.4
"""A track is right if more than half of its boxes overlap one truth box by this much."""
RIDGE = 0.01


def main() -> None:
    """Simulate, label, fit, test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drives", type=int, default=12)
    parser.add_argument("--cache", type=Path, default=Path("build/simulated-tracks"))
    arguments = parser.parse_args()
    by_drive = [tracks_of_drive(number, arguments.cache) for number in range(arguments.drives)]
    split = max(arguments.drives * 3 // 4, 1)
    facts, right = (np.concatenate(part) for part in zip(*by_drive[:split], strict=True))
    weights = fit(facts, right)
    print("WEIGHTS =", np.round(weights[:-1], 2).tolist(), "BIAS =", round(weights[-1], 2))
    if by_drive[split:]:
        facts, right = (np.concatenate(part) for part in zip(*by_drive[split:], strict=True))
        score = facts @ weights[:-1]
        print(f"{len(right)} held-out tracks, area under the curve {area(score, right):.3f}")


def drive_config(number: int) -> SimulationConfig:
    """The drive of that number."""
    rng = np.random.default_rng([number, 78])
    return SimulationConfig(
        seed=5000 + number,
        frames=FRAMES,
        beams=str(rng.choice(BEAMS)),
        density=float(rng.uniform(0.5, 1.7)),
        clutter=float(rng.uniform(0.5, 2.0)),
        slope=float(rng.uniform(0, 0.08)),
        cameras=False,
    )


def tracks_of_drive(number: int, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """(T, 7) facts of the tracks of a drive and (T,) whether each is right."""
    folder = cache / f"{number:03d}"
    if not (folder / "labels.csv").exists():
        write_drive(simulate(drive_config(number)), folder, lambda *_: None)
    log = open_log(folder, "native")
    truth = log.read_truth()
    if truth is None:
        raise SystemExit(f"{folder}: no labels")
    taxonomy, config = default_taxonomy(), RefineConfig()
    detections, frames = detections_of(log)
    track_id = track(detections, frames, TrackConfig(), taxonomy)
    needed = min_views(frames, config.score)
    facts, right = [], []
    for evidence in gather(detections, track_id, frames, needed, taxonomy):
        refined = refine_track(evidence, frames, config, taxonomy)
        span = frames.frame_idx[evidence.frame[0] + np.arange(len(refined.yaw))]
        boxes = np.column_stack(
            [
                refined.center[:, :2],
                np.tile(refined.size_lwh[:2], (len(span), 1)),
                refined.yaw,
            ]
        )
        parent = int(taxonomy.parent_of[refined.leaf])
        facts.append(refined.facts)
        right.append(is_right(boxes, span, parent, truth.cuboids))
    return np.array(facts), np.array(right)


def detections_of(log: Log) -> tuple[Detections, Frames]:
    """The detector's output over a whole log, in its own world."""
    lidar = log.rig.lidars[log.sweeps.sensor_id]
    pose = log.trajectory.at(log.sweeps.ref_ns)
    found = []
    for index in range(len(log.sweeps)):
        sweep, _ = ingest(log, index, log.trajectory, IngestConfig())
        if sweep is not None:
            boxes = detect(
                sweep, lidar.ego_from_sensor.translation[:2], default_taxonomy(), DetectConfig()
            )
            found.append(boxes.moved(pose[index], "world"))
    return Detections.concatenate(found), Frames(log.sweeps.frame_idx, log.sweeps.ref_ns, pose)


def is_right(boxes: np.ndarray, frame_idx: np.ndarray, parent: int, truth: Cuboids) -> bool:
    """Whether most boxes of a track lie on an object of its coarse class."""
    same = truth.select(default_taxonomy().coarse(truth.category) == parent)
    hits = [
        bev_iou(boxes[k : k + 1], same.bev[same.frame_idx == frame]).max(initial=0.0) > GOOD_IOU
        for k, frame in enumerate(frame_idx)
    ]
    return float(np.mean(hits)) > 0.5


def fit(facts: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(8,) weights and bias of a logistic regression with a small ridge."""
    columns = np.column_stack([facts, np.ones(len(facts))])

    def loss(weights: np.ndarray) -> float:
        odds = columns @ weights
        likelihood = np.mean(np.logaddexp(0, odds) - right * odds)
        return float(likelihood + RIDGE * np.sum(weights[:-1] ** 2))

    return np.asarray(minimize(loss, np.zeros(columns.shape[1])).x)


def area(score: np.ndarray, right: np.ndarray) -> float:
    """Share of pairs of a right and a wrong track that the score puts in order."""
    ahead = score[right][:, None] - score[~right][None, :]
    return float(np.mean((ahead > 0) + 0.5 * (ahead == 0)))


if __name__ == "__main__":
    main()
