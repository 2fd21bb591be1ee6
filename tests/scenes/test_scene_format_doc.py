"""``docs/scene-format.md`` says what the tables declare."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from avlabel.scenes.schema import FORMAT_VERSION, TableSchema
from avlabel.scenes.tables import (
    IMAGES,
    IMAGES_EMBEDDED,
    POINTS,
    POINTS_LOSSLESS,
    SMALL_TABLES,
)

DOC = Path(__file__).parents[2] / "docs" / "scene-format.md"
SCHEMAS = [*SMALL_TABLES.values(), POINTS, POINTS_LOSSLESS, IMAGES, IMAGES_EMBEDDED]


def label(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return f"dictionary of {label(kind.value_type)}"
    if pa.types.is_fixed_size_list(kind):
        return f"list of {kind.list_size} {label(kind.value_type)}"
    if pa.types.is_list(kind):
        return f"list of {label(kind.value_type)}"
    if pa.types.is_struct(kind):
        return f"struct({', '.join(f'{field.name} {label(field.type)}' for field in kind)})"
    return str(kind)


def rows(schema: TableSchema) -> list[str]:
    return [f"| `{c.name}` | {label(c.type)} | {c.unit} | {c.doc} |" for c in schema.columns]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_column_is_specified(schema: TableSchema) -> None:
    text = DOC.read_text(encoding="utf-8")
    section = text.split(f"### {schema.name}\n")[1].split("\n### ")[0]
    for row in rows(schema):
        assert row in section


def test_the_version_is_stated() -> None:
    assert f"Format version {FORMAT_VERSION}" in DOC.read_text(encoding="utf-8")
