"""Scenes made to do harm: every hash is right, so that what is tested is what lies behind it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.scenes import thrift
from avlabel.scenes.tables import DETECTIONS, POINTS, SMALL_TABLES

COMMIT = "_commits/00000001.json"
HUGE = 1 << 61

# Field numbers of parquet.thrift.
SCHEMA, NUM_ROWS, ROW_GROUPS = 2, 3, 4
COLUMNS, GROUP_BYTES, GROUP_ROWS = 1, 2, 3
FACTS, CHUNK_VALUES, UNCOMPRESSED, COMPRESSED, DATA_OFFSET, DICTIONARY_OFFSET = 3, 5, 6, 7, 9, 11

Change = Callable[[Path], None]


def file_of(scene: Path, table: str) -> Path:
    return next(scene.glob(f"data/*/{table}.parquet"))


def sign(scene: Path) -> None:
    """Make the commit agree with the files as they are now."""
    facts = json.loads((scene / COMMIT).read_bytes())
    for entry in facts["files"].values():
        path = scene / entry["path"]
        if not path.is_file():
            continue
        content = path.read_bytes()
        length = min(int.from_bytes(content[-8:-4], "little") + 8, len(content))
        entry["bytes"] = len(content)
        entry["sha256"] = hashlib.sha256(content).hexdigest()
        entry["footer_sha256"] = hashlib.sha256(content[len(content) - length :]).hexdigest()
    (scene / COMMIT).write_text(json.dumps(facts))


def forge(scene: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what the commit says."""
    facts = json.loads((scene / COMMIT).read_bytes())
    change(facts)
    (scene / COMMIT).write_text(json.dumps(facts))


def rewrite(scene: Path, table: str, rows: pa.Table, **options: Any) -> None:
    """Put other rows into a table, with its metadata."""
    path = file_of(scene, table)
    stamp = pq.read_schema(path).metadata
    settings = {"compression": "zstd", "write_page_checksum": True, **options}
    pq.write_table(rows.replace_schema_metadata(stamp), path, **settings)


def edit_footer(scene: Path, table: str, change: Callable[[thrift.Struct], None]) -> None:
    """Change a file's footer and leave its pages."""
    path = file_of(scene, table)
    content = path.read_bytes()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    footer = thrift.decode(content[start:-8])
    change(footer)
    encoded = thrift.encode(footer)
    path.write_bytes(content[:start] + encoded + len(encoded).to_bytes(4, "little") + b"PAR1")


def groups_of(footer: thrift.Struct) -> list[thrift.Struct]:
    groups: list[thrift.Struct] = footer[ROW_GROUPS][1][1]
    return groups


def set_in_columns(field: int, value: int) -> Callable[[thrift.Struct], None]:
    def change(footer: thrift.Struct) -> None:
        for group in groups_of(footer):
            for column in group[COLUMNS][1][1]:
                column[FACTS][1][field] = (thrift.I64, value)

    return change


def set_rows(value: int) -> Callable[[thrift.Struct], None]:
    def change(footer: thrift.Struct) -> None:
        footer[NUM_ROWS] = (thrift.I64, value)
        for group in groups_of(footer):
            group[GROUP_ROWS] = (thrift.I64, value)

    return change


def repeat_groups(times: int) -> Callable[[thrift.Struct], None]:
    def change(footer: thrift.Struct) -> None:
        groups = groups_of(footer)
        groups[:] = groups[:1] * times

    return change


def nest(depth: int) -> Callable[[thrift.Struct], None]:
    """Columns within columns."""

    def change(footer: thrift.Struct) -> None:
        inner = {3: (thrift.I32, 1), 4: (thrift.BINARY, b"x"), 5: (thrift.I32, 1)}
        leaf = {1: (thrift.I32, 1), 3: (thrift.I32, 0), 4: (thrift.BINARY, b"x")}
        root = {4: (thrift.BINARY, b"schema"), 5: (thrift.I32, 1)}
        footer[SCHEMA] = (thrift.LIST, (thrift.STRUCT, [root, *[inner] * depth, leaf]))

    return change


def stamp_with(value: bytes) -> Change:
    def change(scene: Path) -> None:
        path = file_of(scene, "tracks")
        rows = pq.read_table(path).replace_schema_metadata({b"avlabel": value})
        pq.write_table(rows, path, compression="zstd")

    return change


def footer_length(table: str, value: int) -> Change:
    def change(scene: Path) -> None:
        path = file_of(scene, table)
        content = path.read_bytes()
        path.write_bytes(content[:-8] + struct.pack("<I", value) + b"PAR1")

    return change


def in_footer(table: str, change: Callable[[thrift.Struct], None]) -> Change:
    return lambda scene: edit_footer(scene, table, change)


def constant_points(n: int) -> pa.Table:
    return pa.table({c.name: pa.array(np.zeros(n), c.type) for c in POINTS.columns}, POINTS.arrow)


def many_rows(scene: Path) -> None:
    """A few kB that stand for a million equal points, 400 times."""
    rewrite(scene, "points/top", constant_points(1_000_000), row_group_size=1_000_000)
    edit_footer(scene, "points/top", repeat_groups(400))


def bomb(scene: Path) -> None:
    """One page of zeros, 64 MB of them, that the footer says are few."""
    rewrite(
        scene,
        "points/top",
        constant_points(16 << 20).select(["x_mm"]),
        row_group_size=16 << 20,
        data_page_size=1 << 30,
        use_dictionary=False,
    )
    edit_footer(scene, "points/top", set_in_columns(UNCOMPRESSED, 1000))
    edit_footer(scene, "points/top", repeat_groups(20))


def bomb_small(scene: Path) -> None:
    column = pa.array(np.zeros(16 << 20, np.int64))
    rewrite(
        scene, "frames", pa.table({"ref_ns": column}), data_page_size=1 << 30, use_dictionary=False
    )
    edit_footer(scene, "frames", set_in_columns(UNCOMPRESSED, 1000))


def text_bomb(scene: Path) -> None:
    """A text of a megabyte, stored once and named 100 000 times: 100 GB."""
    codes = pa.array(np.zeros(100_000, np.int32))
    column = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 1_000_000]))
    rewrite(scene, "scene", pa.table({"config_toml": column}), store_schema=False)


def front_coded(scene: Path) -> None:
    column = pa.array(["x" * 100_000] * 300)
    rewrite(
        scene,
        "scene",
        pa.table({"config_toml": column}),
        use_dictionary=False,
        column_encoding={"config_toml": "DELTA_BYTE_ARRAY"},
    )


def list_bomb(scene: Path) -> None:
    """One detection with 16 million equal points, 300 times."""
    kind = DETECTIONS.arrow.field("points").type
    axes = [pa.array(np.zeros(4 << 20, np.int32))] * 3
    points = pa.StructArray.from_arrays(axes, fields=list(kind.value_type))
    column = pa.ListArray.from_arrays(pa.array([0, 4 << 20], pa.int32()), points, type=kind)
    rewrite(scene, "detections", pa.table({"points": column}))
    edit_footer(scene, "detections", repeat_groups(300))


def big_picture(scene: Path) -> None:
    """A PNG that says it has 30 000 x 30 000 pixels."""

    def part(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", size)
    picture += part(b"IDAT", zlib.compress(bytes(90_001))) + part(b"IEND", b"")
    recording = scene.parents[1] / "recording"
    (recording / "camera").mkdir(parents=True, exist_ok=True)
    (recording / "camera" / "big.png").write_bytes(picture)
    rows = pq.read_table(file_of(scene, "images/front"))
    change = {"uri": ["camera/big.png"], "sha256": [hashlib.sha256(picture).hexdigest()]}
    for name, values in change.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), pa.array(values))
    rewrite(scene, "images/front", rows)


def commit_of(content: bytes) -> Change:
    return lambda scene: (scene / COMMIT).write_bytes(content) and None


def pipe(scene: Path) -> None:
    """A pipe never begins."""
    path = file_of(scene, "tracks")
    path.unlink()
    os.mkfifo(path)


def endless_commit(scene: Path) -> None:
    (scene / COMMIT).unlink()
    (scene / COMMIT).symlink_to("/dev/zero")


def sparse(scene: Path) -> None:
    """A table of more than a gigabyte that takes no room."""
    with file_of(scene, "tracks").open("r+b") as stream:
        stream.truncate(1100 << 20)
    forge(scene, lambda facts: facts["files"]["tracks"].update(bytes=1100 << 20))


ATTACKS: dict[str, Change] = {
    **{f"footer-length-{n}-{t[:5]}": footer_length(t, n)
       for n in (0, 5, 1 << 20, 0xFFFFFFFF) for t in ("cuboids", "points/top")},
    "rows-huge": in_footer("cuboids", set_rows(HUGE)),
    "rows-huge-points": in_footer("points/top", set_rows(HUGE)),
    "rows-many-points": in_footer("points/top", set_rows(1 << 31)),
    "rows-negative": in_footer("points/top", set_rows(-5)),
    "values-huge": in_footer("points/top", set_in_columns(CHUNK_VALUES, HUGE)),
    "values-huge-small": in_footer("cuboids", set_in_columns(CHUNK_VALUES, 1 << 31)),
    "compressed-huge": in_footer("points/top", set_in_columns(COMPRESSED, HUGE)),
    "compressed-negative": in_footer("points/top", set_in_columns(COMPRESSED, -1)),
    "offset-huge": in_footer("points/top", set_in_columns(DATA_OFFSET, HUGE)),
    "offset-negative": in_footer("points/top", set_in_columns(DATA_OFFSET, -HUGE)),
    "uncompressed-small": in_footer("cuboids", set_in_columns(UNCOMPRESSED, 1)),
    "nested": in_footer("tracks", nest(2000)),
    "nested-points": in_footer("points/top", nest(20_000)),
    "groups-many": in_footer("tracks", repeat_groups(600)),
    "stamp-deep": stamp_with(b"[" * 200_000),
    "stamp-large": stamp_with(b'{"a":"' + b"x" * 3_000_000 + b'"}'),
    "stamp-list": stamp_with(b"[1]"),
    "many-rows": many_rows,
    "bomb": bomb,
    "bomb-small": bomb_small,
    "text-bomb": text_bomb,
    "front-coded": front_coded,
    "list-bomb": list_bomb,
    "big-picture": big_picture,
    "commit-large": commit_of(b'{"format":"avlabel-scene","x":"' + b"y" * 60_000_000 + b'"}'),
    "commit-deep": commit_of(b'{"a":' * 100_000),
    "commit-digits": commit_of(b'{"format": ' + b"9" * 1_000_000 + b"}"),
    "pipe": pipe,
    "endless-commit": endless_commit,
    "sparse": sparse,
}  # fmt: skip


def wrong_types() -> dict[str, Change]:
    """Every column of every small table as text, as nulls, and left out."""

    def other_type(table: str, name: str) -> Change:
        def change(scene: Path) -> None:
            rows = pq.read_table(file_of(scene, table))
            at = rows.schema.get_field_index(name)
            other = pa.array([7] * len(rows), pa.int8())
            rewrite(scene, table, rows.set_column(at, name, other))

        return change

    def nulls(table: str, name: str) -> Change:
        def change(scene: Path) -> None:
            rows = pq.read_table(file_of(scene, table))
            at = rows.schema.get_field_index(name)
            none = pa.nulls(len(rows), rows.schema.field(at).type)
            rewrite(scene, table, rows.set_column(at, name, none))

        return change

    def without(table: str, name: str) -> Change:
        return lambda scene: rewrite(
            scene, table, pq.read_table(file_of(scene, table)).drop_columns([name])
        )

    found: dict[str, Change] = {}
    for table, schema in SMALL_TABLES.items():
        for column in schema.columns[::6]:
            for kind, make in (("type", other_type), ("null", nulls), ("gone", without)):
                found[f"{kind}-{table}-{column.name}"] = make(table, column.name)
        found[f"empty-{table}"] = lambda scene, table=table: rewrite(
            scene, table, pq.read_table(file_of(scene, table)).slice(0, 0)
        )
    return found


def mutate(scene: Path, seed: int) -> None:
    """Some bytes of some file are others."""
    dice = random.Random(seed)  # noqa: S311
    path = dice.choice(sorted(scene.glob("data/**/*.parquet")))
    content = bytearray(path.read_bytes())
    near_end = dice.random() < 0.6
    for _ in range(dice.randint(1, 8)):
        low = max(len(content) - 1500, 0) if near_end else 4
        at = dice.randrange(low, len(content) - 8)
        content[at] = dice.choice([0, 0xFF, 0x7F, 0x80, dice.randrange(256)])
    path.write_bytes(content)
