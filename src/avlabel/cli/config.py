"""``avlabel config``: the full default configuration."""

from __future__ import annotations

import click

from avlabel.core.configs import to_toml
from avlabel.pipeline import PipelineConfig


@click.command("config")
def command() -> None:
    """Print the full default configuration as commented TOML.

    \b
    avlabel config > my.toml
    avlabel label LOG --format NAME --out ROOT --config my.toml
    """  # noqa: D301 (\b keeps click from rewrapping)
    click.echo(to_toml(PipelineConfig()), nl=False)
