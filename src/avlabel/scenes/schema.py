"""How a table of a scene is declared: columns with units, and how Parquet stores them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from avlabel.errors import SceneCorruptError, SceneVersionError

FORMAT = "avlabel-scene"
FORMAT_VERSION = "1.1"
METADATA_KEY = b"avlabel"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: with its unit as suffix where it has one.
        type: Arrow type.
        unit: "m", "ns", "px" and so on; "" where there is none.
        doc: one line for the specification.
        nullable: whether a row may leave it out.
    """

    name: str
    type: pa.DataType
    unit: str
    doc: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table.

    Attributes:
        name: of the table; for tables kept one a sensor, what stands before the slash.
        columns: in the order of the file.
        frame_of_reference: what coordinates are relative to: "world", "ego", "image" or "".
        dictionary: columns stored with a dictionary; True for Parquet's own choice.
        encodings: Parquet encoding by column path.
        codec: "zstd" (level 1) or "none".
    """

    name: str
    columns: tuple[Column, ...]
    frame_of_reference: str = ""
    dictionary: bool | tuple[str, ...] = True
    encodings: Mapping[str, str] = field(default_factory=dict)
    codec: str = "zstd"

    @property
    def arrow(self) -> pa.Schema:
        """Arrow schema without metadata."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def stamped(self, table: str, scene_id: str, extra: Mapping[str, Any]) -> pa.Schema:
        """Arrow schema with the metadata that every file of a scene carries.

        Args:
            table: full name, such as ``points/top``.
            scene_id: of the scene.
            extra: further facts about this one table.
        """
        facts = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "table": table,
            "scene_id": scene_id,
            "frame_of_reference": self.frame_of_reference,
            "units": {c.name: c.unit for c in self.columns if c.unit},
            **extra,
        }
        return self.arrow.with_metadata({METADATA_KEY: json.dumps(facts, sort_keys=True)})

    @property
    def parquet_options(self) -> dict[str, Any]:
        """Arguments of ``pyarrow.parquet.ParquetWriter``."""
        level = {"compression_level": 1} if self.codec == "zstd" else {}
        dictionary = self.dictionary if self.dictionary is True else list(self.dictionary or ())
        return {
            "compression": self.codec,
            "use_dictionary": dictionary,
            "column_encoding": dict(self.encodings) or None,
            "write_page_checksum": True,
            **level,
        }


def read_stamp(schema: pa.Schema, table: str, where: str) -> dict[str, Any]:
    """The ``avlabel`` metadata of a file, checked.

    Raises:
        SceneCorruptError: if it is absent or names another table.
        SceneVersionError: if its major version is unknown.
    """
    try:
        facts: dict[str, Any] = json.loads((schema.metadata or {})[METADATA_KEY])
        check_version(str(facts["version"]), where)
        named = facts["table"]
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise SceneCorruptError(f"{where}: no readable 'avlabel' metadata ({error})") from error
    if named != table:
        raise SceneCorruptError(f"{where}: expected the table '{table}', got '{named}'")
    return facts


def check_version(version: str, where: str) -> None:
    """Refuse what a later major version wrote.

    Raises:
        SceneVersionError: if the major version differs from ``FORMAT_VERSION``'s.
    """
    if version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        raise SceneVersionError(
            f"{where}: scene format version {version}; this avlabel reads {FORMAT_VERSION}"
        )
