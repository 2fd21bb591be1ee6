"""Tracks other detectors' boxes on KITTI and scores them by the AB3DMOT protocol.

python benchmarks/tracking.py [--data ../shared/data/kitti-tracking] [--sequences 0000,0002]

Prints the protocol's table, the same for each sequence left out in turn, and frames a second.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from avlabel.evaluation.ab3dmot import MIN_IOUS, Ab3dmotScores, evaluate_ab3dmot
from avlabel.evaluation.ab3dmot_problem import mot_problem
from avlabel.pipeline.boxes import TrackBoxesConfig
from avlabel.pipeline.track_kitti import KittiSequence, read_sequences, track_sequence
from avlabel.readers.kitti_labels import KittiLabels, read_tracking_labels
from avlabel.readers.kitti_results import KittiResults

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "kitti-tracking"
HEADING = "class       IoU   sAMOTA  AMOTA  AMOTP   MOTA   MOTP   HOTA recall  IDSW     FP     FN"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--sequences", default="", help="names with commas; all by default")
    parser.add_argument("--leave-out", action="store_true", help="scores without each sequence")
    arguments = parser.parse_args()
    data: Path = arguments.data
    start = time.perf_counter()
    sequences = list(
        read_sequences(data / "detection", data / "training" / "calib", data / "poses")
    )
    if wanted := arguments.sequences:
        sequences = [s for s in sequences if s.name in wanted.split(",")]
    print(f"read {len(sequences)} sequences in {time.perf_counter() - start:.1f} s")
    results, rate = track_all(sequences)
    truth = [
        read_tracking_labels(data / "training" / "label_02" / f"{s.name}.txt") for s in sequences
    ]
    print(f"tracked and refined {rate:.0f} frames a second of one core\n\n{HEADING}")
    for class_name, min_iou, scores in table(truth, results):
        print(row(class_name, min_iou, scores))
    if arguments.leave_out:
        leave_out(sequences, truth, results)


def track_all(sequences: list[KittiSequence]) -> tuple[list[KittiResults], float]:
    """Results of each sequence, and frames a second of processor time once all is compiled."""
    config = TrackBoxesConfig()
    for sequence in sequences[:1]:
        track_sequence(sequence, config, has_poses=True)
    start = time.process_time()
    tracked = [track_sequence(sequence, config, has_poses=True) for sequence in sequences]
    spent_s = time.process_time() - start
    return [t.results for t in tracked], sum(t.n_frames for t in tracked) / spent_s


def table(
    truth: list[KittiLabels], results: list[KittiResults]
) -> list[tuple[str, float, Ab3dmotScores]]:
    problems = {name: mot_problem(truth, results, name) for name in MIN_IOUS}
    return [
        (name, iou, evaluate_ab3dmot(problem, iou))
        for name, problem in problems.items()
        if not problem.truth_ignored.all()
        for iou in MIN_IOUS[name]
    ]


def row(class_name: str, min_iou: float, s: Ab3dmotScores) -> str:
    shares = (s.samota, s.amota, s.amotp, s.mota, s.motp, s.hota, s.recall)
    numbers = " ".join(f"{100 * share:6.2f}" for share in shares)
    return (
        f"{class_name:10s} {min_iou:4.2f}  {numbers} {s.best.idsw:5d} {s.best.fp:6d} {s.best.fn:6d}"
    )


def leave_out(
    sequences: list[KittiSequence], truth: list[KittiLabels], results: list[KittiResults]
) -> None:
    """Print sAMOTA and MOTA without each sequence in turn."""
    print("\nsAMOTA / MOTA without")
    for i, sequence in enumerate(sequences):
        rest = [k for k in range(len(sequences)) if k != i]
        scores = table([truth[k] for k in rest], [results[k] for k in rest])
        print(
            f"{sequence.name}  "
            + "  ".join(
                f"{n[:3]} {v} {100 * s.samota:.1f}/{100 * s.mota:.1f}" for n, v, s in scores
            )
        )


if __name__ == "__main__":
    main()
