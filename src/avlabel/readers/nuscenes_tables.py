"""The tables of a nuScenes release: JSON files whose records refer to each other by token."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.files import read_json
from avlabel.readers.json_fields import Node

NS_A_US = 1000
T = TypeVar("T")


def tables_folder(path: Path) -> Path:
    """``path`` itself, or the only ``v1.0-*`` in it, that holds the tables.

    Raises:
        ReadError: if there is none, or several.
    """
    if (path / "sample.json").is_file():
        return path
    inner = sorted(file.parent for file in path.glob("v1.0-*/sample.json"))
    if len(inner) != 1:
        listed = ", ".join(folder.name for folder in inner) or "none"
        raise ReadError(f"{path}: expected one folder of tables such as v1.0-mini, got {listed}")
    return inner[0]


def records(
    folder: Path, table: str, only: tuple[str, Collection[str]] | None = None
) -> dict[str, Node]:
    """Records by token, in the table's order.

    Args:
        folder: of the tables.
        table: name of one.
        only: a field and its wanted values; records with others are passed over. The tables of
            the whole data set have millions of records.

    Raises:
        ReadError: naming table and record.
    """
    found: dict[str, Node] = {}
    for record in _rows(folder / f"{table}.json", only):
        token = record["token"].text()
        if token in found:
            raise ReadError(f"{record.where}: token: is there twice; first at {found[token].where}")
        found[token] = record
    return found


def scene_of(folder: Path, wanted: str | None) -> tuple[str, str]:
    """Name and token of the wanted scene, or of the only one.

    Raises:
        ReadError: if there is no such scene, or none is wanted of several.
    """
    tokens = {record["name"].text(): token for token, record in records(folder, "scene").items()}
    listed = ", ".join(list(tokens)[:10]) or "none"
    if wanted is not None and wanted not in tokens:
        raise ReadError(f"{folder}: scene '{wanted}': expected one of {listed}")
    if wanted is None and len(tokens) != 1:
        raise ReadError(f"{folder}: choose a scene with --sequence; there are {listed}")
    name = wanted if wanted is not None else next(iter(tokens))
    return name, tokens[name]


def referred(known: Mapping[str, T], token: Node) -> T:
    """What a token stands for.

    Raises:
        ReadError: naming the field, if it stands for nothing.
    """
    if token.text() not in known:
        raise ReadError(f"{token.where}: expected a token of another table, got {token.text()!r}")
    return known[token.text()]


def time_ns(record: Node) -> int:
    """Field ``timestamp``, microseconds.

    Raises:
        ReadError: if it is none.
    """
    stamp = record["timestamp"]
    if not 0 <= stamp.whole() * NS_A_US < 2**62:
        raise ReadError(f"{stamp.where}: expected microseconds since 1970, got {stamp.whole()}")
    return stamp.whole() * NS_A_US


def pose_of(record: Node) -> SE3:
    """Fields ``rotation`` (w, x, y, z) and ``translation``.

    Raises:
        ReadError: if they are not so many numbers.
        CalibrationError: if the quaternion has not the length 1.
    """
    quat, place = record["rotation"].numbers(4), record["translation"].numbers(3)
    try:
        return SE3.from_quat(quat, place)
    except CalibrationError as error:
        raise type(error)(f"{record.where}: rotation: {error}") from error


def _rows(file: Path, only: tuple[str, Collection[str]] | None) -> Iterator[Node]:
    for record in Node(read_json(file), str(file)):
        if only is not None:
            value = record.mapping().get(only[0])
            if not isinstance(value, str) or value not in only[1]:
                continue
        yield record
