"""``avlabel demo``: label a drive that carries its own truth, draw it, and say how good it is."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from avlabel.cli.info import describe
from avlabel.cli.progress import stage_progress
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.report import summarise
from avlabel.evaluation.scene import evaluate_scene
from avlabel.evaluation.tables import errors_table, quality_table
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import format_names, open_log
from avlabel.render.scene import render_scene
from avlabel.scenes.scene import Scene, open_scene


@click.command("demo")
@click.option(
    "--drive", type=click.Path(path_type=Path), default="sample_data/drive", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path), default="out/demo", show_default=True)
def command(drive: Path, out: Path) -> None:
    """Label a native drive with every stage, compare it with its truth, and draw it."""
    console = Console()
    log = open_log(drive, "native")
    with stage_progress(console) as progress:
        result = label_log(log, out, PipelineConfig(), progress=progress)
        scene = open_scene(result.scene_path)
        render_scene(scene, out, progress=progress)
    summary = summarise(evaluate_scene(scene, log, EvaluationOptions()))
    facts = describe(scene)
    console.print()
    console.print(_counts_table(facts), "", quality_table(summary), "", errors_table(summary), "")
    console.print(
        "AP ranks boxes by score; precision, MOTA and HOTA count every box, however unsure.\n"
    )
    console.print(_speed_table(facts))
    console.print(_next_steps(scene, drive, out), highlight=False, soft_wrap=True)


def _counts_table(facts: Mapping[str, Any]) -> Table:
    table = Table(title=f"{facts['frames']['count']} frames", title_justify="left")
    for name in ("class", "cuboids", "tracks"):
        table.add_column(name, justify="left" if name == "class" else "right")
    for leaf, count in facts["cuboids"].items():
        table.add_row(leaf, str(count), str(facts["tracks"].get(leaf, 0)))
    total = sum(facts["cuboids"].values()), sum(facts["tracks"].values())
    table.add_section()
    table.add_row("all", str(total[0]), str(total[1]))
    return table


def _speed_table(facts: Mapping[str, Any]) -> Table:
    frames = facts["frames"]["count"]
    table = Table(title="Cost", title_justify="left")
    table.add_column("stage")
    table.add_column("ms a frame", justify="right")
    for stage, total_ms in facts["stage_ms"].items():
        table.add_row(stage, f"{total_ms / frames:.1f}")
    table.add_section()
    table.add_row("all", f"{sum(facts['stage_ms'].values()) / frames:.1f}")
    table.add_row("bytes a point", f"{facts['points']['bytes_per_point']:.2f}")
    return table


def _next_steps(scene: Scene, drive: Path, out: Path) -> str:
    path = Path(scene.path)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    activate = Path(sys.prefix, "bin", "activate")
    return "\n".join(
        [
            "",
            f"Pictures and the video are in {out}. Next:",
            *([] if shutil.which("avlabel") else [f"  . {os.path.relpath(activate)}"]),
            f"  avlabel info {shown}",
            f"  avlabel evaluate {shown} --truth {drive} --format native",
            f"  avlabel review {shown}      # after pip install -e '.[viewer]'",
            f"  avlabel label LOG --format {'|'.join(format_names())} --out scenes",
        ]
    )
