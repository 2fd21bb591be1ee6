"""Rigs by name, beside rigs in files.

A package announces a function that gives its rigs, a file by each name, as an entry point in the
group ``avlabel.rigs``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path

from avlabel.errors import ReadError

GROUP = "avlabel.rigs"


def known_rigs() -> dict[str, Path]:
    """Files of all rigs that installed packages bring, by name."""
    found: dict[str, Path] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        files: Callable[[], Mapping[str, Path]] = entry.load()
        found.update(files())
    return found


def find_rig(name: str) -> Path:
    """File of a rig, given as a path or by its name.

    Raises:
        ReadError: if there is neither; the nearest name is proposed.
    """
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        return path
    known = known_rigs()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise ReadError(
        f"rig '{name}': expected a .toml file or one of {', '.join(known) or 'none'}{hint}"
    )
