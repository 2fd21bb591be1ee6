"""``avlabel calibrate``: its subcommands, each imported only when it is run."""

from __future__ import annotations

from importlib import import_module

import click

SUBCOMMANDS: dict[str, str] = {
    "check": "check",
    "export": "export",
    "import": "importing",
    "refine": "refine",
    "rigs": "rigs",
}
"""Name to the module in this folder that holds its ``command``."""


class Subcommands(click.Group):
    """Commands by name, imported late: what is heavy is paid for by who needs it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of all subcommands."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a subcommand."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = import_module(f"avlabel_calibration.cli.{SUBCOMMANDS[cmd_name]}")
        found: click.Command = module.command
        return found


@click.command("calibrate", cls=Subcommands)
def command() -> None:
    """Check, refine and convert the calibration of a rig."""
