"""Opening the files of a recording; every complaint names the file."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeGuard

import cv2
import numpy as np

from avlabel.core.arrays import Float32, Float64
from avlabel.errors import ReadError

LARGEST = sys.float_info.max


def read_bytes(path: Path) -> bytes:
    """Content of a file.

    Raises:
        ReadError: if it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ReadError(f"{path}: no such file") from None
    except OSError as error:
        raise ReadError(f"{path}: cannot be read: {error.strerror}") from error


def read_text(path: Path) -> str:
    """Content of a UTF-8 text file.

    Raises:
        ReadError: if it is missing, cannot be read, or is no UTF-8.
    """
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError(
            f"{path}: line {line}: expected UTF-8 text, got byte 0x{data[error.start]:02x}"
        ) from error


def read_json(path: Path) -> Any:
    """Content of a JSON file.

    Raises:
        ReadError: if it is missing or no JSON.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ReadError(f"{path}: line {error.lineno}: not JSON: {error.msg}") from error
    except ValueError as error:
        raise ReadError(f"{path}: not JSON: {error}") from error
    except RecursionError:
        raise ReadError(f"{path}: not JSON: nested too deeply") from None


def read_number_rows(path: Path, columns: int) -> Float64:
    """Rows of numbers set apart by blanks, one row a line; blank lines are passed over.

    Args:
        path: the file.
        columns: how many numbers every row has.

    Returns:
        (N, columns) float64, all finite.

    Raises:
        ReadError: naming the line.
    """
    rows: list[list[float]] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if len(words) != columns:
            raise ReadError(f"{path}: line {number}: expected {columns} numbers, got {len(words)}")
        rows.append(finite_numbers(words, f"{path}: line {number}"))
    return np.array(rows, np.float64).reshape(-1, columns)


def read_float32_rows(path: Path, columns: int) -> Float32:
    """Rows of little-endian float32, and nothing else.

    Args:
        path: the file.
        columns: how many numbers a row has.

    Returns:
        (N, columns) float32, any numbers.

    Raises:
        ReadError: if the file is missing, empty or ends within a row.
    """
    data, width = read_bytes(path), 4 * columns
    if not data:
        raise ReadError(f"{path}: is empty; expected {width} bytes a point, got 0 bytes")
    if over := len(data) % width:
        raise ReadError(
            f"{path}: truncated: expected {width} bytes a point, got {len(data)} bytes, "
            f"{over} too many for {len(data) // width} points"
        )
    return np.frombuffer(data, "<f4").reshape(-1, columns)


def finite_numbers(words: Sequence[str], where: str) -> list[float]:
    """Words as numbers.

    Raises:
        ReadError: that begins with ``where``, if a word is no finite number.
    """
    values = []
    for word in words:
        try:
            value = float(word)
        except ValueError:
            raise ReadError(f"{where}: expected a number, got '{word[:60]}'") from None
        if not math.isfinite(value):
            raise ReadError(f"{where}: expected a finite number, got '{word[:60]}'")
        values.append(value)
    return values


def is_number(value: object) -> TypeGuard[float]:
    """Whether a parsed value is a finite number (true and false are none)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # Whole numbers may be larger than any float.
    return -LARGEST <= value <= LARGEST


def numbered_files(folder: Path, suffix: str) -> dict[int, Path]:
    """Files whose names are frame numbers, such as ``000012.bin``, by ascending number.

    Raises:
        ReadError: if a name is no number, or two names are the same number.
    """
    found: dict[int, Path] = {}
    for path in sorted(folder.glob(f"*{suffix}")):
        stem = path.name.removesuffix(suffix)
        if not (stem.isascii() and stem.isdigit()):
            raise ReadError(f"{path}: expected a frame number before '{suffix}', got '{stem}'")
        if (twin := found.get(int(stem))) is not None:
            raise ReadError(f"{path}: frame {int(stem)} is there twice; also {twin.name}")
        found[int(stem)] = path
    return dict(sorted(found.items()))


def inside(root: Path, file: str, where: str) -> Path:
    """Path of a file that an index names; it must lie within the drive.

    Raises:
        ReadError: that begins with ``where``, if it does not.
    """
    try:
        path = (root / file).resolve()
    except (OSError, ValueError) as error:
        raise ReadError(f"{where}: file: no path can be {file[:60]!r}: {error}") from error
    if not path.is_relative_to(root):
        raise ReadError(f"{where}: file: expected a path within the drive, got '{file}'")
    return path


def image_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels, or None if the file cannot be decoded."""
    image = cv2.imdecode(np.frombuffer(read_bytes(path), np.uint8), cv2.IMREAD_UNCHANGED)
    return None if image is None else (image.shape[1], image.shape[0])


def folder_name(*parts: str) -> str:
    """Parts joined by dashes into a name that any file system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip(".-")
