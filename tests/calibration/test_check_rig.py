"""Rules that look at the rig and its images' sizes: planted errors are found, good rigs are not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from avlabel.core.cameras import Pinhole, camera_model
from avlabel.core.log import ImageIndex
from avlabel.core.se3 import SE3
from avlabel_calibration.check import planted
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.registry import run
from avlabel_calibration.check.rules.optics import folded_share
from avlabel_calibration.check.rules.view import angle_of_view
from avlabel_calibration.check.run import RULES


def ask(rule, log, **given):
    """Verdicts of one rule by sensor."""
    return {v.sensor_id: v for v in run([RULES[rule]], Evidence(log, **given))}


def with_model(log, camera, **changes):
    def change(old):
        model = old.model
        given = {
            "width_px": model.width_px,
            "height_px": model.height_px,
            "intrinsics": model.intrinsics,
            "distortion": model.distortion,
        }
        return replace(old, model=Pinhole(**{**given, **changes}))

    return planted.with_camera(log, camera, change)


def test_ids_are_stable_and_every_rule_says_what_it_means():
    assert list(RULES)[:6] == [
        "not-a-rotation", "mirrored", "camera-named-once", "image-size", "principal-point",
        "distortion-fold",
    ]  # fmt: skip
    for rule in RULES.values():
        assert rule.id == rule.id.lower().replace("_", "-").replace(" ", "-")
        assert rule.severity in ("warning", "error")
        assert rule.reason
        assert "\n" not in rule.reason


def test_a_good_rig_passes_every_rule_that_needs_no_image_content(sample_log):
    for name in ("not-a-rotation", "mirrored", "camera-named-once", "image-size",
                 "principal-point", "distortion-fold", "points-in-image"):  # fmt: skip
        assert {v.outcome for v in ask(name, sample_log).values()} == {"fine"}, name


def test_a_matrix_that_stretches_is_no_rotation(sample_log):
    bad = planted.placed(
        sample_log, "front", lambda pose: SE3(pose.rotation * 1.01, pose.translation)
    )
    said = ask("not-a-rotation", bad)
    assert said["front"].severity == "error"
    assert said["front"].numbers["off"] == pytest.approx(1.01**2 - 1)
    assert said["front_left"].outcome == said["ego poses"].outcome == "fine"


def test_a_translation_that_is_not_finite_is_no_place(sample_log):
    bad = planted.placed(sample_log, "front", lambda pose: SE3(pose.rotation, np.full(3, np.nan)))
    assert ask("not-a-rotation", bad)["front"].outcome == "found"


def test_a_mirrored_extrinsic_is_a_rotation_with_the_wrong_hand(sample_log):
    bad = planted.mirrored(sample_log, "front_left")
    assert ask("not-a-rotation", bad)["front_left"].outcome == "fine"
    said = ask("mirrored", bad)
    assert said["front_left"].severity == "error"
    assert said["front"].outcome == "fine"


def test_cameras_named_in_one_place_only(sample_log):
    images = dict(sample_log.images)
    images["rear"] = ImageIndex("rear", images["front"].timestamp_ns, images["front"].uris)
    del images["front"]
    said = ask("camera-named-once", replace(planted.PlantedLog.of(sample_log), images=images))
    assert (said["rear"].outcome, said["rear"].severity) == ("found", "error")
    assert (said["front"].outcome, said["front"].severity) == ("found", "warning")
    assert said["front_left"].outcome == "fine"


def test_a_recording_without_images_is_undecided(sample_log):
    blind = replace(planted.PlantedLog.of(sample_log), images={})
    for name in ("camera-named-once", "image-size", "points-in-image"):
        said = ask(name, blind)
        assert {v.outcome for v in said.values()} == {"undecided"}, name
        assert all(v.message and v.severity == "info" for v in said.values())


def test_intrinsics_of_a_larger_image_are_recognised(sample_log):
    model = sample_log.rig.cameras["front"].model
    bad = with_model(sample_log, "front", intrinsics=2 * model.intrinsics)
    said = ask("principal-point", bad)["front"]
    assert said.severity == "error"
    assert "2 times as large" in said.message
    off = with_model(
        sample_log, "front", intrinsics=model.intrinsics + np.array([0.0, 0.0, 230.0, 0.0])
    )
    assert ask("principal-point", off)["front"].severity == "warning"


def test_image_files_of_another_size_are_found(sample_log, tmp_path):
    cv2.imwrite(str(tmp_path / "small.png"), np.zeros((300, 480, 3), np.uint8))
    index = sample_log.images["front"]
    images = {
        **sample_log.images,
        "front": replace(index, uris=[str(tmp_path / "small.png")] * len(index)),
    }
    said = ask("image-size", replace(planted.PlantedLog.of(sample_log), images=images))
    assert said["front"].severity == "error"
    assert "480 x 300 px; the calibration is for 960 x 600" in said["front"].message
    assert said["front_left"].outcome == "fine"


@pytest.mark.parametrize(("k1", "severity"), [(-0.19, "warning"), (-0.9, "error")])
def test_distortion_that_folds_within_the_image_is_found(sample_log, k1, severity):
    bad = with_model(sample_log, "front", distortion=np.array([k1, 0.0, 0.0, 0.0]))
    said = ask("distortion-fold", bad)["front"]
    assert (said.outcome, said.severity) == ("found", severity)


def test_folded_share_by_hand():
    """r' = r + k r^3 turns back at r = sqrt(-1 / 3k), where r' is two thirds of that."""
    k1, focal, size = -1.0 / 3.0, 300.0, 601
    lens = Pinhole(size, size, np.array([focal, focal, 300.0, 300.0]), np.array([k1, 0, 0, 0]))
    circle_px = focal * 2 / 3
    assert folded_share(lens) == pytest.approx(1 - np.pi * circle_px**2 / size**2, abs=0.03)


def test_a_camera_kilometres_away_sees_nothing(sample_log):
    """Millimetres taken for metres."""
    bad = planted.placed(
        sample_log, "front", lambda pose: SE3(pose.rotation, 1000 * pose.translation)
    )
    said = ask("points-in-image", bad)["front"]
    assert said.severity == "error"
    assert said.numbers["share"] < 0.01 < said.numbers["expected"]


def test_angle_of_view_of_a_fisheye_ends_where_its_image_circle_does():
    """An equidistant lens of 200 px a radian: 90 degrees off axis are 314 px off the middle."""
    lens = camera_model("fisheye", 801, 401, np.array([200.0, 200.0, 400.0, 200.0]), np.zeros(4))
    assert angle_of_view(lens) == pytest.approx(min(4.0, 2 * lens.max_angle), abs=0.15)
    pinhole = Pinhole(601, 401, np.array([300.0, 300.0, 300.0, 200.0]))
    assert angle_of_view(pinhole) == pytest.approx(np.pi / 2, abs=1e-6)


def test_a_camera_where_the_lidar_does_not_look_is_undecided(pandaset, shared_data):
    from avlabel.readers.registry import open_log

    ahead = open_log(shared_data / "pandaset" / "002", "pandaset", lidar="pandargt")
    said = ask("points-in-image", ahead)
    assert said["front_camera"].outcome == "fine"
    assert said["back_camera"].outcome == "undecided"


def test_real_rigs_pass(pandaset, kitti):
    for log in (pandaset, kitti):
        for name in ("not-a-rotation", "mirrored", "camera-named-once", "image-size",
                     "principal-point", "distortion-fold", "points-in-image"):  # fmt: skip
            assert {v.outcome for v in ask(name, log).values()} == {"fine"}, name
