"""Writing a rig file, never over one that somebody may have edited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from avlabel.errors import InputError


def out_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--out`` and ``--overwrite``."""
    for decorate in (
        click.option("--overwrite", is_flag=True, help="Replace --out where it is there already."),
        click.option(
            "--out",
            required=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="The rig file to write.",
        ),
    ):
        function = decorate(function)
    return function


def write_new(path: Path, text: str, *, overwrite: bool) -> None:
    """Write a text file.

    Raises:
        InputError: if it is there already and ``overwrite`` is not set.
    """
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError(f"{path}: is there already; --overwrite replaces it") from None
