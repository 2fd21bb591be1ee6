"""Nothing a pickle asks for is called, and nothing it does ends in a traceback."""

from __future__ import annotations

import gzip
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from avlabel.errors import ReadError
from avlabel.readers import restricted_pickle
from avlabel.readers.restricted_pickle import read_frame


class Calls:
    """Pickles as a call."""

    def __init__(self, function: object, *args: object) -> None:
        self.call = function, args

    def __reduce__(self) -> object:
        return self.call


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data))
    return path


def test_real_frames_read_as_pandas_reads_them(shared_data: Path) -> None:
    for name in ("lidar/36.pkl.gz", "annotations/cuboids/36.pkl.gz"):
        path = shared_data / "pandaset/002" / name
        ours, theirs = read_frame(path), pd.read_pickle(path)  # noqa: S301 - trusted here
        assert set(ours) == set(theirs.columns)
        for column, values in ours.items():
            expected = theirs[column].reset_index(drop=True)
            pd.testing.assert_series_equal(
                pd.Series(values, dtype=values.dtype), expected, check_names=False
            )


@pytest.mark.parametrize(
    ("attack", "named"),
    [
        (Calls(os.system, "touch pwned"), r"posix\.system"),
        (Calls(subprocess.Popen, ["touch", "pwned"]), r"subprocess\.Popen"),
        (Calls(eval, "open('pwned', 'w')"), r"builtins\.eval"),
        (Calls(getattr, slice, "start"), r"builtins\.getattr"),
        (Calls(np.load, "x.npy"), "numpy"),
    ],
)
def test_malicious_pickles_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: Calls, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "00.pkl.gz", pickle.dumps(attack))
    with pytest.raises(ReadError, match=f"00.pkl.gz: refused: the pickle asks for .*{named}"):
        read_frame(path)
    assert [file.name for file in tmp_path.iterdir()] == ["00.pkl.gz"]


def test_admitted_names_cannot_reach_further(tmp_path: Path) -> None:
    """Protocol 4 lets a name hold dots, which would walk into what a class holds."""
    code = pickle.PROTO + b"\x04\x8c\x05numpy\x8c\x0edtype.__init__\x93."
    with pytest.raises(ReadError, match=r"refused: the pickle asks for numpy.dtype.__init__"):
        read_frame(write(tmp_path / "00.pkl.gz", code))


def test_huge_memo_index_is_refused_before_it_is_allocated(tmp_path: Path) -> None:
    code = pickle.PROTO + b"\x02" + b"N" + pickle.LONG_BINPUT + b"\xff\xff\xff\x7f" + b"."
    with pytest.raises(ReadError, match=r"memo indices below 9, got 2147483647"):
        read_frame(write(tmp_path / "00.pkl.gz", code))


@pytest.mark.parametrize(
    ("shape", "dtype", "content"),
    [((2**40,), "f8", b""), ((1,), "V8", bytes(8)), ((3,), "O8", ["one"])],
)
def test_array_that_is_not_what_it_says(
    shape: tuple[int, ...], dtype: str, content: object
) -> None:
    array = restricted_pickle._Array()
    array.state = (1, shape, restricted_pickle._Dtype(dtype), False, content)
    with pytest.raises((ReadError, ValueError), match=r"expected|reshape"):
        array.array()


def test_other_content_is_no_frame(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"00.pkl.gz: expected a DataFrame, got dict"):
        read_frame(write(tmp_path / "00.pkl.gz", pickle.dumps({"x": [1.0]})))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "truncated"),
        (b"no gzip at all", "not gzip"),
        (gzip.compress(pickle.dumps(list(range(999))))[:-30], "truncated"),
        (gzip.compress(b""), "not a pickled DataFrame"),
        (gzip.compress(b"\x80\x04garbage"), "not a pickled DataFrame"),
        (gzip.compress(pickle.dumps([1.0, "a"])[:-3]), "not a pickled DataFrame"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "00.pkl.gz"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=f"00.pkl.gz: {message}"):
        read_frame(path)


def test_gzip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restricted_pickle, "MAX_BYTES", 2**20)
    with pytest.raises(ReadError, match=r"expected less than 1 MiB when unpacked"):
        read_frame(write(tmp_path / "00.pkl.gz", bytes(2**22)))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"00.pkl.gz: no such file"):
        read_frame(tmp_path / "00.pkl.gz")
