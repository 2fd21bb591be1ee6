"""Label checks: what they find in human labels, in true ones, and of what is planted.

    python benchmarks/label_checks.py                  tables, kept in benchmarks/results
    python benchmarks/label_checks.py --pictures DIR   and pictures of the worst findings

Human labels are PandaSet's and Argoverse 2's beside the checkout; true labels are simulated.
"""

from __future__ import annotations

import one_core  # isort: skip
import argparse
import sys
import time
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
from finding_pictures import write_pictures
from labelled_argoverse import argoverse
from labelled_drives import Drive, pandaset, simulated
from planted_labels import FAULTS, NEW_TRACK, planted
from tee import Tee

from avlabel.checks.config import CheckConfig
from avlabel.checks.registry import Needs
from avlabel.checks.rules import RULES
from avlabel.checks.run import Hits, bare, look, seen
from avlabel.checks.subject import Subject
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import default_taxonomy

RESULTS = Path(__file__).parent / "results" / "label_checks.txt"
STREETS = ((301, "cruise"), (302, "turn-left"), (303, "stop"))
FRAMES = 24
CONFIG = CheckConfig()


def examine(drive: Drive, labels: Cuboids | None = None) -> tuple[Subject, Hits]:
    """What every rule that a drive has sensors for finds."""
    labels = drive.labels if labels is None else labels
    labels = replace(labels, cuboid_id=np.arange(len(labels)))
    needs: set[Needs] = {"labels", "points", "images"} if drive.exposures_ns else {"points"}
    subject = seen(bare(labels, drive.frames, CONFIG, default_taxonomy()), drive, needs)
    rules = [rule for rule in RULES.values() if rule.needs != "images" or drive.exposures_ns]
    return subject, look(subject, rules)


def report(drive: Drive, subject: Subject, hits: Hits) -> None:
    """How many boxes and tracks each rule has something to say of."""
    track = subject.cuboids.track_id
    n, n_tracks = len(track), len(np.unique(track))
    looked = int(subject.around.looked.sum())
    print(f"{drive.name}: {n:,} boxes, {n_tracks} tracks; {looked:,} boxes looked at with points")
    for rule, found in hits.items():
        if found:
            rows = np.unique([hit.row for hit in found])
            tracks = len(np.unique(track[rows]))
            print(f"  {rule:24} {len(rows):6,} boxes  {len(rows) / n:7.2%}   {tracks:4} tracks")


def plants(drives: list[Drive], subjects: list[Subject], untouched: list[Hits]) -> None:
    """How much of what is planted the rules find, in tracks that they found nothing in before."""
    print("planted, one a track, in a third of the tracks that it fits: found of planted")
    names = "   ".join(f"{drive.name:>22}" for drive in drives)
    print(f"  {'fault':28} {'rule':24} {names}")
    for fault in FAULTS:
        cells = []
        for drive, subject, before in zip(drives, subjects, untouched, strict=True):
            labels, tracks = planted(fault, subject, 1 / 3, np.random.default_rng(7))
            spoiled, hits = examine(drive, labels)
            good = np.setdiff1d(tracks, _tracks(subject, before, fault.rule))
            found = np.isin(good, _tracks(spoiled, hits, fault.rule) % NEW_TRACK)
            cells.append(f"{found.sum()} of {len(good):>3}" if len(good) else "none fits")
        print(f"  {fault.name:28} {fault.rule:24} {'   '.join(f'{cell:>22}' for cell in cells)}")


def _tracks(subject: Subject, hits: Hits, rule: str) -> np.ndarray:
    rows = [hit.row for hit in hits.get(rule, ())]
    return np.unique(subject.cuboids.track_id[rows])


def speed(drive: Drive) -> None:
    """Seconds of this process for some 12,000 boxes."""
    times = -(-12_000 // len(drive.labels))
    bare_s = looked_s = 0.0
    for _ in range(times):
        start = time.process_time()
        subject = bare(drive.labels, drive.frames, CONFIG, default_taxonomy())
        look(subject, [rule for rule in RULES.values() if rule.needs == "labels"])
        middle = time.process_time()
        seen(subject, drive, {"points", "images"})
        bare_s, looked_s = bare_s + middle - start, looked_s + time.process_time() - middle
    n, sweeps = times * len(drive.labels), times * len(drive.sweeps)
    print(f"{drive.name}, {times} times over: {n:,} boxes, {sweeps} sweeps")
    print(f"  rules of labels {bare_s * 1e3:.0f} ms, looking at points {looked_s:.1f} s")


def worst(subject: Subject, hits: Hits, n: int) -> list[tuple[int, str]]:
    """The worst box of the n worst tracks of each rule, with a title."""
    chosen = []
    for rule, found in hits.items():
        track_of = {hit.row: int(subject.cuboids.track_id[hit.row]) for hit in found}
        by_track = {track_of[hit.row]: hit for hit in sorted(found, key=lambda hit: hit.excess)}
        for hit in sorted(by_track.values(), key=lambda hit: -hit.excess)[:n]:
            where = f"frame {subject.cuboids.frame_idx[hit.row]} track {track_of[hit.row]}"
            at = f"{subject.range_m[hit.row]:.0f} m, {subject.around.solid[hit.row]} points"
            chosen.append((hit.row, f"{rule}, {where}, {at}: {hit.reason}"))
    return chosen


def main() -> None:
    one_core.pin()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the worst findings")
    arguments = parser.parse_args()
    human, true = [pandaset(), *argoverse()], [simulated(*one, FRAMES) for one in STREETS]
    with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):
        found = {}
        for title, drives in (("human labels", human), ("true labels", true)):
            print(title)
            for drive in drives:
                found[drive.name] = examine(drive)
                report(drive, *found[drive.name])
                if arguments.pictures and drive in human:
                    rows = worst(*found[drive.name], 3)
                    write_pictures(drive, rows, arguments.pictures)
        some = [human[0], human[3], true[1]]
        print()
        plants(some, *map(list, zip(*(found[drive.name] for drive in some), strict=True)))
        print()
        speed(human[0])
        speed(true[0])


if __name__ == "__main__":
    main()
