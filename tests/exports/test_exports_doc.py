"""The page on exports says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from export_samples import STREET, boxes, write_scene

from avlabel.exchange.account import FIELDS
from avlabel.exchange.export import export_scene
from avlabel.exchange.options import ExportOptions
from avlabel.exchange.registry import export_formats, exporter, import_formats

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exports.md"


def rows() -> dict[str, list[str]]:
    table = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 + len(FIELDS):
            table[cells[0]] = cells[1:]
    return table


def test_the_table_of_formats_is_true() -> None:
    told = rows()
    assert told.pop("format")[2:] == list(FIELDS)
    told.pop("---")
    assert set(told) == {*export_formats(), *import_formats()}
    for name, (out, back, *fields) in told.items():
        assert (out == "yes") == (name in export_formats()), name
        assert (back == "yes") == (name in import_formats()), name
        kept = {field for field, cell in zip(FIELDS, fields, strict=True) if cell}
        assert kept == set(exporter(name).carries), name


def test_every_format_has_a_section() -> None:
    headings = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for heading in headings for name in heading.split(", ")}
    assert {*export_formats(), *import_formats()} <= named


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = write_scene(tmp_path / "scenes", boxes(STREET), scene_id="drive")
    export_scene(scene, "openlabel", tmp_path / "theirs", ExportOptions(points=False))
    monkeypatch.chdir(tmp_path)
    example = PAGE.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```", 1)[0]
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102
    assert len(names["report"].account.left_out["not accepted by a person"]) == 12
