"""Reading every edit log of a scene."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from avlabel.edits.codec import MAX_LINE_BYTES, from_line
from avlabel.edits.fetching import fetch
from avlabel.edits.folder import Folder
from avlabel.edits.log import SUFFIX
from avlabel.edits.model import Edit, Redo, Undo
from avlabel.errors import SceneCorruptError, SceneVersionError

TAKES_BACK = (Undo, Redo)


@dataclass(frozen=True, slots=True)
class Torn:
    """A last line that was never finished: its writer was killed, or is just writing it.

    Attributes:
        where: file.
        line: its number, from 1.
        n_bytes: how much of it is there.
    """

    where: str
    line: int
    n_bytes: int

    def __str__(self) -> str:
        return f"{self.where}: line {self.line} was never finished ({self.n_bytes} bytes)"


@dataclass(frozen=True, slots=True)
class EditHistory:
    """All that was done to a scene, by everybody.

    Attributes:
        edits: in order of time.
        torn: what was begun and never finished.
    """

    edits: tuple[Edit, ...] = ()
    torn: tuple[Torn, ...] = ()

    @property
    def active(self) -> tuple[Edit, ...]:
        """The edits that hold, see ``active_edits``."""
        return active_edits(self.edits)


def read_edits(folder: Folder) -> EditHistory:
    """Read the logs in a folder; none if there is no such folder.

    A torn last line is reported and costs only itself.

    Raises:
        SceneCorruptError: for anything else that is no edit, naming file and line.
        SceneVersionError: if a later major version wrote one.
    """
    edits: dict[str, Edit] = {}
    torn: list[Torn] = []
    logs = [log for log in sorted(folder.sizes().items()) if is_log(log[0])]
    for name, content in fetch(folder, logs):
        if isinstance(content, SceneCorruptError):
            raise content
        where = folder.path(name)
        for edit in _read_log(where, content, torn):
            if edits.setdefault(edit.edit_id, edit) != edit:
                raise SceneCorruptError(f"{where}: a second, other edit '{edit.edit_id}'")
    return EditHistory(tuple(sorted(edits.values(), key=lambda edit: edit.order)), tuple(torn))


def is_log(name: str) -> bool:
    """Whether a file of the folder is a log; drafts of files being created begin with a dot."""
    return name.endswith(SUFFIX) and not name.startswith(".") and "/" not in name


def active_edits(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Those that change something: neither undone nor an undo themselves.

    Args:
        edits: in order of time; of an edit's undos and redos the last one holds.
    """
    undone = _undone(edits)
    return tuple(
        edit
        for edit in edits
        if not isinstance(edit.change, TAKES_BACK) and edit.edit_id not in undone
    )


def next_undo(edits: Sequence[Edit], author: str) -> Edit | None:
    """The author's latest edit that holds; None if there is none."""
    undone = _undone(edits)
    own = (edit for edit in reversed(edits) if edit.author == author)
    holding = (
        edit
        for edit in own
        if not isinstance(edit.change, TAKES_BACK) and edit.edit_id not in undone
    )
    return next(holding, None)


def next_redo(edits: Sequence[Edit], author: str) -> Edit | None:
    """The edit that the author undid last, unless he has done something since."""
    stack: list[str] = []
    for edit in edits:
        if edit.author != author:
            continue
        if isinstance(edit.change, Undo):
            stack.append(edit.change.of)
        elif isinstance(edit.change, Redo):
            stack = [of for of in stack if of != edit.change.of]
        else:
            stack.clear()
    last = stack[-1] if stack else ""
    return next((edit for edit in reversed(edits) if edit.edit_id == last), None)


def _undone(edits: Iterable[Edit]) -> set[str]:
    """Ids of edits that are taken back."""
    last: dict[str, type] = {}
    for edit in edits:
        change = edit.change
        if isinstance(change, TAKES_BACK):
            last[change.of] = type(change)
    return {of for of, kind in last.items() if kind is Undo}


def _read_log(where: str, content: BytesIO, torn: list[Torn]) -> Iterator[Edit]:
    for number, line, is_whole in _lines(content):
        try:
            yield from_line(line)
        except SceneVersionError as error:
            raise SceneVersionError(f"{where}: line {number}: {error}") from error
        except ValueError as error:
            if is_whole:
                raise SceneCorruptError(f"{where}: line {number}: {error}") from error
            torn.append(Torn(where, number, len(line)))


def _lines(content: BytesIO) -> Iterator[tuple[int, bytes, bool]]:
    """Number, bytes and whether it was ended, of each line; a line too long comes in pieces."""
    number = 0
    while line := content.readline(MAX_LINE_BYTES + 1):
        number += 1
        yield number, line, line.endswith(b"\n") or len(line) > MAX_LINE_BYTES
