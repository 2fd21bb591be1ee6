"""The first frames of the sample drive, as drives of their own."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path


def shorten(sample: Path, drive: Path, frames: int, log_id: str | None = None) -> Path:
    """Copy the first frames of a native drive to a new folder and return it."""
    drive.mkdir(parents=True)
    for name in ("log.toml", "rig.toml", "poses.csv"):
        shutil.copy(sample / name, drive / name)
    for name, column in (
        ("sweeps.csv", "frame_idx"),
        ("images.csv", None),
        ("labels.csv", "frame_idx"),
    ):
        rows = list(csv.DictReader((sample / name).read_text().splitlines()))
        kept = [row for row in rows if _number(row, column) < frames]
        with (drive / name).open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys())
            writer.writeheader()
            writer.writerows(kept)
        for row in kept:
            if "file" in row:
                (drive / row["file"]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(sample / row["file"], drive / row["file"])
    if log_id is not None:
        rename(drive, log_id)
    return drive


def rename(drive: Path, log_id: str) -> None:
    """Give a drive another id."""
    lines = (drive / "log.toml").read_text().splitlines()
    named = [f'log_id = "{log_id}"' if line.startswith("log_id") else line for line in lines]
    (drive / "log.toml").write_text("\n".join(named) + "\n")


def _number(row: dict[str, str], column: str | None) -> int:
    return int(row[column] if column else Path(row["file"]).stem)
