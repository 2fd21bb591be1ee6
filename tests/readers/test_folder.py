"""Plain folders against the native drive that they were written from."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from short_drives import shorten
from written_bags import cloud_of

from avlabel.errors import ReadError
from avlabel.readers.named_times import timed_files
from avlabel.readers.registry import open_log

SAMPLE = Path(__file__).parents[2] / "sample_data" / "drive"


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shorten(SAMPLE, tmp_path_factory.mktemp("native") / "drive", 3)


def plain(drive: Path, out: Path) -> Path:
    """The drive as a plain folder: named .npy arrays and images under their times."""
    out.mkdir()
    shutil.copy(drive / "rig.toml", out)
    shutil.copy(drive / "poses.csv", out)
    for table, time, suffix in (("sweeps", "start_ns", ".npy"), ("images", "timestamp_ns", ".jpg")):
        for row in csv.DictReader((drive / f"{table}.csv").read_text().splitlines()):
            kind = "lidar" if table == "sweeps" else "camera"
            path = out / kind / row["sensor_id"] / (row[time] + suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            if table == "sweeps":
                np.save(path, cloud_of(drive / row["file"]))
            else:
                shutil.copy(drive / row["file"], path)
    return out


def test_a_folder_is_the_drive_it_was_written_from(drive: Path, tmp_path: Path) -> None:
    ours, theirs = open_log(drive, "native"), open_log(plain(drive, tmp_path / "plain"), "folder")
    assert len(theirs.sweeps) == 3
    for i in range(3):
        a, b = ours.read_sweep(i), theirs.read_sweep(i)
        np.testing.assert_array_equal(b.points_ego, a.points_ego)
        np.testing.assert_array_equal(b.intensity, a.intensity)
        np.testing.assert_array_equal(b.ring, a.ring)
        times = [s.t_offset_ns.astype(np.int64) + s.ref_ns for s in (a, b)]
        np.testing.assert_array_equal(times[1], times[0])
        assert abs(a.ref_ns - b.ref_ns) < 1_000_000
    for key, images in ours.images.items():
        np.testing.assert_array_equal(theirs.images[key].timestamp_ns, images.timestamp_ns)


def test_poses_may_be_in_the_format_of_tum(drive: Path, tmp_path: Path) -> None:
    folder = plain(drive, tmp_path / "plain")
    by_csv = open_log(folder, "folder").trajectory
    rows = csv.DictReader((folder / "poses.csv").read_text().splitlines())
    order = ("tx_m", "ty_m", "tz_m", "qx", "qy", "qz", "qw")
    lines = [
        " ".join([f"{int(row['timestamp_ns']) / 1e9:.6f}", *(row[name] for name in order)])
        for row in rows
    ]
    (folder / "poses.txt").write_text("\n".join(lines))
    (folder / "poses.csv").unlink()
    by_tum = open_log(folder, "folder").trajectory
    assert np.abs(by_tum.timestamp_ns - by_csv.timestamp_ns).max() <= 1000
    np.testing.assert_array_equal(by_tum.world_from_ego.matrix, by_csv.world_from_ego.matrix)
    (folder / "poses.txt").write_text("\n".join([lines[0], *lines]))
    with pytest.raises(ReadError, match="poses 1 and 2 have the same time"):
        open_log(folder, "folder")


def files_of(folder: Path, *names: str) -> list[int]:
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name in names:
        (folder / name).touch()
    return timed_files(folder, {".pcd"}).timestamp_ns.tolist()


def test_names_say_times(tmp_path: Path) -> None:
    folder = tmp_path / "top"
    for name in ("1700000000.25", "1700000000_250", "1700000000250", "1700000000250000000"):
        assert files_of(folder, name + ".pcd") == [1_700_000_000_250_000_000]
    assert files_of(folder, "1700000000250000.pcd") == [1_700_000_000_250_000_000]
    assert files_of(folder, "000007.pcd", "8.pcd", "note.txt") == [700_000_000, 800_000_000]
    for names, message in (
        (("a.pcd",), "expected a name that is a time or a frame number"),
        (("7.pcd", "007.pcd"), "has the same time as"),
        (("7.pcd", "1700000000.5.pcd"), "times or frame numbers, got both"),
        (("170000000012.pcd",), "10, 13, 16 or 19 digits .* got 12"),
    ):
        with pytest.raises(ReadError, match=message):
            files_of(folder, *names)


def test_a_table_says_times_whatever_the_names(tmp_path: Path) -> None:
    (tmp_path / "b.pcd").touch()
    (tmp_path / "times.csv").write_text("file,timestamp_ns\nb.pcd,5\na.pcd,3\n")
    found = timed_files(tmp_path, {".pcd"})
    assert [file.name for file in found.files] == ["a.pcd", "b.pcd"]
    (tmp_path / "times.csv").write_text("file,timestamp_ns\n../b.pcd,5\n")
    with pytest.raises(ReadError, match="line 2: file: expected a path within the drive"):
        timed_files(tmp_path, {".pcd"})


def test_what_lacks_is_named(drive: Path, tmp_path: Path) -> None:
    folder = plain(drive, tmp_path / "plain")
    first, *_ = sorted((folder / "lidar" / "top").iterdir())
    first.write_bytes(b"")
    log = open_log(folder, "folder")
    assert len(log.read_sweep(1)) > 1000
    with pytest.raises(ReadError, match=r"not a \.npy file"):
        log.read_sweep(0)
    shutil.rmtree(folder / "lidar")
    with pytest.raises(
        ReadError, match=r"lidar/top: expected .pcd, .ply, .las, .laz, .npy, .bin files"
    ):
        open_log(folder, "folder")
    with pytest.raises(ReadError, match="lidar 'roof': expected one of top"):
        open_log(folder, "folder", lidar="roof")
