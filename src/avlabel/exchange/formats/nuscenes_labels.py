"""nuScenes: annotations of one scene in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from avlabel.errors import ReadError
from avlabel.exchange.fields import Node
from avlabel.exchange.formats.nuscenes_classes import CLASSES, LEAVES
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_world
from avlabel.exchange.registry import Importer
from avlabel.readers.files import read_json

NS_A_US = 1000
LATEST_US = 2**52


def read(path: Path, target: Target) -> Incoming:
    """Annotations of the samples that are frames of the scene, by time.

    Their global frame must be the recording's own world.

    Args:
        path: the folder of the tables, or the one above.
        target: the scene; ``options.sequence`` names the nuScenes scene where there are several.

    Raises:
        ReadError: naming table, record and field.
    """
    folder = _tables(path)
    scene = _scene(folder, target.options.sequence)
    samples = {
        token: _time_ns(sample["timestamp"])
        for token, sample in _records(folder, "sample").items()
        if sample["scene_token"].text() == scene
    }
    times = np.array(list(samples.values()), np.int64)
    frames = dict(zip(samples, target.rows_at(times).tolist(), strict=True))
    names = {token: record["name"].text() for token, record in _records(folder, "category").items()}
    class_of = {
        token: _found(names, record["category_token"])
        for token, record in _records(folder, "instance").items()
    }
    annotations = _records(folder, "sample_annotation").values()
    mine = ((frames.get(record["sample_token"].text()), record) for record in annotations)
    rows = [_row(record, frame, class_of) for frame, record in mine if frame is not None]
    return from_world(rows, target)


def _row(record: Node, frame_row: int, class_of: Mapping[str, str]) -> LabelRow:
    width, length, height = record["size"].numbers(3)
    instance = record["instance_token"]
    return LabelRow(
        frame_row,
        instance.text(),
        _found(class_of, instance),
        record.where,
        record["translation"].numbers(3),
        [length, width, height],
        record["rotation"].numbers(4),
    )


def _time_ns(timestamp: Node) -> int:
    micros = timestamp.whole()
    if abs(micros) >= LATEST_US:
        raise ReadError(f"{timestamp.where}: expected microseconds since 1970, got {micros}")
    return micros * NS_A_US


def _tables(path: Path) -> Path:
    if (path / "sample_annotation.json").is_file():
        return path
    inner = sorted(file.parent for file in path.glob("v1.0-*/sample_annotation.json"))
    if len(inner) != 1:
        listed = ", ".join(folder.name for folder in inner) or "none"
        raise ReadError(f"{path}: expected one folder of tables such as v1.0-mini, got {listed}")
    return inner[0]


def _scene(folder: Path, wanted: str | None) -> str:
    tokens = {record["name"].text(): token for token, record in _records(folder, "scene").items()}
    listed = ", ".join(list(tokens)[:10]) or "none"
    if wanted is not None and wanted not in tokens:
        raise ReadError(f"{folder}: scene '{wanted}': expected one of {listed}")
    if wanted is None and len(tokens) != 1:
        raise ReadError(f"{folder}: choose a scene with --sequence; there are {listed}")
    return tokens[wanted] if wanted is not None else next(iter(tokens.values()))


def _records(folder: Path, table: str) -> dict[str, Node]:
    """Records by token, in the table's order."""
    file = folder / f"{table}.json"
    return {record["token"].text(): record for record in Node(read_json(file), str(file))}


def _found(known: Mapping[str, str], token: Node) -> str:
    if token.text() not in known:
        raise ReadError(f"{token.where}: expected a token of another table, got {token.text()!r}")
    return known[token.text()]


IMPORTER = Importer(read, LEAVES, CLASSES, has_tilt=True)
