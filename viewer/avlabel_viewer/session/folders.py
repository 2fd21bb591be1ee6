"""Where this system keeps what programs remember of a person, and what they can make again."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

GUIDE_SEEN = "guide-seen"


def state_folder() -> Path:
    """Of bookmarks."""
    return _absolute(platformdirs.user_state_path("avlabel", appauthor=False)) / "review"


def cache_folder() -> Path:
    """Of scenes that can be made again."""
    return _absolute(platformdirs.user_cache_path("avlabel", appauthor=False)) / "review"


def _absolute(folder: Path) -> Path:
    """A user without a home, as in some containers, has ``~`` for one."""
    return folder if folder.is_absolute() else Path(tempfile.gettempdir()) / "avlabel"


def is_first_start() -> bool:
    """Whether this person has never looked at the guide."""
    return not (state_folder() / GUIDE_SEEN).exists()


def note_guide_seen() -> None:
    """Remember that they have, as far as the disk allows."""
    with suppress(OSError):
        state_folder().mkdir(parents=True, exist_ok=True)
        (state_folder() / GUIDE_SEEN).touch()
