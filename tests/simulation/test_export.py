"""Files of a drive: equal seeds give equal bytes; the native reader reads them back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from avlabel.cli.simulate import command
from avlabel.errors import InputError
from avlabel.readers.native import open_log
from avlabel.readers.options import ReaderOptions
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import EPOCH_NS, simulate
from avlabel.simulation.export import write_drive

SMALL = SimulationConfig(
    seed=5,
    frames=2,
    beams="vlp16",
    columns=240,
    density=0.3,
    image_width_px=64,
    image_height_px=40,
)


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_drive(simulate(SMALL), tmp_path / name)
    a = digests(tmp_path / "a")
    assert len(a) == 6 + 2 + 4
    assert a == digests(tmp_path / "b")
    other = SimulationConfig(seed=6, frames=1, beams="vlp16", columns=240, cameras=False)
    write_drive(simulate(other), tmp_path / "c")
    c = digests(tmp_path / "c")
    assert a["lidar/top/000000.parquet"] != c["lidar/top/000000.parquet"]
    assert "images.csv" not in c


def test_a_sweep_is_the_same_whether_or_not_others_were_made_before() -> None:
    drive = simulate(SMALL)
    alone = drive.frame(1).scan.points_sensor
    again = [frame.scan.points_sensor for frame in simulate(SMALL).frames()][1]
    np.testing.assert_array_equal(alone, again)


def test_the_native_reader_reads_it_back(tmp_path: Path) -> None:
    drive = simulate(SMALL)
    write_drive(drive, tmp_path / "drive")
    log = open_log(tmp_path / "drive", ReaderOptions())
    frame = drive.frame(1)
    sweep = log.read_sweep(1)
    expected = drive.rig.lidars["top"].ego_from_sensor.apply(frame.scan.points_sensor)
    np.testing.assert_allclose(sweep.points_ego, expected, atol=1e-5)
    np.testing.assert_array_equal(
        sweep.ref_ns + sweep.t_offset_ns.astype(np.int64),
        frame.start_ns + frame.scan.t_offset_ns.astype(np.int64),
    )
    at = EPOCH_NS + 10**8
    np.testing.assert_allclose(
        log.trajectory.at(at).matrix, drive.trajectory.at(at).matrix, atol=1e-5
    )
    truth = log.read_truth()
    assert truth is not None
    mine = truth.cuboids.select(truth.cuboids.frame_idx == 1)
    np.testing.assert_array_equal(mine.track_id, frame.labels.cuboids.track_id)
    np.testing.assert_allclose(mine.center, frame.labels.cuboids.center, atol=1e-4)
    assert set(log.images) == {"front", "front_left"}


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(InputError, match="empty folder"):
        write_drive(simulate(SMALL), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["precious.txt"]


def test_the_command_writes_a_drive(tmp_path: Path) -> None:
    out = tmp_path / "drive"
    arguments = ["--out", str(out), "--frames", "1", "--beams", "vlp16", "--columns", "120"]
    result = CliRunner().invoke(command, [*arguments, "--no-cameras", "--density", "0"])
    assert result.exit_code == 0, result.output
    assert (out / "labels.csv").read_text(encoding="utf-8").count("\n") == 1


def test_the_sample_is_what_its_command_makes(sample_drive: Path) -> None:
    """Whoever changes the simulator makes the sample anew (see sample_data/README.md)."""
    truth = open_log(sample_drive, ReaderOptions()).read_truth()
    assert truth is not None
    stored = truth.cuboids.select(truth.cuboids.frame_idx == 4)
    made = simulate(SimulationConfig(seed=7, frames=30, columns=1388, maneuver="turn-right"))
    frame = made.frame(4)
    cuboids = frame.labels.cuboids
    np.testing.assert_array_equal(stored.track_id, cuboids.track_id)
    np.testing.assert_array_equal(stored.category, cuboids.category)
    np.testing.assert_allclose(stored.center, cuboids.center, atol=1e-3)
    points = open_log(sample_drive, ReaderOptions()).read_sweep(4)
    assert len(points) == pytest.approx(len(frame.scan.ring), rel=1e-3)
