"""Edits of other people and other windows, as they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from avlabel.edits.codec import from_line
from avlabel.edits.fetching import fetch
from avlabel.edits.folder import Folder
from avlabel.edits.model import Edit
from avlabel.edits.reading import is_log
from avlabel.errors import SceneCorruptError, SceneError, SceneVersionError


@dataclass(frozen=True, slots=True)
class Arrived:
    """What has been written since one looked last.

    Attributes:
        edits: in order of time.
        problems: logs that cannot be read on. One that is no log is named once, one that could
            not be got every time.
    """

    edits: tuple[Edit, ...] = ()
    problems: tuple[SceneError, ...] = ()


class EditFollower:
    """Reads what is added to a folder of logs; what was read before is not read again.

    A line without its end is left for later: its writer may be at it.

    Args:
        folder: ``<scene>/edits``.
        skip: beginning of the names that are not followed, such as one's own sitting.
    """

    def __init__(self, folder: Folder, skip: str) -> None:
        self._folder, self._skip = folder, skip
        self._sizes: dict[str, int] = {}
        self._read: dict[str, int] = {}
        self._known: dict[str, Edit] = {}

    def __call__(self) -> Arrived:
        """Look: names and sizes first, then only into what has grown.

        Raises:
            SceneError: if the folder cannot be listed.
        """
        edits: list[Edit] = []
        problems: list[SceneError] = []
        for name, content in fetch(self._folder, self._grown()):
            try:
                # What a log holds up to a line that is no edit counts.
                edits.extend(self._rest_of(name, content))
            except SceneError as error:
                problems.append(error)
        return Arrived(tuple(sorted(edits, key=lambda edit: edit.order)), tuple(problems))

    def _grown(self) -> list[tuple[str, int]]:
        """Logs with something new in them, and their sizes."""
        sizes = {
            name: size
            for name, size in sorted(self._folder.sizes().items())
            if is_log(name) and not name.startswith(self._skip)
        }
        grown = [log for log in sizes.items() if self._sizes.get(log[0]) != log[1]]
        self._sizes = sizes
        return grown

    def _rest_of(self, name: str, content: BytesIO | SceneError) -> Iterator[Edit]:
        if isinstance(content, SceneError):
            # A network may fail once: look at it again.
            del self._sizes[name]
            raise content
        where = self._folder.path(name)
        for line in self._new_lines(name, content):
            place = f"{where}: byte {self._read.get(name, 0)}"
            try:
                edit = from_line(line)
            except SceneVersionError as error:
                raise SceneVersionError(f"{place}: {error}") from error
            except ValueError as error:
                if not line.endswith(b"\n"):
                    return
                raise SceneCorruptError(f"{place}: {error}") from error
            self._read[name] = self._read.get(name, 0) + len(line)
            if self._known.setdefault(edit.edit_id, edit) != edit:
                raise SceneCorruptError(f"{where}: a second, other edit '{edit.edit_id}'")
            yield edit

    def _new_lines(self, name: str, content: BytesIO) -> list[bytes]:
        content.seek(self._read.get(name, 0))
        lines = content.readlines()
        if lines and lines[0] == b"\n":
            # The end of a line that was whole but for it.
            self._read[name] += 1
            return lines[1:]
        return lines
