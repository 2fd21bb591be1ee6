"""Scenes made to do harm end in one of our errors, in bounded memory and time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import scene_samples as samples
from hostile_scenes import ATTACKS, Change, mutate, sign, wrong_types

READER = Path(__file__).with_name("attacked_reader.py")
LIMIT_MB = 400
"""More than a process holds anyway; the attacks are after tens of GB."""
LIMIT_S = 60
UNSIGNED = ("commit-", "endless-commit", "sparse", "pipe")
HARMLESS = {"values-huge", "values-huge-small", "uncompressed-small", "groups-many"}
"""Claims that no reader believes."""

Outcomes = dict[str, tuple[str, float, float]]


@pytest.fixture
def attack(tmp_path: Path) -> Callable[[dict[str, Change]], Outcomes]:
    """Makes scenes and lets a process read all of each."""
    folder = tmp_path / "scenes"
    recording = tmp_path / "recording"
    (recording / "camera").mkdir(parents=True)
    (recording / "camera" / "7.png").write_bytes(samples.png_bytes())
    sound = samples.write_sample(folder, "sound", source=recording)

    def run(changes: dict[str, Change]) -> Outcomes:
        made = [str(sound)]
        for name, change in changes.items():
            scene = folder / name
            shutil.copytree(sound, scene)
            change(scene)
            if not name.startswith(UNSIGNED):
                sign(scene)
            made.append(str(scene))
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(READER), *made], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"died: {done.returncode} {done.stderr[-500:]}"
        outcomes: Outcomes = json.loads(done.stdout)
        assert outcomes.pop("scene_id=sound")[0] == "read"
        assert outcomes.keys() == changes.keys()
        return outcomes

    return run


def bad(outcomes: Outcomes) -> dict[str, tuple[str, float, float]]:
    return {
        name: (outcome, mb, seconds)
        for name, (outcome, mb, seconds) in outcomes.items()
        if "UNEXPECTED" in outcome or mb > LIMIT_MB or seconds > LIMIT_S
    }


def test_attacks(attack: Callable[[dict[str, Change]], Outcomes]) -> None:
    outcomes = attack(ATTACKS)
    assert bad(outcomes) == {}
    assert {name for name, (outcome, _, _) in outcomes.items() if outcome == "read"} == HARMLESS


def test_columns_of_other_types_and_without_values(
    attack: Callable[[dict[str, Change]], Outcomes],
) -> None:
    outcomes = attack(wrong_types())
    assert bad(outcomes) == {}
    assert len(outcomes) > 50
    read = {name for name, (outcome, _, _) in outcomes.items() if outcome == "read"}
    # Tables may have no rows, and what no reader needs may be left out.
    assert {name.partition("-")[0] for name in read} <= {"empty", "gone", "null"}
    assert not [name for name in read if name.startswith("null") and "sensors" not in name]


def test_bytes_changed_at_random(attack: Callable[[dict[str, Change]], Outcomes]) -> None:
    changes = {f"seed-{k}": lambda scene, k=k: mutate(scene, k) for k in range(60)}
    outcomes = attack(changes)
    assert bad(outcomes) == {}
    assert sum(outcome != "read" for outcome, _, _ in outcomes.values()) > 30
