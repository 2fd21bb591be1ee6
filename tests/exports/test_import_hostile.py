"""Damaged and hostile label files: a clear error or labels, nothing else."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from export_samples import boxes, write_scene

from avlabel.errors import InputError
from avlabel.exchange.export import REPORT, export_scene
from avlabel.exchange.importing import import_labels
from avlabel.exchange.options import ExportOptions
from avlabel.exchange.registry import import_formats
from avlabel.scenes.scene import Scene

LABELS_ONLY = ExportOptions(points=False, images=False, keep_unseen=True)
ROUNDS, SECONDS = 30, 3.0
"""Of each format, whichever ends first."""
NASTY = (
    *(
        "nan",
        "inf",
        "-1",
        "1e999",
        "1e308",
        "-0",
        "99999999999999999999",
        "9" * 5000,
        "0.5",
        "true",
    ),
    *("null", '""', "[]", "{}", "x", "\\ud800", "é", "\x00", "'", '"', ",", "-9223372036854775808"),
)
WORD = re.compile(rb"[A-Za-z0-9_.+-]+")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One kind of damage: a word replaced, bytes flipped, cut out, doubled or put in."""
    words = list(WORD.finditer(content))
    at = chance.randrange(len(content) + 1)
    span = at + chance.choice((1, 4, 40))
    kind = chance.randrange(6 if words else 5)
    if kind == 0 and content:
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return bytes(flipped)
    if kind == 1:
        return content[:at]
    if kind == 2:
        return content[:at] + content[span:]
    if kind == 3:
        return content[:span] + content[at:]
    if kind == 4 or not words:
        return content[:at] + bytes(chance.randrange(256) for _ in range(4)) + content[at:]
    word = chance.choice(words)
    return content[: word.start()] + chance.choice(NASTY).encode() + content[word.end() :]


@pytest.mark.parametrize("format_name", import_formats())
def test_damage_is_an_error_or_harmless(
    street: Scene, blank: Scene, tmp_path: Path, format_name: str
) -> None:
    out, chance = tmp_path / "out", random.Random(format_name)  # noqa: S311
    export_scene(street, format_name, out, LABELS_ONLY)
    (out / REPORT).unlink()
    files = [file for file in sorted(out.rglob("*")) if file.is_file()]
    start, refused = time.monotonic(), list[str]()
    for _ in range(ROUNDS):
        file = chance.choice(files)
        good = file.read_bytes()
        file.write_bytes(damaged(good, chance))
        try:
            import_labels(blank, out, format_name, dry_run=True)
        except InputError as error:
            refused.append(str(error))
        file.write_bytes(good)
        if time.monotonic() - start > SECONDS:
            break
    assert refused
    for message in refused:
        assert len(message) < 1000
        assert "\n" not in message
    assert import_labels(blank, out, format_name, dry_run=True).n_boxes >= 6


@pytest.mark.parametrize("format_name", import_formats())
def test_an_empty_folder_and_a_text_file_are_refused(
    blank: Scene, tmp_path: Path, format_name: str
) -> None:
    (tmp_path / "empty").mkdir()
    file = tmp_path / "file.txt"
    file.write_text("hello")
    for path in (tmp_path / "empty", file):
        with pytest.raises(InputError, match=re.escape(str(tmp_path))):
            import_labels(blank, path, format_name)
    assert not blank.edits().edits


@pytest.mark.parametrize("format_name", import_formats())
def test_no_labels_at_all_come_in_as_none(tmp_path: Path, format_name: str) -> None:
    scene = write_scene(tmp_path, boxes([]), media=False)
    export_scene(scene, format_name, tmp_path / "out", LABELS_ONLY)
    report = import_labels(scene, tmp_path / "out", format_name)
    assert (report.n_boxes, report.merged.drafts) == (0, ())
