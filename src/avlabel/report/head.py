"""The head of a page: which scene, from where, made when and by what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.cuboids import Source
from avlabel.errors import SceneNotFoundError
from avlabel.render.frame import FramePainter, RenderStyle
from avlabel.report.html import Html, card, html, joined, picture, table, tag
from avlabel.report.subject import Subject

WIDTH_PX = 1280
BEV_HEIGHT_PX = 380


def head(subject: Subject) -> Html:
    """Numbers at a glance, the fullest frame, and facts."""
    return joined([_tiles(subject), _hero(subject), _facts(subject)])


def _tiles(subject: Subject) -> Html:
    scene, labels = subject.scene, subject.labels
    human = int(np.count_nonzero(labels.source == Source.HUMAN))
    numbers = (
        (len(scene.frames), "frames"),
        (len(labels), "boxes"),
        (len(np.unique(labels.track_id)), "tracks"),
        (len(subject.leaves), "classes"),
        (len(scene.cameras), "cameras"),
        (human, "boxes set by people"),
    )
    tiles = (tag("div", tag("b", f"{n:,}"), name, class_="tile") for n, name in numbers)
    return tag("div", *tiles, class_="tiles")


def _hero(subject: Subject) -> Html:
    """The frame with most boxes; nothing where the scene has no sweeps to draw."""
    labels, scene = subject.labels, subject.scene
    if not len(labels):
        return html("")
    numbers, counts = np.unique(labels.frame_idx, return_counts=True)
    fullest = int(numbers[counts.argmax()])
    style = RenderStyle(WIDTH_PX, BEV_HEIGHT_PX, views=("mosaic",))
    try:
        drawn = FramePainter(scene, style, labels=subject.which).paint(fullest).mosaic
    except SceneNotFoundError:
        return html("")
    if drawn is None:
        return html("")
    said = f"The fullest frame, {fullest}: {counts.max()} boxes"
    return card(picture(drawn, said), said, kind="hero")


def _facts(subject: Subject) -> Html:
    return tag("div", table(("", ""), _rows(subject)), class_="facts")


def _rows(subject: Subject) -> Iterator[tuple[str, object]]:
    scene, commit = subject.scene, subject.scene.metadata
    frames = scene.frames
    yield "scene", scene.scene_id
    yield "drive", scene.log_id
    yield from scene.info.log_metadata.items()
    if len(frames):
        span_s = (int(frames.ref_ns[-1]) - int(frames.ref_ns[0])) / 1e9
        yield "frames", f"{frames.frame_idx[0]} to {frames.frame_idx[-1]}, {span_s:.1f} s"
    yield "sensors", ", ".join([*scene.rig.lidars, *scene.rig.cameras])
    yield "commit", f"{scene.number}, made {commit.created} ({commit.generation})"
    yield "versions", f"avlabel {commit.avlabel_version}, format {commit.format_version}"
    yield "configuration", commit.config_hash
    yield "input", commit.input_hash
    yield "labels", edited(subject)


def edited(subject: Subject) -> str:
    """Whose labels they are, and what people did to them."""
    if subject.which == "auto":
        return "as the pipeline made them"
    history, conflicts = subject.history, len(subject.resolved.conflicts)
    if not history.edits:
        return "as the pipeline made them; nobody has edited them"
    people = ", ".join(sorted({edit.author for edit in history.edits}))
    return (
        f"as people left them: {len(history.edits)} edits by {people}, {len(history.active)} hold, "
        f"{conflicts or 'no'} conflict{'' if conflicts == 1 else 's'}"
    )
