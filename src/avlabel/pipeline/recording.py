"""Opening a recording wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avlabel.core.log import Log
from avlabel.pipeline.fetched_log import FetchedLog, speaking_of
from avlabel.pipeline.local_copy import is_remote, local_copy
from avlabel.readers.registry import open_log

NEEDS_FOLDER_ABOVE = {"kitti-raw"}
"""Formats whose recordings need files beside their own folder."""
TOLD_BY_TABLES = {"nuscenes"}
"""Formats whose sequences share folders: which file is whose is known once all has been fetched."""


@contextmanager
def recording(
    uri: str | Path,
    format: str,  # noqa: A002 - the word that users know it by
    *,
    sequence: str | None = None,
    lidar: str | None = None,
    rig: Path | str | None = None,
    cache: Path | None = None,
) -> Iterator[Log]:
    """A recording, open for as long as the block lasts.

    Args:
        uri: a path; or a URI such as ``s3://bucket/drives/one``, which is fetched to the local
            disk first, see ``local_copy``.
        format: name of the format, such as ``pandaset``.
        sequence: which sequence of a folder that holds several.
        lidar: which LiDAR; the recording's main one if None.
        rig: a rig's TOML file, or the name of a known rig, in place of the recording's own.
        cache: folder that keeps what was fetched, shared by processes.

    Raises:
        FormatError: if no reader has that format.
        InputError: if the recording cannot be read; the message names the URI.
    """
    if not is_remote(uri):
        with local_copy(uri) as path:
            yield open_log(path, format, sequence=sequence, lidar=lidar, rig=rig)
        return
    whole = str(uri).rstrip("/")
    if format in NEEDS_FOLDER_ABOVE and sequence is None:
        whole, _, sequence = whole.rpartition("/")
    only = None if format in TOLD_BY_TABLES else sequence
    with local_copy(whole, sequence=only, cache=cache) as copy:
        with speaking_of(whole, copy):
            log = open_log(copy, format, sequence=sequence, lidar=lidar, rig=rig)
        yield FetchedLog(log, copy, whole)
