"""Whether a recording's files have changed, as far as can be told without reading them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from avlabel.errors import ReadError, SceneError
from avlabel.scenes.store import Store


def input_stamp(recording: str | Path, *facts: object) -> str:
    """Hex SHA-256 of the names, sizes and times of change of all files of a recording.

    What rewrites a file in place, at the same size, and sets back its time goes unnoticed.

    Args:
        recording: a file or folder, or a URI of one.
        facts: further things that decide what is read: format, sequence, frames.

    Raises:
        ReadError: if it is not there or cannot be listed.
    """
    try:
        files = sorted(Store.at(recording).tree().items())
    except SceneError as error:
        raise ReadError(f"{recording}: no such recording: {error}") from error
    if not files:
        raise ReadError(f"{recording}: no such recording, or nothing in it")
    return hashlib.sha256(repr((facts, files)).encode()).hexdigest()
