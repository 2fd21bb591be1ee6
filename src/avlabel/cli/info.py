"""``avlabel info``: what a scene holds."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from avlabel.core.cuboids import Source
from avlabel.scenes.scene import Scene, open_scene


@click.command("info")
@click.argument("scene")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--verify", is_flag=True, help="Hash every file and compare it with the commit.")
def command(scene: str, as_json: bool, verify: bool) -> None:
    """Describe SCENE, a folder scene_id=<id> or a root that holds one scene.

    \b
    avlabel info out/scene_id=drive
    avlabel info out --verify
    """  # noqa: D301 (\b keeps click from rewrapping)
    opened = open_scene(scene)
    if verify:
        opened.verify()
    facts = {**describe(opened), "verified": verify}
    if as_json:
        click.echo(json.dumps(facts, indent=1))
    else:
        Console().print(_rendered(facts))


def describe(scene: Scene) -> dict[str, Any]:
    """What ``avlabel info --json`` prints."""
    cuboids, tracks, frames, commit = scene.cuboids(), scene.tracks(), scene.frames, scene.metadata
    row = scene.table("scene").to_pylist()[0]
    return {
        "scene_id": scene.scene_id,
        "path": scene.path,
        "log_id": scene.log_id,
        "source_uris": list(scene.info.source_uris),
        "log_metadata": dict(scene.info.log_metadata),
        "span_s": (row["end_ns"] - row["start_ns"]) / 1e9,
        "frames": {"count": len(frames), **_first_last(frames.frame_idx)},
        "lidars": list(scene.rig.lidars),
        "cameras": list(scene.rig.cameras),
        "cuboids": _by_class(scene.taxonomy.names(cuboids.category)),
        "tracks": _by_class(scene.taxonomy.names(tracks.category)),
        "edits": _edits(scene),
        "findings": _by_class([finding.rule for finding in scene.findings()]),
        "points": _points(scene),
        "bytes": sum(entry.bytes for entry in commit.files.values()),
        "generation": commit.generation,
        "created": commit.created,
        "input_hash": commit.input_hash,
        "config_hash": commit.config_hash,
        "avlabel_version": commit.avlabel_version,
        "format_version": commit.format_version,
        "stage_ms": dict(commit.stage_ms),
    }


def _edits(scene: Scene) -> dict[str, Any]:
    """What people did, as far as a glance goes; ``avlabel edits`` tells all."""
    history = scene.edits()
    if not history.edits:
        return {"count": 0}
    resolved = scene.resolved()
    return {
        "count": len(history.edits),
        "hold": len(history.active),
        "authors": sorted({edit.author for edit in history.edits}),
        "human_boxes": int(np.count_nonzero(resolved.cuboids.source == Source.HUMAN)),
        "conflicts": len(resolved.conflicts),
        "torn": len(history.torn),
    }


def _first_last(frame_idx: np.ndarray) -> dict[str, int]:
    if not len(frame_idx):
        return {}
    return {"first": int(frame_idx.min()), "last": int(frame_idx.max())}


def _by_class(names: list[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _points(scene: Scene) -> dict[str, Any]:
    sweeps = scene.table("sweeps").to_pylist()
    count = sum(row["n_points"] for row in sweeps)
    stored = sum(scene.metadata.files[f"points/{name}"].bytes for name in scene.lidars)
    per_point = stored / count if count else None
    return {"sweeps": len(sweeps), "count": count, "bytes_per_point": per_point}


def _rendered(facts: dict[str, Any]) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(facts):
        table.add_row(name, Text(value))
    return table


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    frames, points = facts["frames"], facts["points"]
    numbers = f" (numbers {frames['first']} to {frames['last']})" if frames["count"] else ""
    per_point = points["bytes_per_point"]
    size = f", {per_point:.2f} bytes a point" if per_point is not None else ""
    verified = ", every file verified" if facts["verified"] else ""
    return [
        ("scene", f"{facts['scene_id']}  in {facts['path']}"),
        ("log", f"{facts['log_id']}  {', '.join(facts['source_uris'])}"),
        *[(f"  {name}", value) for name, value in facts["log_metadata"].items()],
        ("span", f"{facts['span_s']:.1f} s, {frames['count']} frames{numbers}"),
        ("lidars", ", ".join(facts["lidars"]) or "none"),
        ("cameras", ", ".join(facts["cameras"]) or "none"),
        ("points", f"{points['count']:,} in {points['sweeps']} sweeps{size}"),
        ("cuboids", _counts(facts["cuboids"])),
        ("tracks", _counts(facts["tracks"])),
        ("findings", _counts(facts["findings"])),
        *_edit_lines(facts["edits"]),
        ("size", f"{facts['bytes'] / 1e6:.1f} MB{verified}"),
        ("generation", f"{facts['generation']}, created {facts['created']}"),
        ("config", facts["config_hash"]),
        ("input", facts["input_hash"]),
        ("versions", f"avlabel {facts['avlabel_version']}, format {facts['format_version']}"),
        ("stages", ", ".join(f"{k} {v:.1f} ms" for k, v in facts["stage_ms"].items()) or "untimed"),
    ]


def _edit_lines(edits: dict[str, Any]) -> list[tuple[str, str]]:
    if not edits["count"]:
        return []
    conflicts = f"{edits['conflicts']} conflicts" if edits["conflicts"] else "no conflicts"
    people = len(edits["authors"])
    boxes = f"{edits['human_boxes']} boxes set by {people} {'person' if people == 1 else 'people'}"
    return [("edits", f"{edits['count']}, {edits['hold']} hold: {boxes}, {conflicts}")]


def _counts(by_name: dict[str, int]) -> str:
    total = sum(by_name.values())
    parts = ", ".join(f"{count} {name}" for name, count in by_name.items())
    return f"{total}: {parts}" if parts else "none"
