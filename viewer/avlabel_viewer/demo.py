"""A drive to try the window on: simulated and labeled once, then kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from rich.console import Console

from avlabel.cli.progress import stage_progress
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log
from avlabel.scenes.locate import scenes_at
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import simulate
from avlabel.simulation.export import write_drive
from avlabel_viewer.session.folders import cache_folder

DRIVE = Path("sample_data/drive")
"""Of a checkout; it is taken where it is, being there already."""


def demo_scene() -> str:
    """Folder of the demo's scene, made if it is not there yet."""
    folder = cache_folder() / "demo"
    if not (folder / "scenes").is_dir():
        _make(folder)
    return scenes_at(folder / "scenes")[0]


def _make(folder: Path) -> None:
    """Label into a draft first: what was interrupted is not taken for done."""
    console = Console(stderr=True)
    draft = folder / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    drive = folder / "drive"
    shutil.rmtree(drive, ignore_errors=True)
    if DRIVE.is_dir():
        shutil.copytree(DRIVE, drive)
    else:
        console.print("Simulating a drive, once ...")
        write_drive(simulate(SimulationConfig()), drive)
    console.print(f"Labeling it, once; it is kept in {folder}", highlight=False)
    with stage_progress(console) as progress:
        label_log(open_log(drive, "native"), draft, PipelineConfig(), progress=progress)
    draft.rename(folder / "scenes")
