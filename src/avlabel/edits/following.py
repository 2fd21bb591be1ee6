"""Edits of other people and other windows, as they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from avlabel.edits.codec import from_line
from avlabel.edits.folder import Folder
from avlabel.edits.model import Edit
from avlabel.edits.reading import MAX_READ_BYTES, is_log
from avlabel.errors import SceneCorruptError, SceneError, SceneVersionError


@dataclass(frozen=True, slots=True)
class Arrived:
    """What has been written since one looked last.

    Attributes:
        edits: in order of time.
        problems: logs that cannot be read on, each said once.
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
        for name, size in sorted(self._folder.sizes().items()):
            if not is_log(name) or name.startswith(self._skip) or self._sizes.get(name) == size:
                continue
            self._sizes[name] = size
            try:
                edits.extend(self._rest_of(name, size))
            except SceneError as error:
                problems.append(error)
        return Arrived(tuple(sorted(edits, key=lambda edit: edit.order)), tuple(problems))

    def _rest_of(self, name: str, size: int) -> Iterator[Edit]:
        where = self._folder.path(name)
        for line in self._new_lines(where, name, size):
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

    def _new_lines(self, where: str, name: str, size: int) -> list[bytes]:
        if size > MAX_READ_BYTES:
            raise SceneCorruptError(
                f"{where}: expected a log of at most {MAX_READ_BYTES:,} bytes, got {size:,}"
            )
        try:
            content = BytesIO(self._folder.read(name))
        except OSError as error:
            raise SceneCorruptError(f"{where}: cannot be read: {error}") from error
        content.seek(self._read.get(name, 0))
        lines = content.readlines()
        if lines and lines[0] == b"\n":
            # The end of a line that was whole but for it.
            self._read[name] += 1
            return lines[1:]
        return lines
