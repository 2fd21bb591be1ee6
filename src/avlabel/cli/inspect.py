"""``avlabel inspect``: what a ROS bag holds."""

from __future__ import annotations

from pathlib import Path

import click

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
    click.echo(_table(found), err=True)
    text = dump_topics(propose_topics(found))
    if not save:
        click.echo(text, nl=False)
        return
    path = found.folder / FILE
    if path.exists():
        raise ReadError(f"{path}: is there already; it was left alone")
    path.write_text(text, encoding="utf-8")
    click.echo(f"{path}")


def _table(bag: RosBag) -> str:
    """A line a topic, in columns."""
    start_ns, end_ns = bag.span_ns()
    seconds = max((end_ns - start_ns) / 1e9, 0.0)
    rows = [("topic", "type", "messages", "mean Hz", "frame")]
    for topic in bag.topics().values():
        rate = f"{topic.count / seconds:.1f}" if seconds and topic.count > 1 else ""
        kind = topic.type_name.replace("/msg/", "/")
        rows.append((topic.name, kind, str(topic.count), rate, _frame(bag, topic)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"{bag.path.name}: {seconds:.1f} s from {start_ns} ns"]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _frame(bag: RosBag, topic: Topic) -> str:
    """Frame of the first message; empty where messages have none."""
    try:
        header = getattr(bag.first(topic.name), "header", None)
    except ReadError:
        return "unreadable"
    return str(getattr(header, "frame_id", ""))
