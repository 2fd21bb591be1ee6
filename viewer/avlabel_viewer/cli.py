"""``avlabel review``: check and correct a scene in a window."""

from __future__ import annotations

import getpass
from contextlib import ExitStack, closing
from pathlib import Path

import click


@click.command("review")
@click.argument("scene", type=click.Path(path_type=Path))
@click.option("--author", default=getpass.getuser, help="Whose edits these are.")
@click.option(
    "--keys", type=click.Path(path_type=Path), help="A TOML that gives actions other keys."
)
@click.option("--size", nargs=2, type=click.IntRange(640, 8192), default=(1600, 950))
@click.option(
    "--trace", type=click.Path(path_type=Path), help="Write down what the window shows, as JSON."
)
def command(
    scene: Path, author: str, keys: Path | None, size: tuple[int, int], trace: Path | None
) -> None:
    """Open a scene, or the only one under a root, in the review window."""
    from avlabel_viewer.view.graphics import need_graphics

    need_graphics()
    from avlabel.scenes.scene import open_scene
    from avlabel_viewer.actions.bindings import rebound
    from avlabel_viewer.actions.desk import Desk
    from avlabel_viewer.actions.table import ACTIONS
    from avlabel_viewer.session.session import Session
    from avlabel_viewer.view.trace import Trace
    from avlabel_viewer.view.window import run

    actions = rebound(ACTIONS, keys) if keys else ACTIONS
    with ExitStack() as stack:
        desk = stack.enter_context(closing(Desk(Session(open_scene(scene), author))))
        traced = stack.enter_context(closing(Trace(trace))) if trace else None
        run(desk, actions, size, traced)
