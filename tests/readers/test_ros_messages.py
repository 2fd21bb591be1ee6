"""What single messages of a bag mean, and frames and images that are out of the ordinary."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from written_bags import START_NS, Messages, cloud, here, small_bag, write_bag

from avlabel.errors import ReadError
from avlabel.pipeline.fetched_log import FetchedLog
from avlabel.readers.registry import open_log
from avlabel.readers.ros_cloud import read_cloud

SAMPLE = Path(__file__).parents[2] / "sample_data" / "drive"


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
