"""Where a person was in a scene, kept from one start of the application to the next."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cattrs

from avlabel.edits.model import AUTO_KEY, NEW_KEY
from avlabel_viewer.session.display import Display
from avlabel_viewer.session.folders import state_folder
from avlabel_viewer.session.reach import Reach

MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Bookmark:
    """What is worth finding again; labels and edits are in the scene itself.

    Attributes:
        frame_idx: current frame.
        key: of the selected object, "" for none.
        commit: whose labels were shown.
        place: centre of the selected box, x, y, z metres in the recording's world; () for none.
            It finds the object again on other labels.
        item: id of the queue's current item, "" for none.
        dismissed: ids of queue items that the person called no trouble, sorted.
        reach: settings of edits.
        display: how things are shown.
    """

    frame_idx: int
    key: str = ""
    commit: int = 0
    place: tuple[float, ...] = ()
    item: str = ""
    dismissed: tuple[str, ...] = ()
    reach: Reach = field(default_factory=Reach)
    display: Display = field(default_factory=Display)

    def __post_init__(self) -> None:
        if self.key and not (AUTO_KEY.fullmatch(self.key) or NEW_KEY.fullmatch(self.key)):
            raise ValueError(f"key: expected a track such as 3:12, got {self.key[:40]!r}")


class BookmarkFile:
    """The file of one person and scene.

    Args:
        scene_path: the scene's folder or URI.
        author: who.
        folder: where such files lie; the user's state folder if not given.
    """

    def __init__(self, scene_path: str, author: str, folder: Path | None = None) -> None:
        if "://" not in scene_path:
            scene_path = os.path.realpath(scene_path)
        self._of = {"scene": scene_path, "author": author}
        name = hashlib.sha256(f"{scene_path}\n{author}".encode()).hexdigest()[:24]
        self.path = (folder or state_folder()) / f"{name}.json"
        self._written: Bookmark | None = None

    def read(self) -> Bookmark | None:
        """What was kept; None if there is nothing.

        Raises:
            ValueError: if the file cannot be used, in words.
        """
        try:
            if not self.path.exists():
                return None
            facts = json.loads(_text(self.path))
            self._written = cattrs.structure(facts["bookmark"], Bookmark)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, ExceptionGroup) as error:
            raise ValueError(f"{self.path}: not a bookmark: {_first(error)!r}") from error
        return self._written

    def write(self, bookmark: Bookmark) -> None:
        """Keep it if it is new: the old one is replaced whole, or stays.

        What was dismissed in another window of the same person stays dismissed.

        Raises:
            OSError: if the disk refuses.
        """
        if bookmark == self._written:
            return
        kept = replace(bookmark, dismissed=self._dismissed_anywhere(bookmark))
        content = json.dumps({**self._of, "bookmark": asdict(kept)}, indent=1)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            draft.write_text(content, encoding="utf-8")
            draft.replace(self.path)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        self._written = bookmark

    def _dismissed_anywhere(self, bookmark: Bookmark) -> tuple[str, ...]:
        try:
            there = self.read()
        except ValueError:
            there = None
        elsewhere = there.dismissed if there else ()
        return tuple(sorted({*bookmark.dismissed, *elsewhere}))


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES:,} bytes")
    return content.decode()


def _first(error: BaseException) -> BaseException:
    """The first of grouped errors, which says what is wrong."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
