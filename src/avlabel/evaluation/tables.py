"""A summary as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rich.table import Table

from avlabel.evaluation.report import Summary

Column = tuple[str, Callable[[Summary], Any], str]
"""Heading, how to find the value in the summary of a class and slice, and its format."""

QUALITY: tuple[Column, ...] = (
    ("truth", lambda s: s["n_truth"], "d"),
    ("AP BEV\n0.5", lambda s: s["detection"]["bev_iou_0.5"]["ap"], ".3f"),
    ("AP 3D\n0.5", lambda s: s["detection"]["iou_3d_0.5"]["ap"], ".3f"),
    ("AP\n2 m", lambda s: s["detection"]["center_2m"]["ap"], ".3f"),
    ("recall\n2 m", lambda s: s["detection"]["center_2m"]["recall"], ".3f"),
    ("prec.\n2 m", lambda s: s["detection"]["center_2m"]["precision"], ".3f"),
    ("HOTA", lambda s: _tracking(s, "hota"), ".3f"),
    ("MOTA", lambda s: _tracking(s, "mota"), ".3f"),
    ("IDF1", lambda s: _tracking(s, "idf1"), ".3f"),
    ("ID\nsw.", lambda s: _tracking(s, "idsw"), "d"),
)

ERRORS: tuple[Column, ...] = (
    ("found", lambda s: s["errors"]["n"], "d"),
    ("place\nm", lambda s: s["errors"]["translation_m"]["mean"], ".2f"),
    ("z\nm", lambda s: s["errors"]["vertical_m"]["bias"], "+.2f"),
    ("length\nm", lambda s: s["errors"]["length_m"]["bias"], "+.2f"),
    ("width\nm", lambda s: s["errors"]["width_m"]["bias"], "+.2f"),
    ("height\nm", lambda s: s["errors"]["height_m"]["bias"], "+.2f"),
    ("size\nIoU", lambda s: s["errors"]["aligned_iou"]["mean"], ".3f"),
    ("axis\ndeg", lambda s: _degrees(s["errors"]["heading_rad"]["mean"]), ".1f"),
    ("flips", lambda s: s["errors"]["flips"], "d"),
    ("flip\nrate", lambda s: s["errors"]["flip_rate"], ".3f"),
)


def quality_table(summary: Summary) -> Table:
    """Detection and tracking by class and slice; slices without truth are left out."""
    return _table("Detection, and tracking by centre distance", summary, QUALITY)


def errors_table(summary: Summary) -> Table:
    """Errors of the true positives within 2 m, by class and slice."""
    return _table("Errors of boxes found within 2 m", summary, ERRORS)


def frames_line(summary: Summary) -> str:
    """How many frames were evaluated, and which could not be."""
    parts = []
    for log in summary["logs"]:
        parts.append(f"{log['log_id']}: {len(log['frames_evaluated'])} frames evaluated")
        if log["frames_without_truth"]:
            parts.append(f"without truth: {_ranges(log['frames_without_truth'])}")
        if log["frames_not_in_scene"]:
            parts.append(f"labelled but not in the scene: {_ranges(log['frames_not_in_scene'])}")
    return "; ".join(parts)


def _table(title: str, summary: Summary, columns: tuple[Column, ...]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for heading, _, _ in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, values in slices_with_truth(summary):
        table.add_row(name, *(cell(find(values), spec) for _, find, spec in columns))
    return table


def slices_with_truth(summary: Summary) -> Iterator[tuple[str, Summary]]:
    """Each class, and below it those of its slices that have truth."""
    for class_name, slices in summary["classes"].items():
        for slice_name, values in slices.items():
            if slice_name == "all":
                yield class_name, values
            elif values["n_truth"]:
                yield f"  {slice_name.replace('_', ' ')}", values


def cell(value: float | None, spec: str) -> str:
    """A value as tables show it; a dash where nothing can be said."""
    return "-" if value is None else format(value, spec)


def _tracking(values: Summary, name: str) -> Any:
    return values["tracking"]["center"][name] if values["tracking"] else None


def _degrees(radians: float | None) -> float | None:
    return None if radians is None else float(np.rad2deg(radians))


def _ranges(numbers: list[int]) -> str:
    """Runs of numbers: ``0-3, 7``."""
    runs = np.split(np.array(numbers), np.flatnonzero(np.diff(numbers) != 1) + 1)
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else f"{r[0]}" for r in runs)
