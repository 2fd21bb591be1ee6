"""``avlabel review``: check and correct a scene in a window."""

from __future__ import annotations

import getpass
from pathlib import Path

import click


@click.command("review")
@click.argument("scene", type=click.Path(path_type=Path))
@click.option("--author", default=getpass.getuser, help="Whose edits these are.")
def command(scene: Path, author: str) -> None:
    """Open a scene, or the only one under a root, in the review window."""
    from avlabel.scenes.scene import open_scene
    from avlabel_viewer.session.session import Session
    from avlabel_viewer.view.window import run

    run(Session(open_scene(scene), author))
