"""Formats by name.

An ``Exporter`` or ``Importer`` is announced by a package as an entry point in the group
``avlabel.exporters`` or ``avlabel.importers``; its name is the format's.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeVar

from avlabel.errors import FormatError
from avlabel.exchange.account import FIELDS
from avlabel.exchange.incoming import Incoming, Target
from avlabel.exchange.job import ExportJob

EXPORTERS, IMPORTERS = "avlabel.exporters", "avlabel.importers"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exporter:
    """How labels go out.

    Attributes:
        write: writes a job into an empty folder.
        carries: names of ``account.FIELDS`` that the format keeps.
        classes: its usual class names by leaf of the default taxonomy; a leaf's own otherwise.
        one_word: whether class names must be without blanks.
    """

    write: Callable[[ExportJob, Path], None]
    carries: frozenset[str] = frozenset(FIELDS)
    classes: Mapping[str, str] = field(default_factory=dict)
    one_word: bool = False


@dataclass(frozen=True, slots=True)
class Importer:
    """How labels come in.

    Attributes:
        read: reads the labels of a file or folder that concern a scene.
        classes: leaf by the format's usual class names; a leaf's own name stands for itself.
        called: usual class name by leaf, where the format calls several leaves the same.
        has_tilt: whether the format tells rotations other than about the vertical.
        has_tracks: whether it tells which boxes are one object.
    """

    read: Callable[[Path, Target], Incoming]
    classes: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    has_tilt: bool = False
    has_tracks: bool = True


def export_formats() -> list[str]:
    """Formats that can be written, in alphabetical order."""
    return sorted(entry_points(group=EXPORTERS).names)


def import_formats() -> list[str]:
    """Formats whose labels can be read, in alphabetical order."""
    return sorted(entry_points(group=IMPORTERS).names)


def exporter(format_name: str) -> Exporter:
    """The exporter of a format.

    Raises:
        FormatError: if nobody announces it.
    """
    return _load(EXPORTERS, format_name, Exporter)


def importer(format_name: str) -> Importer:
    """The importer of a format.

    Raises:
        FormatError: if nobody announces it.
    """
    return _load(IMPORTERS, format_name, Importer)


def _load(group: str, name: str, kind: type[T]) -> T:
    for entry in entry_points(group=group, name=name):
        found = entry.load()
        if not isinstance(found, kind):
            raise FormatError(f"format '{name}': {entry.value} is no {kind.__name__}")
        return found
    names = sorted(entry_points(group=group).names)
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise FormatError(f"format '{name}': expected one of {', '.join(names)}{hint}")
