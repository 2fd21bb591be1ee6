"""Getting the bytes of edit logs, many at once where each has to be asked for over a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from avlabel.edits.folder import Folder
from avlabel.edits.log import MAX_FILE_BYTES
from avlabel.errors import SceneCorruptError

MAX_READ_BYTES = 2 * MAX_FILE_BYTES
AT_ONCE = 16
"""In a bucket every edit is an object of its own, and each takes its time to answer."""


def fetch(
    folder: Folder, logs: Sequence[tuple[str, int]]
) -> Iterator[tuple[str, BytesIO | SceneCorruptError]]:
    """Names and contents of logs, in the order given.

    Args:
        folder: that holds them.
        logs: name and size of each.

    Yields:
        A log's name and its bytes, or why they cannot be had.
    """
    if folder.is_local:
        yield from ((name, _content(folder, name, size)) for name, size in logs)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # Not all at once: they are held in memory.
        for first in range(0, len(logs), AT_ONCE):
            batch = logs[first : first + AT_ONCE]
            contents = pool.map(lambda log: _content(folder, *log), batch)
            yield from zip((name for name, _ in batch), contents, strict=True)


def _content(folder: Folder, name: str, size: int) -> BytesIO | SceneCorruptError:
    where = folder.path(name)
    if size > MAX_READ_BYTES:
        return SceneCorruptError(
            f"{where}: expected a log of at most {MAX_READ_BYTES:,} bytes, got {size:,}"
        )
    try:
        return BytesIO(folder.read(name))
    except OSError as error:
        return SceneCorruptError(f"{where}: cannot be read: {error}")
