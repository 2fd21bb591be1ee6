"""LAS and LAZ files as laspy writes them, and damaged ones."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import laspy
import numpy as np
import pytest

from avlabel.errors import InputError, ReadError
from avlabel.readers.point_files import read_point_file

ROWS = np.array([[1.25, -2.5, 0.75], [40.0, 3.0, -1.5], [7.0, 8.0, 9.0]])


@pytest.fixture(params=["las", "laz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    header = laspy.LasHeader(point_format=3, version="1.2")
    header.scales, header.offsets = [0.001] * 3, [10.0, 0.0, 0.0]
    las = laspy.LasData(header)
    las.x, las.y, las.z = ROWS.T
    las.intensity = np.array([5, 255, 60_000], np.uint16)
    las.write(tmp_path / f"a.{request.param}")
    return tmp_path / f"a.{request.param}"


def test_points_are_read(path: Path) -> None:
    cloud = read_point_file(path)
    np.testing.assert_allclose(cloud.xyz_m(), ROWS, atol=1e-6)
    assert cloud.intensity("", 1.0).tolist() == [5, 255, 32767]


def test_damaged_files_raise_read_errors_only(path: Path) -> None:
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for turn in range(60):
        spoilt = bytearray(data[: rng.integers(len(data))] if turn % 2 else data)
        for at in rng.integers(0, max(len(spoilt), 1), 4 if spoilt else 0):
            spoilt[at] = rng.integers(256)
        path.write_bytes(spoilt)
        with contextlib.suppress(ReadError):
            read_point_file(path)


def test_a_count_beyond_reason_is_refused(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[107:111] = (2**32 - 1).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ReadError, match="at most 20000000 points, got 4294967295"):
        read_point_file(path)


def test_without_the_package_its_extra_is_named(path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "laspy", None)
    with pytest.raises(InputError, match=r"pip install avlabel\[las\]"):
        read_point_file(path)
