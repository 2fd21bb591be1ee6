"""Writing a folder of files: all of it or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avlabel.errors import ExportError, SceneWriteError


@contextmanager
def fresh_folder(out: Path) -> Iterator[Path]:
    """A folder to write into that becomes ``out`` when the block ends well.

    Args:
        out: must be absent, or an empty folder.

    Raises:
        ExportError: if there is something at ``out``.
        SceneWriteError: if the disk refuses.
    """
    out = out.absolute()
    _check_unused(out)
    with _writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    try:
        with _writing(out):
            # Made for its owner alone; what comes of it shall be as other folders are.
            draft.chmod(0o777 & ~_umask())
            yield draft
            _check_unused(out)
            draft.replace(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _check_unused(out: Path) -> None:
    if out.is_dir() and not out.is_symlink():
        if any(out.iterdir()):
            raise ExportError(f"{out}: expected a new or an empty folder, got one with files")
    elif out.exists() or out.is_symlink():
        raise ExportError(f"{out}: expected a folder, got a file or a link")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise SceneWriteError(f"{out}: cannot be written: {reason}") from error
