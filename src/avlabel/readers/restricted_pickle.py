"""pandas DataFrames out of gzipped pickles, without pandas and without trust.

Unpickling may call whatever the file names. Here a file can name only the stand-ins below, which
hold what they are given and call nothing, so that a hostile file ends in a ``ReadError``.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avlabel.errors import ReadError
from avlabel.readers.files import read_bytes

MAX_BYTES = 256 * 2**20
"""Unpacked; some 25 times the largest PandaSet file."""
NUMERIC_CODE = re.compile(r"[iuf][1248]|b1")

Columns = Mapping[str, NDArray[Any]]


def read_frame(path: Path) -> Columns:
    """Read a pickled DataFrame.

    Args:
        path: a ``.pkl.gz`` as pandas 0.25 to 1.x wrote them.

    Returns:
        Arrays of equal length by column name; text columns have dtype object.

    Raises:
        ReadError: if the file is missing, truncated, too large, or holds anything else; a class
            that is not admitted is named.
    """
    data = _unzip(path)
    try:
        _check_memo(data)
        frame = _Unpickler(io.BytesIO(data)).load()
        if not isinstance(frame, _Frame):
            raise ReadError(f"expected a DataFrame, got {type(frame).__name__.lstrip('_')}")
        return _columns(frame.state)
    except ReadError as error:
        raise ReadError(f"{path}: {error}") from None
    # The unpickler runs the file's own program; these are the ways in which that can fail.
    except (
        pickle.UnpicklingError,
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise ReadError(f"{path}: not a pickled DataFrame: {error}") from error


def _unzip(path: Path) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        data = unzip.decompress(read_bytes(path), MAX_BYTES)
    except zlib.error as error:
        raise ReadError(f"{path}: not gzip: {error}") from error
    if len(data) == MAX_BYTES:
        raise ReadError(f"{path}: expected less than {MAX_BYTES >> 20} MiB when unpacked, got more")
    if not unzip.eof:
        raise ReadError(f"{path}: truncated: the gzip stream ends early")
    return data


def _check_memo(data: bytes) -> None:
    """Refuse memo indices that no honest pickle has: the unpickler allocates up to them."""
    for opcode, argument, _ in pickletools.genops(data):
        is_put = opcode.name in ("PUT", "LONG_BINPUT")
        if is_put and argument is not None and argument > len(data):
            raise ReadError(f"expected memo indices below {len(data)}, got {argument}")


class _Frame:
    """Stands in for a DataFrame."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Blocks(_Frame):
    """Stands in for pandas' BlockManager."""


class _Names:
    """Stands in for pandas' Index and RangeIndex; ``data`` are the labels, if any are listed."""

    data: Any = None


class _Dtype:
    """Stands in for a numpy dtype: a code such as ``f8``, then its byte order."""

    def __init__(self, code: str, *_: Any) -> None:
        self.code = code
        self.byte_order = "|"

    def __setstate__(self, state: Any) -> None:
        self.byte_order = state[1]


class _Array:
    """Stands in for a numpy array until all of it has been read."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def array(self) -> NDArray[Any]:
        _, shape, dtype, is_fortran, content = self.state
        if dtype.code in ("O8", "O4", "O"):
            if not isinstance(content, list) or len(content) != math.prod(shape):
                raise ReadError("expected as many objects as the array's shape says")
            flat = np.fromiter(content, np.dtype(object), len(content))
        elif NUMERIC_CODE.fullmatch(dtype.code) and dtype.byte_order in ("<", ">", "|", "="):
            flat = np.frombuffer(content, np.dtype(dtype.byte_order + dtype.code))
        else:
            raise ReadError(f"expected numbers or text, got dtype '{dtype.code}'")
        return flat.reshape(shape, order="F" if is_fortran else "C")


def _new_array(*_: Any) -> _Array:
    return _Array()


def _new_index(_: Any, attributes: dict[str, Any]) -> _Names:
    names = _Names()
    names.data = attributes.get("data")
    return names


ADMITTED: Mapping[tuple[str, str], type | Callable[..., Any]] = {
    ("pandas.core.frame", "DataFrame"): _Frame,
    ("pandas.core.internals.managers", "BlockManager"): _Blocks,
    ("pandas.core.internals", "BlockManager"): _Blocks,
    ("pandas.core.indexes.base", "_new_Index"): _new_index,
    ("pandas.core.indexes.base", "Index"): _Names,
    ("pandas.core.indexes.range", "RangeIndex"): _Names,
    ("numpy.core.multiarray", "_reconstruct"): _new_array,
    ("numpy._core.multiarray", "_reconstruct"): _new_array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("builtins", "slice"): slice,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return ADMITTED[module, name]
        except KeyError:
            raise ReadError(f"refused: the pickle asks for {module}.{name}") from None


def _columns(state: Any) -> Columns:
    """Columns out of the blocks in which pandas groups those of one type."""
    manager = (state.get("_data") or state["_mgr"]).state[3]["0.14.1"]
    names = manager["axes"][0].data.array().tolist()
    columns: dict[str, NDArray[Any]] = {}
    for block in manager["blocks"]:
        values, places = block["values"].array(), block["mgr_locs"]
        if isinstance(places, _Array):
            places = places.array().tolist()
        else:
            places = range(len(names))[places]
        for place, column in zip(places, values, strict=True):
            columns[names[place]] = column
    if len({len(column) for column in columns.values()}) > 1:
        raise ReadError("expected columns of equal length")
    return columns
