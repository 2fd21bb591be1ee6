"""PCD and PLY files as Open3D writes them, and damaged ones."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from avlabel.errors import ReadError
from avlabel.readers.lzf import unpack_lzf
from avlabel.readers.pcd_file import parse_pcd
from avlabel.readers.ply_file import parse_ply
from avlabel.readers.point_files import read_point_file

WAYS = [
    (".pcd", {"write_ascii": True}),
    (".pcd", {}),
    (".pcd", {"compressed": True}),
    (".ply", {"write_ascii": True}),
    (".ply", {}),
]


def written(path: Path, options: dict[str, bool], rows: int = 500) -> np.ndarray:
    """Write points with Open3D; gives x, y, z, intensity (N, 4)."""
    o3d = pytest.importorskip("open3d", reason="Open3D writes the files")
    rng = np.random.default_rng(3)
    points = rng.uniform(-50, 50, (rows, 3)).astype(np.float32)
    # Repeats, so that compression has something to refer back to.
    intensity = np.repeat(np.arange(rows // 10, dtype=np.float32), 10)[:, None]
    cloud = o3d.t.geometry.PointCloud(o3d.core.Tensor(points))
    cloud.point["intensity"] = o3d.core.Tensor(intensity)
    assert o3d.t.io.write_point_cloud(str(path), cloud, **options)
    return np.column_stack([points, intensity])


@pytest.mark.parametrize(("suffix", "options"), WAYS)
def test_files_of_open3d_are_read(tmp_path: Path, suffix: str, options: dict[str, bool]) -> None:
    path = tmp_path / f"cloud{suffix}"
    expected = written(path, options)
    cloud = read_point_file(path)
    atol = 1e-4 if "write_ascii" in options else 0
    np.testing.assert_allclose(cloud.xyz_m(), expected[:, :3], rtol=0, atol=atol)
    np.testing.assert_array_equal(cloud.intensity("", 1.0), expected[:, 3])


@pytest.mark.parametrize(("suffix", "options"), WAYS)
def test_damaged_files_raise_read_errors_only(
    tmp_path: Path, suffix: str, options: dict[str, bool]
) -> None:
    path = tmp_path / f"cloud{suffix}"
    written(path, options, 50)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for turn in range(200):
        spoilt = bytearray(data[: rng.integers(len(data))] if turn % 2 else data)
        near = len(spoilt) if turn % 4 < 2 else min(len(spoilt), 300)
        for at in rng.integers(0, max(near, 1), 4 if spoilt else 0):
            spoilt[at] = rng.integers(256)
        path.write_bytes(spoilt)
        with contextlib.suppress(ReadError):
            read_point_file(path).xyz_m()


def pcd(
    data: str = "binary", count: str = "2", fields: str = "x y z", sizes: str = "4 4 4"
) -> bytes:
    kinds = " ".join("F" for _ in fields.split())
    head = f"# .PCD v0.7\nVERSION 0.7\nFIELDS {fields}\nSIZE {sizes}\nTYPE {kinds}\n"
    return f"{head}WIDTH {count}\nHEIGHT 1\nPOINTS {count}\nDATA {data}\n".encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a PCD file"),
        (pcd() + bytes(23), "expected 24 bytes for 2 points, got 23"),
        (pcd(count="99999999999"), "POINTS: expected 0 to 20000000, got 99999999999"),
        (pcd(count="-1"), "POINTS: expected a whole number, got '-1'"),
        (pcd(sizes="4 4"), "as many FIELDS"),
        (pcd(sizes="4 4 9"), "field 'z': expected F4, F8, I or U, got F9"),
        (pcd("ascii") + b"1 2 3 4 5", "expected 2 rows of 3 numbers, got 5"),
        (pcd("ascii") + b"1 2 3 4 5 six", "expected numbers: .*six"),
        (pcd("zipped"), "DATA: expected ascii, binary or binary_compressed, got 'zipped'"),
        (pcd("binary_compressed") + bytes(8), "unpack to 24, got 0 that unpack to 0"),
    ],
)
def test_a_pcd_file_says_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=rf"a.pcd: .*{message}"):
        parse_pcd(data, "a.pcd")


def test_fields_of_several_values_and_padding_are_passed_over(tmp_path: Path) -> None:
    head = (
        "FIELDS x y z normal _ _ ring\nSIZE 4 4 4 4 1 1 2\nTYPE F F F F U U U\n"
        "COUNT 1 1 1 3 2 1 1\nPOINTS 2\nDATA ascii\n"
    )
    rows = "1 2 3 9 9 9 0 0 0 7\nnan 5 6 9 9 9 0 0 0 8\n"
    (tmp_path / "a.pcd").write_text(head + rows)
    cloud = read_point_file(tmp_path / "a.pcd")
    np.testing.assert_array_equal(cloud.xyz_m(), [[1, 2, 3], [np.nan, 5, 6]])
    assert cloud.ring().tolist() == [7, 8]
    assert cloud.returns().tolist() == [True, False]


def test_lzf_by_hand() -> None:
    # Three bytes as they are, then six that begin three back: overlapping.
    packed = bytes([2, *b"abc", 4 << 5, 2])
    assert unpack_lzf(packed, 9, "a").tobytes() == b"abcabcabc"
    with pytest.raises(ReadError, match="a: expected LZF of 8 bytes, got other data"):
        unpack_lzf(packed, 8, "a")
    with pytest.raises(ReadError, match="a: 6 packed bytes cannot hold 1000000000"):
        unpack_lzf(packed, 10**9, "a")


def test_a_big_endian_ply_and_its_faces(tmp_path: Path) -> None:
    head = (
        b"ply\nformat binary_big_endian 1.0\ncomment hello\nelement vertex 1\nproperty float x\n"
        b"property double y\nproperty float z\nproperty uchar i\nelement face 1\n"
        b"property list uchar int vertex_index\nend_header\n"
    )
    dtype = np.dtype([("x", ">f4"), ("y", ">f8"), ("z", ">f4"), ("i", "u1")])
    (tmp_path / "a.ply").write_bytes(head + np.array([(1, 2, 3, 9)], dtype).tobytes())
    cloud = read_point_file(tmp_path / "a.ply")
    np.testing.assert_array_equal(cloud.xyz_m(), [[1, 2, 3]])
    assert cloud.intensity("", 1.0).tolist() == [9]
    with pytest.raises(ReadError, match="line 3: expected a property of one number"):
        parse_ply(b"ply\nelement vertex 1\nproperty list uchar int x\nend_header\n", "a")
    with pytest.raises(ReadError, match="at most 20000000 points, got 99999999999"):
        parse_ply(b"ply\nelement vertex 99999999999\nend_header\n", "a")


def test_bin_and_npy_files(tmp_path: Path) -> None:
    rows = np.array([[1, 2, 3, 0.5], [4, 5, 6, 1.0]], np.float32)
    rows.tofile(tmp_path / "a.bin")
    np.save(tmp_path / "a.npy", rows)
    for name in ("a.bin", "a.npy"):
        cloud = read_point_file(tmp_path / name)
        np.testing.assert_array_equal(cloud.xyz_m(), rows[:, :3])
        assert cloud.intensity("", cloud.unit_scale()).tolist() == [128, 255]
    np.save(tmp_path / "a.npy", np.column_stack([rows, [3, np.nan]]))
    assert read_point_file(tmp_path / "a.npy").ring().tolist() == [3, -1]
    (tmp_path / "a.bin").write_bytes(bytes(17))
    with pytest.raises(ReadError, match="expected points of 16 bytes, got 17 bytes"):
        read_point_file(tmp_path / "a.bin")
    np.save(tmp_path / "a.npy", np.zeros((3, 9)))
    with pytest.raises(ReadError, match=r"shape \(N, 3\) to \(N, 6\), got float64 of shape"):
        read_point_file(tmp_path / "a.npy")
    with pytest.raises(
        ReadError, match=r"expected one of .pcd, .ply, .las, .laz, .npy, .bin, got '.xyz'"
    ):
        read_point_file(tmp_path / "a.xyz")
