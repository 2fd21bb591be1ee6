"""Whatever happens to a file, a reader answers with an InputError or with a log."""

from __future__ import annotations

import contextlib
import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest
from written_argoverse2 import write_argoverse2
from written_drives import write_native, write_tracking
from written_nuscenes import write_nuscenes

from avlabel.errors import InputError
from avlabel.readers.registry import open_log
from avlabel.readers.restricted_pickle import read_frame


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut, overwritten, doubled, or with bytes put in."""
    data = bytearray(content)
    start, stop = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    junk = rng.choice([b"\xff", b"\x00", b"-", b"9" * 25, b"nan", b"1e999", b",", b'"', b"\n"])
    how = rng.integers(4)
    if how == 0:
        return bytes(data[:start])
    if how == 1:
        return bytes(data[:start] + bytes(junk) + data[start + 1 :])
    if how == 2:
        return bytes(data[:stop] + data[start:])
    return bytes(data[:start] + bytes(junk) + data[start:])


def read_all(folder: Path, name: str) -> None:
    with contextlib.suppress(InputError):
        log = open_log(folder, name, sequence=SEQUENCES.get(name))
        for index in range(len(log.sweeps)):
            with contextlib.suppress(InputError):
                log.read_sweep(index)
        log.read_truth()


WRITERS = {
    "argoverse2": write_argoverse2,
    "kitti-tracking": write_tracking,
    "native": write_native,
    "nuscenes": write_nuscenes,
}
SEQUENCES = {"nuscenes": "scene-0007"}


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_files_never_end_in_a_traceback(tmp_path: Path, name: str) -> None:
    folder = WRITERS[name](tmp_path / "drive")
    suffixes = {".csv", ".toml", ".txt", ".parquet", ".bin", ".feather", ".json"}
    files = sorted(path for path in folder.rglob("*") if path.suffix in suffixes)
    rng = np.random.default_rng(1)
    for _ in range(150):
        path = files[rng.integers(len(files))]
        content = path.read_bytes()
        path.write_bytes(damage(content, rng))
        read_all(folder, name)
        path.write_bytes(content)


def test_damaged_pickles_never_end_in_a_traceback(shared_data: Path, tmp_path: Path) -> None:
    packed = (shared_data / "pandaset/002/annotations/cuboids/36.pkl.gz").read_bytes()
    content = gzip.decompress(packed)
    path = tmp_path / "36.pkl.gz"
    rng = np.random.default_rng(2)
    for _ in range(150):
        data = bytearray(content)
        # The first bytes hold the structure; the rest are numbers and text.
        for place in rng.integers(0, 3000, rng.integers(1, 4)):
            data[place] = rng.integers(256)
        path.write_bytes(gzip.compress(bytes(data), compresslevel=1))
        with contextlib.suppress(InputError):
            read_frame(path)


def test_logs_can_be_sent_to_other_processes(tmp_path: Path) -> None:
    log = open_log(write_native(tmp_path / "drive"), "native")
    copy = pickle.loads(pickle.dumps(log))  # noqa: S301 - our own
    np.testing.assert_array_equal(copy.read_sweep(1).points_ego, log.read_sweep(1).points_ego)
