"""``avlabel calibrate check``, and the gate before labeling."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

import avlabel
from avlabel.cli.main import cli
from avlabel.core.se3 import SE3
from avlabel.errors import GateError
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.pipeline.gates import GatesConfig, run_gates
from avlabel.readers.registry import open_log
from avlabel_calibration.check import planted
from avlabel_calibration.check.gate import gate
from avlabel_calibration.check.run import Checked
from avlabel_calibration.check.verdict import Verdict
from avlabel_calibration.cli.check import as_table


@pytest.fixture
def rig(sample_drive, tmp_path):
    """The rig of a copy of the sample drive."""
    drive = tmp_path / "drive"
    shutil.copytree(sample_drive, drive)
    return drive / "rig.toml"


def call(*arguments):
    return CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)


def test_a_good_drive_passes(sample_drive):
    done = call("calibrate", "check", sample_drive, "--format", "native", "--fast", "--json")
    assert done.return_value == 0
    table = json.loads(done.output)
    assert table["log_id"] == "simulated-hdl64-0007"
    assert set(table["counts"]) <= {"fine", "undecided"}
    assert {"rule", "sensor_id", "outcome", "severity", "message", "numbers"} == set(
        table["verdicts"][0]
    )


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [("rotation_wxyz = [0.5, -0.5, 0.5, -0.5]", "rotation_wxyz = [0.5, -0.5, 0.5, -0.6]",
      "not-a-rotation")],
)  # fmt: skip
def test_a_rotation_that_a_reader_refuses_is_a_verdict(rig, old, new, rule):
    rig.write_text(rig.read_text().replace(old, new))
    done = call("calibrate", "check", rig.parent, "--format", "native", "--json")
    assert done.return_value == 1
    (verdict,) = json.loads(done.output)["verdicts"]
    assert (verdict["rule"], verdict["severity"]) == (rule, "error")
    assert "rig.toml" in verdict["message"]


def test_a_mirrored_calibration_file_is_a_verdict(shared_data, tmp_path):
    source = shared_data / "kitti-tracking" / "training"
    source = source if source.is_dir() else shared_data / "kitti-tracking"
    for name in ("velodyne/0000", "image_02/0000"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).symlink_to(source / name)
    (tmp_path / "calib").mkdir()
    lines = (source / "calib" / "0000.txt").read_text().splitlines()
    lines = [
        "Tr_velo_to_cam: 0 1 0 0 0 0 -1 0 1 0 0 0" if line.startswith("Tr_velo") else line
        for line in lines
    ]
    (tmp_path / "calib" / "0000.txt").write_text("\n".join(lines) + "\n")
    done = call("calibrate", "check", tmp_path, "--format", "kitti-tracking", "--json")
    assert done.return_value == 1
    assert [v["rule"] for v in json.loads(done.output)["verdicts"]] == ["mirrored"]


def test_what_is_unbounded_is_null_in_json():
    verdict = Verdict("alignment", "info", "undecided", "vague", "a", {"s": float("inf"), "t": 1.5})
    text = json.dumps(as_table(Checked(None, (verdict,))), allow_nan=False)
    assert json.loads(text)["verdicts"][0]["numbers"] == {"s": None, "t": 1.5}


def test_unusable_input_and_unknown_limits_are_refused(sample_drive, tmp_path):
    missing = call("calibrate", "check", tmp_path / "none", "--format", "native")
    assert isinstance(missing.exception, avlabel.errors.InputError)
    (tmp_path / "limits.toml").write_text("max_ground_tilt = 3.0\n")
    odd = call(
        "calibrate", "check", sample_drive, "--format", "native", "--config",
        tmp_path / "limits.toml",
    )  # fmt: skip
    assert "max_ground_tilt_deg" in str(odd.exception)


def test_limits_and_rules_can_be_chosen(sample_drive, tmp_path):
    (tmp_path / "limits.toml").write_text('disabled = ["image-size"]\nmax_ground_tilt_deg = 0.1\n')
    done = call(
        "calibrate", "check", sample_drive, "--format", "native", "--fast", "--config",
        tmp_path / "limits.toml",
    )  # fmt: skip
    assert done.return_value == 0
    assert "warning" in done.output
    assert "ground-normal" in done.output
    assert "image-size" not in done.output


def test_gate_lets_good_drives_through(sample_log):
    assert gate(sample_log) == []


def test_labeling_refuses_errors_unless_told_otherwise(sample_log, tmp_path):
    bad = planted.mirrored(sample_log, "front")
    with pytest.raises(GateError, match="mirrored: 'front': determinant -1"):
        label_log(bad, tmp_path, PipelineConfig(), last=1)
    assert not list(tmp_path.iterdir())
    passed = GatesConfig(passed_over=("mirrored", "points-in-image"))
    assert all(f.severity != "error" for f in run_gates(bad, passed))
    assert run_gates(bad, GatesConfig(run=False)) == []


def test_warnings_go_into_the_scene(sample_log, tmp_path):
    lifted = planted.with_lidar_moved(sample_log, SE3.from_yaw(0.0, [0.0, 0.0, 0.8]))
    result = label_log(lifted, tmp_path, PipelineConfig(), last=1)
    stored = avlabel.open_scene(result.scene_path).findings()
    assert [f.severity for f in stored if f.rule == "ground-normal"] == ["warning"]
    assert result.stage_ms["gates"] > 0


def test_label_names_the_way_past_the_gate(rig, tmp_path):
    text = rig.read_text()
    rig.write_text(text.replace("[595.2, 595.2, 482.5, 295.5]", "[1190.4, 1190.4, 965.0, 591.0]"))
    arguments = ("label", rig.parent, "--format", "native", "--frames", "0:1")
    refused = call(*arguments, "--out", tmp_path / "a")
    assert isinstance(refused.exception, GateError)
    assert "principal-point" in str(refused.exception)
    assert "--no-calibration-check" in str(refused.exception)
    done = call(*arguments, "--out", tmp_path / "b", "--no-calibration-check")
    assert done.exception is None
    assert open_log(rig.parent, "native").log_id in done.output
