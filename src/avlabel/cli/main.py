"""``avlabel``: one command, its subcommands found through ``avlabel.commands``."""

from __future__ import annotations

import difflib
import os
import sys
from importlib.metadata import entry_points

import click

from avlabel import __version__
from avlabel.errors import AvlabelError, InputError, SceneNotFoundError

# One thread, unless somebody asks for more: matrix products round differently by the number of
# threads, and equal input shall give equal bytes. Read when numpy is first imported.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

BAD_INPUT = 2
FAILED = 1


class Commands(click.Group):
    """Subcommands by entry point, each imported only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of all installed subcommands."""
        return sorted(entry_points(group="avlabel.commands").names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; an unknown name fails with the nearest known one."""
        found = entry_points(group="avlabel.commands", name=cmd_name)
        if not found:
            near = difflib.get_close_matches(cmd_name, self.list_commands(ctx), 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"No such command '{cmd_name}'.{hint}")
        command: click.Command = next(iter(found)).load()
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="avlabel")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def cli() -> None:
    """Drive logs (LiDAR and cameras) in, 3D labels ready for review out."""


def main() -> None:
    """Run the command line; errors become one line and an exit code.

    Exit codes: 0 done, 1 failed while working (a disk, a scene), 2 bad input.
    """
    try:
        status = cli.main(prog_name="avlabel", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("avlabel: stopped", err=True)
        sys.exit(130)
    except (AvlabelError, OSError) as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"avlabel: error: {error}", err=True)
        sys.exit(BAD_INPUT if isinstance(error, InputError | SceneNotFoundError) else FAILED)
    sys.exit(status if isinstance(status, int) else 0)
