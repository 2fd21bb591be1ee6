"""Bags against the native drives that they were written from, and damaged ones."""

from __future__ import annotations

import contextlib
import csv
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from short_drives import shorten
from written_bags import KINDS, cloud, drive_messages, small_bag, write_bag

from avlabel.cli.inspect import command
from avlabel.core.sweep import Sweep
from avlabel.errors import InputError, ReadError
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.label import label_log
from avlabel.readers.registry import open_log
from avlabel.readers.ros_bag import RosBag
from avlabel.readers.ros_propose import propose_topics
from avlabel.readers.ros_topics import dump_topics, load_topics
from avlabel.scenes.scene import open_scene

SAMPLE = Path(__file__).parents[2] / "sample_data" / "drive"
FRAMES = 3


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return on_returns(shorten(SAMPLE, tmp_path_factory.mktemp("native") / "drive", FRAMES))


def on_returns(drive: Path) -> Path:
    """Let sweeps begin and end at their first and last return, as those of bags do."""
    rows = list(csv.DictReader((drive / "sweeps.csv").read_text().splitlines()))
    for row in rows:
        table = pq.read_table(drive / row["file"])
        t_offset_ns = table.column("t_offset_ns").to_numpy()
        start_ns, low, high = int(row["start_ns"]), int(t_offset_ns.min()), int(t_offset_ns.max())
        at = table.column_names.index("t_offset_ns")
        table = table.set_column(at, "t_offset_ns", [t_offset_ns - low])
        pq.write_table(table, drive / row["file"])
        row["start_ns"], row["end_ns"] = str(start_ns + low), str(start_ns + high)
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (drive / "sweeps.csv").write_text("\n".join(lines) + "\n")
    return drive


@pytest.fixture(scope="module", params=KINDS)
def bag(request: pytest.FixtureRequest, drive: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    return write_bag(folder / "drive", request.param, drive_messages(drive, request.param))


def test_a_bag_is_the_drive_it_was_written_from(bag: Path, drive: Path) -> None:
    ours, theirs = open_log(drive, "native"), open_log(bag, "rosbag")
    assert len(theirs.sweeps) == len(ours.sweeps) == FRAMES
    for i in range(FRAMES):
        a, b = ours.read_sweep(i), theirs.read_sweep(i)
        np.testing.assert_allclose(b.points_ego, a.points_ego, atol=1e-5)
        np.testing.assert_array_equal(b.intensity, a.intensity)
        np.testing.assert_array_equal(b.ring, a.ring)
        np.testing.assert_array_equal(times_ns(b), times_ns(a))
        assert theirs.sweeps.start_ns[i] == times_ns(b).min()
    at = theirs.sweeps.ref_ns
    moved = ours.trajectory.at(at).inverse() @ theirs.trajectory.at(at)
    np.testing.assert_allclose(moved.matrix, np.broadcast_to(np.eye(4), (FRAMES, 4, 4)), atol=1e-6)
    for key, images in ours.images.items():
        np.testing.assert_array_equal(theirs.images[key].timestamp_ns, images.timestamp_ns)
        for one, two in zip(images.uris, theirs.images[key].uris, strict=True):
            assert (theirs.root / two).read_bytes() == (ours.root / one).read_bytes()
        a, b = ours.rig.cameras[key], theirs.rig.cameras[key]
        np.testing.assert_allclose(b.ego_from_sensor.matrix, a.ego_from_sensor.matrix, atol=1e-9)
        np.testing.assert_array_equal(b.model.intrinsics, a.model.intrinsics)


def times_ns(sweep: Sweep) -> np.ndarray:
    return sweep.t_offset_ns.astype(np.int64) + sweep.ref_ns


def test_a_bag_is_labelled_as_the_drive(drive: Path, tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "drive", "mcap", drive_messages(drive, "mcap"))
    found = []
    for path, kind in ((drive, "native"), (bag, "rosbag")):
        log = open_log(path, kind)
        result = label_log(log, tmp_path / kind, PipelineConfig(), scene_id=kind, last=2)
        found.append(open_scene(result.scene_path).cuboids())
    ours, theirs = found
    assert len(ours) > 20
    np.testing.assert_array_equal(theirs.category, ours.category)
    np.testing.assert_array_equal(theirs.track_id, ours.track_id)
    np.testing.assert_allclose(theirs.center, ours.center, atol=0.005)
    np.testing.assert_allclose(theirs.size_lwh, ours.size_lwh, atol=0.005)


def test_odometry_gives_the_same_poses_as_tf(drive: Path, tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "odom", "ros1", drive_messages(drive, "ros1", poses="odometry"))
    log, ours = open_log(bag, "rosbag"), open_log(drive, "native")
    assert log.metadata["poses"] == "/odom in map"
    np.testing.assert_allclose(
        log.trajectory.world_from_ego.translation, ours.trajectory.world_from_ego.translation
    )


def test_the_proposal_can_be_saved_and_read_back(bag: Path, tmp_path: Path) -> None:
    proposed = propose_topics(RosBag.find(bag))
    assert list(proposed.lidars) == ["top"]
    assert (proposed.poses, proposed.world_frame, proposed.ego_frame) == ("tf", "map", "base_link")
    (tmp_path / "topics.toml").write_text(dump_topics(proposed))
    assert load_topics(tmp_path / "topics.toml") == proposed
    shown = CliRunner().invoke(command, [str(bag)])
    assert shown.exit_code == 0
    assert shown.stdout == dump_topics(proposed)
    assert "/lidar/top/points" in shown.stderr
    assert "mean Hz" in shown.stderr


def test_topics_toml_wins_over_the_proposal(drive: Path, tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "drive", "ros1", drive_messages(drive, "ros1"))
    text = dump_topics(propose_topics(RosBag.find(bag)))
    raised = text.replace("ego_height_m = 0.0", "ego_height_m = 0.4")
    (tmp_path / "topics.toml").write_text(raised)
    plain, log = open_log(drive, "native"), open_log(bag, "rosbag")
    assert log.metadata["topics"] == "topics.toml"
    up = log.rig.lidars["top"].ego_from_sensor.translation
    np.testing.assert_allclose(
        up - plain.rig.lidars["top"].ego_from_sensor.translation, [0, 0, 0.4]
    )
    # Points keep their places in the world.
    at = log.sweeps.ref_ns[0]
    lidar = [one.trajectory.at(at) @ one.rig.lidars["top"].ego_from_sensor for one in (plain, log)]
    np.testing.assert_allclose(lidar[0].translation, lidar[1].translation, atol=1e-6)
    (tmp_path / "topics.toml").write_text(text.replace("/lidar/top/points", "/nothing"))
    with pytest.raises(ReadError, match=r"topic /nothing is missing; there are /camera"):
        open_log(bag, "rosbag")
    (tmp_path / "topics.toml").write_text(text.replace("/lidar/top/points", "/tf"))
    with pytest.raises(ReadError, match=r"topic /tf: expected .*PointCloud2, got tf2_msgs"):
        open_log(bag, "rosbag")


def test_without_the_package_its_extra_is_named(bag: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "rosbags.highlevel", None)
    with pytest.raises(InputError, match=r"pip install avlabel\[rosbag\]"):
        open_log(bag, "rosbag")


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_bags_raise_read_errors_only(tmp_path: Path, kind: str) -> None:
    whole = small_bag(tmp_path, [cloud(50)] * 3, kind=kind)
    file = whole if whole.is_file() else next(p for p in whole.iterdir() if p.suffix != ".yaml")
    data, rng = file.read_bytes(), np.random.default_rng(0)
    for turn in range(12):
        spoilt = bytearray(data if turn % 2 else data[: rng.integers(len(data))])
        for at in rng.integers(0, max(len(spoilt), 1), 20 if len(spoilt) else 0):
            spoilt[at] = rng.integers(256)
        file.write_bytes(spoilt)
        with contextlib.suppress(InputError):
            log = open_log(whole, "rosbag")
            for index in range(len(log.sweeps)):
                log.read_sweep(index)
