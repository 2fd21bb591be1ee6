"""Bags against the native drives that they were written from, and damaged ones."""

from __future__ import annotations

import contextlib
import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from short_drives import shorten
from written_bags import KINDS, Messages, drive_messages, write_bag

from avlabel.cli.inspect import command
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.errors import InputError, ReadError
from avlabel.pipeline.config import PipelineConfig
from avlabel.pipeline.fetched_log import FetchedLog
from avlabel.pipeline.label import label_log
from avlabel.readers.registry import open_log
from avlabel.readers.ros_bag import RosBag
from avlabel.readers.ros_cloud import read_cloud
from avlabel.readers.ros_propose import propose_topics
from avlabel.readers.ros_topics import dump_topics, load_topics
from avlabel.scenes.scene import open_scene

SAMPLE = Path(__file__).parents[2] / "sample_data" / "drive"
FRAMES = 3
START_NS = 1_700_000_000_000_000_000
XYZ = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4")])


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


def small_bag(folder: Path, clouds: list, extra: tuple = (), kind: str = "ros1") -> Path:
    """Clouds 0.1 s apart on a car that drives 1 m from one to the next."""
    made = Messages(kind)
    messages = [("/tf_static", START_NS, made.tf(made.transform(START_NS, "base", "l", here(0))))]
    for i in range(len(clouds) + 1):
        time_ns = START_NS + i * 100_000_000
        messages.append(("/tf", time_ns, made.tf(made.transform(time_ns, "odom", "base", here(i)))))
    for i, points in enumerate(clouds):
        time_ns = START_NS + i * 100_000_000
        cloud = made.cloud(time_ns, "l", points) if isinstance(points, np.ndarray) else points
        messages.append(("/points", time_ns, cloud))
    return write_bag(folder / "small", kind, [*messages, *extra])


def here(x: float) -> SE3:
    return SE3(np.eye(3), np.array([float(x), 0.0, 0.0]))


def cloud(rows: int, dtype: np.dtype = XYZ) -> np.ndarray:
    points = np.zeros(rows, dtype)
    points["x"] = np.arange(rows) + 1
    return points


@pytest.mark.parametrize("order", ["<", ">"])
def test_fields_may_have_any_type_place_and_byte_order(tmp_path: Path, order: str) -> None:
    dtype = np.dtype(
        {
            "names": ["z", "Ring", "y", "x", "reflectivity", "timestamp"],
            "formats": [order + kind for kind in ("f4", "u1", "f8", "f4", "u2", "f8")],
            "offsets": [1, 5, 7, 15, 20, 24],
            "itemsize": 40,
        }
    )
    points = cloud(12, dtype).reshape(3, 4)
    points["y"], points["Ring"], points["reflectivity"] = 2.5, 7, 40_000
    points["timestamp"] = (START_NS / 1e9) + np.linspace(0, 0.09, 12).reshape(3, 4)
    points["x"][1, 1] = np.nan
    log = open_log(small_bag(tmp_path, [points]), "rosbag")
    sweep = log.read_sweep(0)
    assert len(sweep) == 11
    np.testing.assert_allclose(sweep.points_ego[0], [1, 2.5, 0])
    assert set(sweep.ring) == {7}
    assert set(sweep.intensity) == {32767}
    assert abs(sweep.end_offset_ns[1] - 45_000_000) < 1000


def test_poses_of_two_moving_frames_are_joined(tmp_path: Path) -> None:
    made = Messages("ros1")
    jumps = [
        ("/tf", time_ns, made.tf(made.transform(time_ns, "map", "odom", here(100 + 2 * i))))
        for i, time_ns in enumerate(range(START_NS, START_NS + 400_000_000, 100_000_000))
    ]
    log = open_log(small_bag(tmp_path, [cloud(3)] * 3, tuple(jumps)), "rosbag")
    assert log.metadata["poses"] == "tf in map"
    np.testing.assert_allclose(
        log.trajectory.world_from_ego.translation[:, 0], [100, 103, 106, 109]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"point_step": 0}, "point_step: expected 1 to 4096, got 0"),
        ({"width": 4_000_000_000}, r"at most 20000000 points, got 4000000000 x 1"),
        ({"width": 9, "row_step": 108}, r"expected 108 bytes for 9 x 1 points of 12 bytes, got 36"),
        ({"row_step": 5}, r"row_step: expected at least 3 x 12 bytes, got 5"),
        ({"point_step": 10, "row_step": 36}, r"field 'z': expected it within point_step 10"),
    ],
)
def test_a_cloud_that_contradicts_itself_is_that_sweep_only(
    tmp_path: Path, change: dict[str, int], message: str
) -> None:
    bad = Messages("ros1").cloud(START_NS + 100_000_000, "l", cloud(3))
    for name, value in change.items():
        setattr(bad, name, value)
    log = open_log(small_bag(tmp_path, [cloud(3), bad, cloud(3)]), "rosbag")
    assert len(log.read_sweep(0)) == len(log.read_sweep(2)) == 3
    with pytest.raises(ReadError, match=rf"topic /points: {START_NS + 100_000_000} ns.*{message}"):
        log.read_sweep(1)


def test_clouds_of_any_header_raise_read_errors_only() -> None:
    rng = np.random.default_rng(5)
    names = ("width", "height", "point_step", "row_step")
    message, refused = Messages("ros1").cloud(0, "l", cloud(9)), 0
    for _ in range(500):
        kept = {name: getattr(message, name) for name in names}
        field = message.fields[rng.integers(3)]
        place = field.offset, field.datatype
        odd = int(rng.choice([0, 1, 3, 9, 12, 36, 108, 2**32 - 1]))
        setattr(message, names[rng.integers(4)], odd)
        if rng.random() < 0.5:
            field.offset, field.datatype = int(rng.choice([0, 5, 11, 2**31])), int(rng.integers(10))
        try:
            assert read_cloud(message, "a").xyz_m().shape[1] == 3
        except ReadError:
            refused += 1
        field.offset, field.datatype = place
        for name, value in kept.items():
            setattr(message, name, value)
    assert 100 < refused < 500


def camera_messages(encoding: str, pixels: np.ndarray) -> tuple:
    made = Messages("ros1")
    model = open_log(SAMPLE, "native").rig.cameras["front"].model
    mount = made.tf(made.transform(START_NS, "base", "cam", here(1)))
    return (
        ("/tf_static", START_NS, mount),
        ("/cam/camera_info", START_NS, made.info(START_NS, "cam", model)),
        ("/cam/image_raw", START_NS, made.image(START_NS, "cam", encoding, pixels)),
    )


def test_a_bag_that_was_fetched_is_known_by_its_folder(tmp_path: Path) -> None:
    bag = small_bag(tmp_path, [cloud(3)])
    fetched = FetchedLog(open_log(bag, "rosbag"), bag, "s3://bucket/drives/small.bag")
    assert fetched.source_uri == "s3://bucket/drives"


def test_raw_images_are_unpacked_without_loss(tmp_path: Path) -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (6, 8, 3), np.uint8)
    log = open_log(small_bag(tmp_path, [cloud(3)], camera_messages("rgb8", rgb)), "rosbag")
    image = cv2.imread(str(log.root / log.images["cam"].uris[0]))
    np.testing.assert_array_equal(image, rgb[..., ::-1])


def test_an_image_of_no_known_kind_is_left_out_and_noted(tmp_path: Path) -> None:
    extra = camera_messages("yuv422", np.zeros((6, 8, 2), np.uint8))
    log = open_log(small_bag(tmp_path, [cloud(3)], extra), "rosbag")
    assert log.images == {}
    assert "expected one of rgb8" in log.metadata["images_skipped"]


def test_a_sensor_that_no_transform_joins_is_named(tmp_path: Path) -> None:
    odd = Messages("ros1").cloud(START_NS, "lost", cloud(3))
    bag = small_bag(tmp_path, [odd])
    (tmp_path / "topics.toml").write_text(
        'version = 1\nego_frame = "base"\nworld_frame = "odom"\n[lidars.a]\ntopic = "/points"\n'
    )
    with pytest.raises(ReadError, match="no transforms join 'lost'"):
        open_log(bag, "rosbag")


def test_a_parked_car_has_a_place_too(tmp_path: Path) -> None:
    made = Messages("mcap")
    mount = made.tf(made.transform(START_NS, "base_link", "l", here(1)))
    times = [START_NS + i * 100_000_000 for i in range(3)]
    stands = [made.transform(time_ns, "map", "base_link", here(9)) for time_ns in times]
    messages = [("/tf_static", START_NS, mount)]
    messages += [("/tf", time_ns, made.tf(one)) for time_ns, one in zip(times, stands, strict=True)]
    messages += [("/points", time_ns, made.cloud(time_ns, "l", cloud(3))) for time_ns in times[:2]]
    bag = write_bag(tmp_path / "parked", "mcap", messages)
    log = open_log(bag, "rosbag")
    np.testing.assert_array_equal(log.trajectory.world_from_ego.translation, [[9, 0, 0]] * 3)
    # The same from the file alone, without the folder's metadata.
    (file,) = bag.glob("*.mcap")
    moved = file.rename(tmp_path / "alone.mcap")
    assert len(open_log(moved, "rosbag").sweeps) == 2


def test_a_cloud_without_a_stamp_counts_when_it_was_received(tmp_path: Path) -> None:
    unstamped = Messages("ros1").cloud(0, "l", cloud(3))
    log = open_log(small_bag(tmp_path, [cloud(3), unstamped]), "rosbag")
    assert log.sweeps.ref_ns.tolist() == [START_NS, START_NS + 100_000_000]
    assert len(log.read_sweep(1)) == 3


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
