"""Options that several subcommands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from avlabel.readers.registry import format_names

FrameRange = tuple[int | None, int | None]
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


class FramesType(click.ParamType[FrameRange]):
    """``A:B``, half-open, in the recording's own frame numbers; either end may be left out."""

    name = "A:B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> FrameRange:
        """Parse to (first, last), None for an open end."""
        match = re.fullmatch(r"(\d*):(\d*)", str(value))
        if match is None:
            self.fail(f"expected A:B such as 36:51, got '{value}'", param, ctx)
        first, last = (int(text) if text else None for text in match.groups())
        if first is not None and last is not None and first >= last:
            self.fail(f"expected A below B, got '{value}'", param, ctx)
        return first, last


def log_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose what of a recording to read."""
    return _log_options(function, required=True)


def truth_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same where there may be no recording."""
    return _log_options(function, required=False)


def _log_options(function: Callable[..., Any], *, required: bool) -> Callable[..., Any]:
    for decorate in (
        click.option(
            "--rig", help="A rig (.toml, or a known name) in place of the recording's own."
        ),
        click.option("--lidar", help="Which LiDAR, where a recording has several."),
        click.option("--sequence", help="Which sequence, where a recording has several."),
        click.option(
            "--format",
            "format_name",
            required=required,
            help=f"Format of the recording: {', '.join(format_names())}.",
        ),
    ):
        function = decorate(function)
    return function


def place_argument(name: str, metavar: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A positional path, or a URI such as ``s3://bucket/drive``."""
    return click.argument(name, metavar=metavar)


def labels_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Whose labels to take."""
    return click.option(
        "--labels",
        type=click.Choice(["resolved", "auto"]),
        default="resolved",
        show_default=True,
        help="Labels as people left them, or as the pipeline made them.",
    )(function)


def path_argument(name: str, metavar: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A positional path."""
    return click.argument(name, metavar=metavar, type=click.Path(path_type=Path))
