"""What was written into a folder, so that writing there again leaves nothing of it behind."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TextIO

LEDGER = "rendered.txt"
SUFFIXES = frozenset({".jpg", ".png", ".mp4", ".webp"})
"""Of what may be removed; anything else in a ledger was not written by it."""


class Ledger:
    """Opens a folder for new pictures; those that the folder's ledger names are removed first.

    The ledger is a text file, one path a line, relative to the folder, each written before its
    picture: also what a killed rendering left is found. All else in the folder stays.

    Attributes:
        files: written so far, in order.

    Args:
        folder: made if absent.

    Raises:
        OSError: if the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: list[Path] = []
        folder.mkdir(parents=True, exist_ok=True)
        _remove_named(folder)
        self._file: TextIO = (folder / LEDGER).open("w", encoding="utf-8")

    def add(self, relative: str) -> Path:
        """Path of a new picture; its folder is there afterwards.

        Raises:
            OSError: if the folder cannot be made or written.
        """
        path = self._folder / relative
        self._file.write(f"{relative}\n")
        self._file.flush()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files.append(path)
        return path

    def __enter__(self) -> Ledger:
        """For a ``with`` block, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self._file.close()


def _remove_named(folder: Path) -> None:
    ledger = folder / LEDGER
    if not ledger.is_file():
        return
    root = folder.resolve()
    for line in ledger.read_text(encoding="utf-8", errors="replace").splitlines():
        path = root / line
        # A ledger is a file that anyone may have edited: it reaches no further than its folder.
        inside = path.resolve().is_relative_to(root)
        if inside and path.suffix in SUFFIXES and path.is_file():
            path.unlink()
            _remove_empty(path.parent, root)


def _remove_empty(folder: Path, root: Path) -> None:
    """A folder and those around it, up to the root, as far as they are empty."""
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
