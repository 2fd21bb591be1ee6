"""A rig given in place of the recording's own: sensors must fit, points move with their LiDAR."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.spatial.transform import Rotation
from written_drives import RIG, write_native

from avlabel.cli.main import cli
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError, ReadError
from avlabel.pipeline.fingerprint import input_hash
from avlabel.readers.odometry import MADE_BY
from avlabel.readers.registry import open_log
from avlabel.readers.rerigged import with_rig
from avlabel.readers.rig_toml import dump_rig
from avlabel.stages.synchronize import SynchronizeConfig, synchronize

TURNED = RIG.replace(
    "rotation_wxyz = [1.0, 0.0, 0.0, 0.0]",
    "rotation_wxyz = [0.9961946980917455, 0.0, 0.0, 0.08715574274765817]",
).replace("[1.0, 0.0, 2.0]", "[1.1, 0.2, 1.9]")


def test_points_move_as_if_the_drive_had_that_rig(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    given = tmp_path / "turned.toml"
    given.write_text(TURNED)
    other = open_log(drive, "native", rig=given)
    (drive / "rig.toml").write_text(TURNED)
    own = open_log(drive, "native")
    for index in range(len(own.sweeps)):
        np.testing.assert_allclose(
            other.read_sweep(index).points_ego, own.read_sweep(index).points_ego, atol=1e-5
        )
    np.testing.assert_array_equal(
        other.rig.lidars["top"].ego_from_sensor.matrix, own.rig.lidars["top"].ego_from_sensor.matrix
    )
    assert other.metadata["rig"] == "test car"
    assert other.trajectory is not None
    np.testing.assert_array_equal(
        other.trajectory.world_from_ego.matrix, own.trajectory.world_from_ego.matrix
    )


def test_points_stay_when_only_a_camera_moves(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    given = tmp_path / "rig.toml"
    given.write_text(RIG.replace("[1.5, 0.0, 1.6]", "[1.5, 0.3, 1.6]"))
    own, other = open_log(drive, "native"), open_log(drive, "native", rig=str(given))
    np.testing.assert_array_equal(own.read_sweep(0).points_ego, other.read_sweep(0).points_ego)
    assert other.rig.cameras["front"].ego_from_sensor.translation[1] == 0.3


def test_images_take_the_rigs_time_offset_once(tmp_path: Path) -> None:
    """By the drive's own rig and by one given for it, or first by the one and then the other."""
    drive = write_native(tmp_path / "drive")
    recorded_ns = open_log(drive, "native").images["front"].timestamp_ns
    given = tmp_path / "rig.toml"
    given.write_text(RIG.replace("readout_ms = 30.0", "readout_ms = 30.0\ntime_offset_ms = 12.5"))
    later = recorded_ns + 12_500_000
    for own in (RIG, given.read_text()):
        (drive / "rig.toml").write_text(own)
        log = open_log(drive, "native", rig=given)
        np.testing.assert_array_equal(log.images["front"].timestamp_ns, later)
    np.testing.assert_array_equal(open_log(drive, "native").images["front"].timestamp_ns, later)


def test_sensors_beyond_the_recording_are_left_out(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    log = open_log(drive, "native")
    more = {"roof": Lidar("roof", SE3.identity()), **log.rig.lidars}
    other = with_rig(log, Rig(more, log.rig.cameras), "more")
    assert list(other.rig.lidars) == ["top"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[lidars.top]", "[lidars.roof]", ["lidars top", "missing top", "recording: roof"]),
        ("[cameras.front]", "[cameras.fronz]", ["cameras front", "missing front", "fronz"]),
        ("width_px = 64", "width_px = 128", ["camera 'front'", "64 x 48", "128 x 48"]),
    ],
)
def test_a_rig_that_does_not_fit_is_refused(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    drive = write_native(tmp_path / "drive")
    given = tmp_path / "rig.toml"
    given.write_text(RIG.replace(old, new, 1))
    with pytest.raises(CalibrationError) as caught:
        open_log(drive, "native", rig=given)
    for word in ["rig 'test car'", *words]:
        assert word in str(caught.value)


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    drive = write_native(tmp_path / "drive")
    with pytest.raises(ReadError, match=r"rig 'nobodys': expected a \.toml file or one of"):
        open_log(drive, "native", rig="nobodys")
    with pytest.raises(ReadError, match="no such file"):
        open_log(drive, "native", rig=tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("folder", "name", "sequence"),
    [
        ("pandaset/002", "pandaset", None),
        ("kitti-tracking", "kitti-tracking", "0000"),
        ("kitti-object", "kitti-object", "000008"),
    ],
)
def test_a_rig_moved_as_a_whole_gives_the_same_images(
    shared_data: Path, folder: str, name: str, sequence: str | None
) -> None:
    """Points stay where they are in their LiDAR and, if cameras move as it does, in images."""
    own = open_log(shared_data / folder, name, sequence=sequence)
    shift = SE3(Rotation.from_euler("zyx", [2, 1, -1], degrees=True).as_matrix(), np.ones(3))
    other = with_rig(
        own,
        Rig(
            {k: Lidar(k, shift @ v.ego_from_sensor) for k, v in own.rig.lidars.items()},
            {
                k: replace(v, ego_from_sensor=shift @ v.ego_from_sensor)
                for k, v in own.rig.cameras.items()
            },
        ),
        "moved",
    )
    before = own.read_sweep(0).points_ego[::100].astype(np.float64)
    after = other.read_sweep(0).points_ego[::100].astype(np.float64)
    np.testing.assert_allclose(after, shift.apply(before), atol=1e-4)
    for camera, same in zip(own.rig.cameras.values(), other.rig.cameras.values(), strict=True):
        uv, valid = camera.model.project(camera.ego_from_sensor.inverse().apply(before))
        uv_after, _ = same.model.project(same.ego_from_sensor.inverse().apply(after))
        seen = valid & np.all(np.abs(uv) < 3000, axis=1)
        np.testing.assert_allclose(uv_after[seen], uv[seen], atol=0.1)


@pytest.mark.parametrize(
    "ask",
    [
        ["label", "{drive}", "--out", "{tmp}"],
        ["evaluate", "{tmp}", "--truth", "{drive}"],
        ["calibrate", "check", "{drive}"],
        ["calibrate", "export", "{drive}", "--out", "{tmp}/rig.toml"],
    ],
)
def test_every_command_that_opens_a_recording_takes_a_rig(
    sample_drive: Path, tmp_path: Path, ask: list[str]
) -> None:
    """A rig that does not fit tells that it has been read."""
    words = [word.format(drive=sample_drive, tmp=tmp_path) for word in ask]
    done = CliRunner().invoke(cli, [*words, "--format", "native", "--rig", "kitti-nominal"])
    assert isinstance(done.exception, CalibrationError)
    assert "expected the recording's lidars top; missing top" in str(done.exception)


def test_made_poses_follow_the_lidar(sample_drive: Path) -> None:
    """Poses made from sweeps are the same LiDAR path, whichever way the LiDAR is mounted."""
    own = open_log(sample_drive, "native")
    made = replace(own, metadata={**own.metadata, "poses": f"{MADE_BY} 1.0"})
    ego_from_lidar = SE3(
        Rotation.from_euler("zyx", [30, 2, -3], degrees=True).as_matrix(), np.array([1.0, 2, 3])
    )
    other = with_rig(made, Rig({"top": Lidar("top", ego_from_lidar)}, own.rig.cameras), "turned")
    old = own.trajectory.world_from_ego @ own.rig.lidars["top"].ego_from_sensor
    new = other.trajectory.world_from_ego @ ego_from_lidar
    between_old = (old[0:1].inverse() @ old).matrix
    between_new = (new[0:1].inverse() @ new).matrix
    np.testing.assert_allclose(between_new, between_old, atol=1e-6)
    # Labels keep their place relative to the points.
    own_truth, other_truth = own.read_truth(), other.read_truth()
    assert own_truth is not None
    assert other_truth is not None
    first_old = old[0].inverse().apply(own_truth.cuboids.center)
    first_new = new[0].inverse().apply(other_truth.cuboids.center)
    np.testing.assert_allclose(first_new, first_old, atol=1e-6)


def test_a_rig_changes_what_a_scene_is_made_from(sample_drive: Path, tmp_path: Path) -> None:
    own = open_log(sample_drive, "native")
    written = tmp_path / "rig.toml"

    def made_from(rig: Rig) -> str:
        written.write_text(dump_rig(rig, "again"))
        log = open_log(sample_drive, "native", rig=written)
        return input_hash(log, synchronize(log, None, None, SynchronizeConfig())[0])

    front = own.rig.cameras["front"]
    moved = replace(front, ego_from_sensor=SE3.from_yaw(0.01, [0, 0, 0]) @ front.ego_from_sensor)
    assert made_from(own.rig) == made_from(own.rig)
    assert made_from(own.rig) != made_from(Rig(own.rig.lidars, {**own.rig.cameras, "front": moved}))
