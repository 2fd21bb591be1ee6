"""Rigs that ship: each can be read, and the simulator's is the one it uses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.spatial.transform import Rotation

from avlabel.core.rig import Rig
from avlabel.errors import ReadError
from avlabel.readers.known_rigs import find_rig, known_rigs
from avlabel.readers.registry import open_log
from avlabel.readers.rig_toml import dump_rig, load_rig, load_rig_file
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import simulate
from avlabel_calibration.cli.main import command as calibrate
from avlabel_calibration.importers.complete import merged
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.registry import read_calibration
from avlabel_calibration.known_rigs import files


def same(a: Rig, b: Rig) -> bool:
    return dump_rig(a, "") == dump_rig(b, "")


@pytest.mark.parametrize("name", files())
def test_every_rig_can_be_read(name: str) -> None:
    file = load_rig_file(find_rig(name))
    assert file.name
    assert file.rig.lidars


def test_all_files_of_the_checkout_are_there() -> None:
    folder = Path(__file__).parents[2] / "calibration" / "rigs"
    assert set(known_rigs()) == {path.stem for path in folder.glob("*.toml")}
    assert "simulator" in known_rigs()


def test_the_simulators_rig_is_the_one_it_uses() -> None:
    file = load_rig_file(find_rig("simulator"))
    drive = simulate(SimulationConfig(frames=1, density=0.0, clutter=0.0))
    assert same(file.rig, drive.rig)
    assert {pair.camera for pair in file.pairs} == set(drive.rig.cameras)


def test_the_sample_drive_can_be_read_with_it(sample_drive: Path) -> None:
    own, other = open_log(sample_drive, "native"), open_log(sample_drive, "native", rig="simulator")
    assert same(own.rig, other.rig)
    np.testing.assert_array_equal(own.read_sweep(0).points_ego, other.read_sweep(0).points_ego)


def test_pandasets_rig_is_the_published_one(shared_data: Path) -> None:
    published = shared_data / "pandaset" / "static_extrinsic_calibration.yaml"
    found = read_calibration(published, "pandaset", ImportOptions())
    rig = merged(found, Rig({}, {}))
    assert rig is not None
    assert same(load_rig(find_rig("pandaset")), rig)


def test_a_scene_of_pandaset_can_be_read_with_its_rig(shared_data: Path) -> None:
    scene = shared_data / "pandaset" / "002"
    log = open_log(scene, "pandaset", rig="pandaset")
    assert log.metadata["rig"] == "the car of PandaSet"
    own = open_log(scene, "pandaset")
    np.testing.assert_array_equal(log.read_sweep(0).points_ego, own.read_sweep(0).points_ego)


def test_the_nominal_kitti_car_is_near_a_calibrated_one(shared_data: Path) -> None:
    """As near as its file says."""
    nominal = load_rig(find_rig("kitti-nominal"))
    own = open_log(shared_data / "kitti-tracking", "kitti-tracking", sequence="0000").rig
    assert same(Rig(nominal.lidars, {}), Rig(own.lidars, {}))
    for name, camera in own.cameras.items():
        off = nominal.cameras[name].ego_from_sensor.inverse() @ camera.ego_from_sensor
        turn = np.rad2deg(np.linalg.norm(Rotation.from_matrix(off.rotation).as_rotvec()))
        assert turn < 0.9
        assert np.linalg.norm(off.translation) < 0.01
        fx, _, cx, cy = nominal.cameras[name].model.intrinsics - camera.model.intrinsics
        assert abs(fx) < 0.04 * camera.model.intrinsics[0]
        assert np.hypot(cx, cy) < 20


def test_a_misspelt_name_is_told_the_nearest() -> None:
    with pytest.raises(ReadError, match=r"rig 'simulater': .*did you mean 'simulator'"):
        find_rig("simulater")


def test_they_are_listed() -> None:
    listed = CliRunner().invoke(calibrate, ["rigs"])
    assert listed.exit_code == 0
    for name in files():
        assert name in listed.output


def test_a_drives_rig_is_written_and_never_over_another(sample_drive: Path, tmp_path: Path) -> None:
    out = tmp_path / "rig.toml"
    ask = ["export", str(sample_drive), "--format", "native", "--out", str(out)]
    assert CliRunner().invoke(calibrate, ask).exit_code == 0
    assert same(load_rig(out), open_log(sample_drive, "native").rig)
    out.write_text("mine")
    refused = CliRunner().invoke(calibrate, ask)
    assert "is there already" in str(refused.exception)
    assert out.read_text() == "mine"
    assert CliRunner().invoke(calibrate, [*ask, "--overwrite"]).exit_code == 0
    assert same(load_rig(out), open_log(sample_drive, "native").rig)
