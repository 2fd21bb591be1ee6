"""Readers by the name of their format.

A reader is a function ``open_log(path: Path, options: ReaderOptions) -> Log`` that a package
announces as an entry point in the group ``avlabel.readers``; its name is the format's.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from avlabel.core.log import Log
from avlabel.errors import FormatError, ReadError
from avlabel.readers.known_rigs import find_rig
from avlabel.readers.options import ReaderOptions
from avlabel.readers.rerigged import with_rig
from avlabel.readers.rig_toml import load_rig_file

GROUP = "avlabel.readers"

Opener = Callable[[Path, ReaderOptions], Log]


def format_names() -> list[str]:
    """Formats that can be read, in alphabetical order."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def open_log(
    path: Path | str,
    format: str,  # noqa: A002 - the word that users know it by
    *,
    sequence: str | None = None,
    lidar: str | None = None,
    rig: Path | str | None = None,
) -> Log:
    """Open a recording: indexes, rig and poses are read, points and images are not yet.

    Args:
        path: a file or folder, as the format has it.
        format: name of the format, such as ``pandaset``.
        sequence: which sequence of a folder that holds several.
        lidar: which LiDAR; the recording's main one if None.
        rig: a rig's TOML file, or the name of a known rig, in place of the recording's own.

    Raises:
        FormatError: if no reader has that format.
        InputError: if the recording or the rig cannot be read, or do not fit.
    """
    opener = _opener(format)
    path = Path(path)
    if not path.exists():
        raise ReadError(f"{path}: no such file or folder")
    log = opener(path, ReaderOptions(sequence, lidar))
    if rig is None:
        return log
    file = load_rig_file(find_rig(str(rig)))
    return with_rig(log, file.rig, file.name or str(rig))


def _opener(format_name: str) -> Opener:
    for entry in entry_points(group=GROUP, name=format_name):
        opener: Opener = entry.load()
        return opener
    names = format_names()
    near = difflib.get_close_matches(format_name.lower(), names, n=1, cutoff=0.5)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise FormatError(f"format '{format_name}': expected one of {', '.join(names)}{hint}")
