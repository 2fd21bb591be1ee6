"""Names that become parts of paths, and paths that must stay where they belong."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from avlabel.errors import ConfigError, SceneCorruptError

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}")
SCENE_PREFIX = "scene_id="


def check_name(name: str, what: str) -> str:
    """A scene's or sensor's id, if it can name a file everywhere.

    Raises:
        ConfigError: if it has other characters than letters, digits and ``_.+-``.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"{what} '{name}': expected up to 128 letters, digits or _.+- (not led by . + or -)"
        )
    return name


def contained(relative: str, where: str) -> str:
    """A relative path, if it does not lead out of its folder.

    Raises:
        SceneCorruptError: if it is absolute, empty or goes up.
    """
    parts = PurePosixPath(relative).parts
    if not parts or relative.startswith("/") or ".." in parts or "\\" in relative:
        raise SceneCorruptError(f"{where}: path '{relative}' leads out of its folder")
    return relative


def check_no_escape(folder: str, relative: str, where: str) -> None:
    """Refuse a local file that symbolic links lead out of its folder.

    Raises:
        SceneCorruptError: if they do.
    """
    if not Path(folder, relative).resolve().is_relative_to(Path(folder).resolve()):
        raise SceneCorruptError(f"{where}: path '{relative}' leads out of its folder")
