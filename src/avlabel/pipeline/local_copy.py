"""Copies of recordings from object stores on the local disk, where readers can read them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from avlabel.errors import ReadError, SceneError
from avlabel.pipeline.copy_folder import CopyFolder
from avlabel.scenes.files import FileState
from avlabel.scenes.paths import contained
from avlabel.scenes.store import Store, reason

AT_ONCE = 4
"""Files fetched at the same time."""
WHOLE_BYTES = 16 << 20
"""Larger files are fetched in pieces of this size."""
MARGIN_BYTES = 256 << 20
"""What a copy leaves free on the disk."""


def is_remote(uri: str | Path) -> bool:
    """Whether something has to be fetched before readers can read it."""
    return "://" in str(uri) and not str(uri).startswith("file://")


@contextmanager
def local_copy(
    uri: str | Path, *, sequence: str | None = None, cache: Path | None = None
) -> Iterator[Path]:
    """A recording as a local path, for as long as the block lasts.

    Args:
        uri: a path, which is given back as it is; or a URI such as ``s3://bucket/drives/one``,
            a folder or a single file, which is fetched whole. The copy has the original's name.
        sequence: leave out what belongs to other sequences of the recording.
        cache: folder for copies, shared by processes, kept until somebody removes it or its
            disk runs out of room; by default a folder for temporary files, from which a copy is
            removed when its last user is done. What killed processes left goes at the next call.

    Raises:
        ReadError: if there is nothing, it does not fit the disk, or its names cannot be files.
    """
    if not is_remote(uri):
        yield Path(Store.at(uri).base) if "://" in str(uri) else Path(uri)
        return
    source = Store.at(uri)
    files = _files(source, sequence)
    folder = CopyFolder(cache or _temporary(), keep=cache is not None)
    name = PurePosixPath(source.base).name or "recording"
    room = sum(file.size for file in files.values()) + MARGIN_BYTES
    facts = (source.base, sorted(files.items()))
    state = hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
    with folder.entry(state, room, lambda place: _fetch(source, files, place / name)) as place:
        yield place / name


def _files(source: Store, sequence: str | None) -> Mapping[str, FileState]:
    """What is to be fetched, by path; the path "" means that the recording is a single file."""
    try:
        found = source.tree()
        for path in filter(None, found):
            contained(path, source.path())
    except SceneError as error:
        raise ReadError(str(error)) from error
    if not found:
        raise ReadError(f"{source.path()}: no such recording")
    return {path: file for path, file in found.items() if _is_wanted(path, sequence)}


def _is_wanted(path: str, sequence: str | None) -> bool:
    """Whether a file belongs to a sequence, or to no sequence.

    Formats that know sequences name a folder or a file by each, and keep what is common to all
    at the top.
    """
    parts = PurePosixPath(path).parts
    return sequence is None or len(parts) <= 1 or sequence in {p.partition(".")[0] for p in parts}


def _fetch(source: Store, files: Mapping[str, FileState], target: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [
            pool.submit(_fetch_file, source, path, file.size, target / path if path else target)
            for path, file in files.items()
        ]
        try:
            for job in jobs:
                job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _fetch_file(source: Store, path: str, size: int, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            if size <= WHOLE_BYTES:
                out.write(source.read(path))
            else:
                with source.open(path, size) as stream:
                    while piece := stream.read(WHOLE_BYTES):
                        out.write(piece)
            got = out.tell()
    except OSError as error:
        raise ReadError(f"{source.path(path)}: cannot be fetched: {reason(error)}") from error
    if got != size:
        raise ReadError(f"{source.path(path)}: expected {size} bytes, got {got}: it has changed")


def _temporary() -> Path:
    """A folder of this user's alone: others must not be able to plant recordings in it."""
    folder = Path(tempfile.gettempdir()) / f"avlabel-copies-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if folder.is_symlink() or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise ReadError(f"{folder}: expected a folder of this user alone, for temporary copies")
    return folder
