"""How good the labels are: real drives beside the checkout, and a fixed set of simulated ones.

python benchmarks/auto_labeling.py                 the whole table
python benchmarks/auto_labeling.py --rules         clusters judged by size alone, no network
python benchmarks/auto_labeling.py --no-simulated  real drives and the sample drive only

Truth as ``avlabel evaluate`` takes it: at least 10 points, within 60 m, coarse classes.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from recordings import ROOT, Recording, available
from rich.console import Console
from rich.table import Table

from avlabel.evaluation.report import summarise
from avlabel.evaluation.scene import evaluate_scene
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.scenes.scene import open_scene
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import simulate
from avlabel.simulation.export import write_drive

SIMULATED = {
    "hdl64, usual": SimulationConfig(seed=9001, frames=16, cameras=False),
    "pandar64, dense, steep": SimulationConfig(
        seed=9002, frames=16, cameras=False, beams="pandar64", density=1.6, clutter=1.5, slope=0.07
    ),
    "os1-64, sparse traffic": SimulationConfig(
        seed=9003, frames=16, cameras=False, beams="os1-64", density=0.6, clutter=0.6
    ),
    "vlp32, much clutter": SimulationConfig(
        seed=9004, frames=16, cameras=False, beams="vlp32", clutter=2.0, slope=0.05
    ),
}
"""Streets, LiDARs and traffic that took no part in any training."""
COLUMNS = (
    ("AP BEV .5", "detection", "bev_iou_0.5", "ap"),
    ("AP 3D .5", "detection", "iou_3d_0.5", "ap"),
    ("AP 2 m", "detection", "center_2m", "ap"),
    ("recall", "detection", "center_2m", "recall"),
    ("HOTA", "tracking", "center", "hota"),
    ("id sw.", "tracking", "center", "idsw"),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--no-simulated", action="store_true")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "simulated-benchmark")
    arguments = parser.parse_args()
    config = PipelineConfig()
    config = replace(config, detect=replace(config.detect, network=not arguments.rules))
    recordings = available()
    if not arguments.no_simulated:
        recordings += [simulated(name, arguments.cache) for name in SIMULATED]
    table = Table(title="Clusters judged by size" if arguments.rules else "Default")
    for name in ("drive", "class", "truth", *(c[0] for c in COLUMNS), "flips all", "moving"):
        table.add_column(name, justify="left" if name in ("drive", "class") else "right")
    for recording in recordings:
        add_rows(table, recording.name, score(recording, config))
    Console(width=120).print(table)


def simulated(name: str, cache: Path) -> Recording:
    """A drive of the fixed set, simulated once and kept."""
    folder = cache / str(SIMULATED[name].seed)
    if not (folder / "labels.csv").exists():
        write_drive(simulate(SIMULATED[name]), folder)
    return Recording(f"simulated: {name}", folder, "native")


def score(recording: Recording, config: PipelineConfig) -> dict[str, Any]:
    """Label a drive and compare it with its truth; results by class."""
    log = recording.open()
    with tempfile.TemporaryDirectory() as root:
        result = label_log(log, root, config, first=recording.first, last=recording.last)
        summary = summarise(evaluate_scene(open_scene(result.scene_path), log))
    classes: dict[str, Any] = summary["classes"]
    return classes


def add_rows(table: Table, name: str, classes: dict[str, Any]) -> None:
    """One row a class that the drive has."""
    for class_name, slices in classes.items():
        every, moving = slices["all"], slices["moving"]
        if every["n_truth"]:
            figures = [every[group][key][figure] for _, group, key, figure in COLUMNS]
            flips = [every["errors"]["flip_rate"], moving["errors"]["flip_rate"]]
            table.add_row(name, class_name, str(every["n_truth"]), *map(shown, figures + flips))
            name = ""
    table.add_section()


def shown(value: float | None) -> str:
    """A figure with three places, a count as it is."""
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    main()
