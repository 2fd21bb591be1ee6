"""``avlabel render``: pictures and a video of a scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from avlabel.cli.options import FrameRange, FramesType, labels_option
from avlabel.cli.progress import stage_progress
from avlabel.render.frame import USUAL_VIEWS, VIEWS, RenderStyle, View
from avlabel.render.scene import render_scene
from avlabel.scenes.scene import Labels, open_scene


class ViewsType(click.ParamType[tuple[View, ...]]):
    """Names of views, separated by commas."""

    name = "VIEW,VIEW"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[View, ...]:
        """Parse, each once, in the order of ``VIEWS``."""
        names = {name.strip() for name in str(value).split(",")}
        unknown = sorted(names - set(VIEWS))
        if unknown:
            self.fail(f"expected some of {', '.join(VIEWS)}; got '{unknown[0]}'", param, ctx)
        return tuple(view for view in VIEWS if view in names)


@click.command("render")
@click.argument("scene", metavar="SCENE")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for pictures.")
@click.option("--frames", type=FramesType(), default=":", help="Only these frame numbers.")
@click.option("--every", type=click.IntRange(min=1), default=1, help="Only every n-th frame.")
@click.option(
    "--video/--no-video", default=True, help="Also a video (MP4) and an animation (WebP)."
)
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.0, help="Leave out the rest.")
@click.option(
    "--views",
    type=ViewsType(),
    default=",".join(USUAL_VIEWS),
    show_default=True,
    help=f"Which pictures, of {', '.join(VIEWS)}.",
)
@labels_option
@click.option("--source", help="Where the recording lies now.")
def command(
    scene: str,
    out: Path,
    frames: FrameRange,
    every: int,
    video: bool,
    min_score: float,
    views: tuple[View, ...],
    labels: Labels,
    source: str | None,
) -> None:
    """Draw the cuboids of SCENE into its images, and from above.

    What an earlier rendering wrote into the folder is removed first.

    \b
    avlabel render scenes/scene_id=drive --out pictures
    avlabel render scenes/scene_id=drive --out pictures --frames 36:41 --no-video
    avlabel render scenes/scene_id=drive --out pictures --views perspective
    """  # noqa: D301 (\b keeps click from rewrapping)
    opened = open_scene(scene, source_root=source)
    console = Console(stderr=True)
    unread: list[str] = []
    with stage_progress(console) as progress:
        written = render_scene(
            opened,
            out,
            first=frames[0],
            last=frames[1],
            every=every,
            video=video,
            style=RenderStyle(min_score=min_score, views=views),
            progress=progress,
            warn=unread.append,
            labels=labels,
        )
    if unread:
        console.print(f"{len(unread)} images left out; the first: {unread[0]}", style="yellow")
    megabytes = sum(path.stat().st_size for path in written) / 1e6
    console.print(f"{len(written)} files, {megabytes:.1f} MB", highlight=False)
    click.echo(out)
