"""A process that opens scenes made to do harm, and says what became of each.

Arguments: folders, one an attack. Prints one JSON object: by name of the folder, the outcome, the
memory that the attack took at its peak, MB, and the seconds.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import avlabel
from avlabel.errors import AvlabelError
from avlabel.scenes.scene import Scene

LIMIT_BYTES = 6 << 30
"""Of address space: beyond, allocation fails rather than the machine."""


def everything(scene: Scene) -> list[Callable[[], Any]]:
    tables = [lambda name=name: scene.table(name) for name in scene.table_names]
    return [
        *tables,
        lambda: scene.info,
        lambda: scene.rig,
        lambda: scene.trajectory,
        lambda: scene.frames,
        lambda: scene.lidars,
        lambda: scene.cameras,
        scene.cuboids,
        scene.detections,
        scene.tracks,
        scene.projections,
        scene.findings,
        lambda: scene.sweep(7),
        lambda: scene.sweep(9),
        lambda: scene.image(7, "front"),
        scene.verify,
    ]


def attempt(folder: Path) -> str:
    """What the scene's worst part did: "read" or the kinds of error."""
    errors = set()
    try:
        parts = everything(avlabel.open_scene(folder))
    except Exception as error:
        return described(error)
    for part in parts:
        try:
            part()
        except Exception as error:
            errors.add(described(error))
    unknown = [error for error in errors if error.startswith("UNEXPECTED")]
    return "; ".join(sorted(unknown or errors)) or "read"


def described(error: Exception) -> str:
    kind = type(error).__name__
    if isinstance(error, AvlabelError):
        return kind
    return f"UNEXPECTED {kind}: {error}"


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e3


def main(folders: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    results = {}
    for folder in folders:
        Path("/proc/self/clear_refs").write_text("5")  # Forget the peak.
        before, start = peak_mb(), time.perf_counter()
        outcome = attempt(Path(folder))
        seconds = time.perf_counter() - start
        results[Path(folder).name] = (outcome, peak_mb() - before, seconds)
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1:])
