"""Waiting for what runs do, and looking at what they leave."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from avlabel.scenes.scene import open_scene

PATIENCE_S = 120


def wait_for(there: Callable[[], Any]) -> Any:
    """What ``there`` gives, once it gives something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := there()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def commits(root: Path) -> dict[str, int]:
    """Number of commits by scene, each of them whole."""
    found = {}
    for folder in sorted(root.glob("scene_id=*")):
        numbers = list(folder.glob("_commits/*.json"))
        if numbers:
            assert open_scene(folder).verify() > 0
            found[folder.name.removeprefix("scene_id=")] = len(numbers)
    return found


def outcomes(process: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Outcomes that a run with ``--json`` printed, by the folder of the log."""
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    return {Path(line["log"]["uri"]).name: line for line in lines if line["event"] == "outcome"}
