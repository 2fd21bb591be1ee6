"""Formats whose logs do harm to the process that reads them; else they are native drives.

Each drive's folder may hold ``rogue.json`` with ``folder``: where marks are left and looked for.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from avlabel.core.log import Log
from avlabel.readers import native
from avlabel.readers.options import ReaderOptions
from avlabel.scenes import writer


def killer(path: Path, options: ReaderOptions) -> Log:
    """Kills the process at the second sweep, every time."""
    return at_sweep(path, options, 1, kill)


def killed_once(path: Path, options: ReaderOptions) -> Log:
    """Kills the first process that reads the second sweep."""

    def once() -> None:
        if leave(marks(path) / "killed"):
            kill()

    return at_sweep(path, options, 1, once)


def hungry(path: Path, options: ReaderOptions) -> Log:
    """Takes memory until it is stopped."""

    def eat() -> None:
        held = []
        while True:
            held.append(os.urandom(1 << 24))

    return at_sweep(path, options, 1, eat)


def waiting(path: Path, options: ReaderOptions) -> Log:
    """Says that it has begun, and waits for ``go``."""
    return at_sweep(path, options, 1, lambda: rendezvous(path, "begun"))


def before_commit(path: Path, options: ReaderOptions) -> Log:
    """Says that all data is written, and waits for ``go`` before the commit."""
    publish = writer.publish

    def later(*arguments: Any) -> Any:
        rendezvous(path, "written")
        return publish(*arguments)

    writer.publish = later
    return native.open_log(path, options)


def at_sweep(path: Path, options: ReaderOptions, number: int, act: Callable[[], None]) -> Log:
    log = native.open_log(path, options)

    def load(index: int) -> Any:
        if index == number:
            act()
        return log.read_sweep(index)

    return replace(log, load_sweep=load)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def rendezvous(path: Path, said: str) -> None:
    folder = marks(path)
    leave(folder / f"{said}-{os.getpid()}")
    while not (folder / "go").exists():
        time.sleep(0.02)


def leave(mark: Path) -> bool:
    """Leave a mark; whether this process was the first."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def marks(path: Path) -> Path:
    return Path(json.loads((path / "rogue.json").read_text())["folder"])
