"""``avlabel review``: check and correct a scene in a window."""

from __future__ import annotations

import getpass
from contextlib import ExitStack, closing
from pathlib import Path

import click


@click.command("review")
@click.argument("scene", metavar="SCENE_OR_ROOT", required=False)
@click.option("--demo", is_flag=True, help="Open a drive that is labeled here, once.")
@click.option("--author", default=getpass.getuser, help="Whose edits these are.")
@click.option(
    "--keys", type=click.Path(path_type=Path), help="A TOML that gives actions other keys."
)
@click.option("--size", nargs=2, type=click.IntRange(640, 8192), default=(1600, 950))
@click.option(
    "--trace", type=click.Path(path_type=Path), help="Write down what the window shows, as JSON."
)
def command(
    scene: str | None,
    demo: bool,
    author: str,
    keys: Path | None,
    size: tuple[int, int],
    trace: Path | None,
) -> None:
    """Check and correct the labels of a scene, or of all scenes under a root, in a window.

    \b
    avlabel review --demo
    avlabel review scenes/scene_id=drive
    avlabel review scenes                       # Ctrl+PageDown opens the next
    """  # noqa: D301 (click reads the escape)
    if (scene is None) != demo:
        raise click.UsageError("name a scene or a root with scenes, or take --demo")
    from avlabel_viewer.view.graphics import need_graphics

    need_graphics()
    from avlabel.scenes.locate import scenes_at
    from avlabel.scenes.scene import open_scene
    from avlabel_viewer.actions.bindings import rebound
    from avlabel_viewer.actions.desk import Desk
    from avlabel_viewer.actions.table import ACTIONS
    from avlabel_viewer.demo import demo_scene
    from avlabel_viewer.editing.warm import warm_elsewhere
    from avlabel_viewer.session.folders import is_first_start
    from avlabel_viewer.session.session import Session
    from avlabel_viewer.view.trace import Trace
    from avlabel_viewer.view.window import run

    actions = rebound(ACTIONS, keys) if keys else ACTIONS
    scenes = scenes_at(scene or demo_scene())

    def open_desk(folder: str) -> Desk:
        desk = Desk(Session(open_scene(folder), author), scenes=scenes)
        if is_first_start():
            desk.show_sheet("guide")
            warm_elsewhere()
        return desk

    with ExitStack() as stack:
        traced = stack.enter_context(closing(Trace(trace))) if trace else None
        run(open_desk, scenes[0], actions, size, traced)
