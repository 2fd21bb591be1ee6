"""``avlabel calibrate rigs``: the rigs known by name."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from avlabel.readers.known_rigs import known_rigs
from avlabel.readers.rig_toml import load_rig_file


@click.command("rigs")
def command() -> None:
    """List the rigs that --rig knows by name.

    \b
    avlabel calibrate rigs
    avlabel label drive --format native --rig simulator --out scenes
    """  # noqa: D301 (\b keeps click from rewrapping)
    table = Table("name", "lidars", "cameras", "what", box=None, pad_edge=False)
    for name, path in known_rigs().items():
        file = load_rig_file(path)
        table.add_row(name, ", ".join(file.rig.lidars), ", ".join(file.rig.cameras), file.name)
    Console().print(table)
