"""What others did to a scene meanwhile: their edits, and labels made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from avlabel.edits.model import Edit, boxes_of
from avlabel.errors import SceneError
from avlabel.scenes.commits import newest_number
from avlabel_viewer.session.label_book import LabelBook

NAMED = 3
"""So many actions are named, more are counted."""


@dataclass(frozen=True, slots=True)
class News:
    """What a look at a scene's folder showed.

    Attributes:
        edits: of others, or of the same person elsewhere, not laid on yet.
        commit: number of the newest commit.
        problems: what could not be read, in words.
    """

    edits: tuple[Edit, ...]
    commit: int
    problems: tuple[str, ...] = ()


def look(book: LabelBook) -> News:
    """Look at names and sizes in the scene's folder, and read what has been added."""
    try:
        arrived = book.look()
        commit = newest_number(book.scene.store)
    except (SceneError, OSError) as error:
        return News((), book.scene.number, (str(error),))
    return News(arrived.edits, commit, tuple(map(str, arrived.problems)))


def told(edits: Sequence[Edit], me: str) -> str:
    """Who did what: ``bob: move (frame 12); you, elsewhere: 7 edits``."""
    by_author: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_author[edit.author].append(edit)
    return "; ".join(
        f"{'you, elsewhere' if author == me else author}: {_what(mine)}"
        for author, mine in by_author.items()
    )


def _what(edits: Sequence[Edit]) -> str:
    if len(edits) > NAMED:
        return f"{len(edits)} edits"
    return ", ".join(edit.name + where(edit) for edit in edits)


def where(edit: Edit) -> str:
    """The frames that an edit is about, to end a sentence with; "" for none."""
    frames = {box.frame_idx for box in boxes_of(edit.change)}
    if not frames:
        return ""
    first, last = min(frames), max(frames)
    return f" (frame {first})" if first == last else f" (frames {first} to {last})"
