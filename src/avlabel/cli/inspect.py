"""``avlabel inspect``: what a ROS bag holds."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from avlabel.cli.options import path_argument
from avlabel.errors import ReadError
from avlabel.readers.ros_bag import RosBag, Topic
from avlabel.readers.ros_propose import propose_topics
from avlabel.readers.ros_topics import FILE, dump_topics


@click.command("inspect")
@path_argument("bag", "BAG")
@click.option("--save", is_flag=True, help=f"Write the proposal as {FILE} beside the bag.")
def command(bag: Path, save: bool) -> None:
    """List the topics of BAG and propose what they are.

    BAG is a ROS .bag, .mcap or .db3 file, or a ROS 2 folder. The table goes to the terminal's
    second stream, the proposal to the first:

    \b
    avlabel inspect drive.bag
    avlabel inspect drive.bag > topics.toml
    """  # noqa: D301 (\b keeps click from rewrapping)
    if not bag.exists():
        raise ReadError(f"{bag}: no such file or folder")
    found = RosBag.find(bag)
    Console(stderr=True).print(_table(found))
    text = dump_topics(propose_topics(found))
    if not save:
        click.echo(text, nl=False)
        return
    path = found.folder / FILE
    if path.exists():
        raise ReadError(f"{path}: is there already; it was left alone")
    path.write_text(text, encoding="utf-8")
    click.echo(f"{path}")


def _table(bag: RosBag) -> Table:
    start_ns, end_ns = bag.span_ns()
    seconds = max((end_ns - start_ns) / 1e9, 0.0)
    table = Table(title=f"{bag.path.name}: {seconds:.1f} s from {start_ns} ns", box=None)
    for name in ("topic", "type", "messages", "Hz", "frame"):
        table.add_column(name, justify="right" if name in ("messages", "Hz") else "left")
    for topic in bag.topics().values():
        rate = f"{topic.count / seconds:.1f}" if seconds and topic.count > 1 else ""
        table.add_row(topic.name, topic.type_name, str(topic.count), rate, _frame(bag, topic))
    return table


def _frame(bag: RosBag, topic: Topic) -> str:
    """Frame of the first message; empty where messages have none."""
    try:
        header = getattr(bag.first(topic.name), "header", None)
    except ReadError:
        return "unreadable"
    return str(getattr(header, "frame_id", ""))
