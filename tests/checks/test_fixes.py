"""What --fix does: planted faults are gone, true labels stay, people are not overruled."""

import json
from dataclasses import replace

import numpy as np
import pytest
from checked_scenes import write_scene
from click.testing import CliRunner
from label_samples import N, car, edited, moved, turned
from made_street import CAR, CLEAR, PERSON, Street

from avlabel.checks.fixing.fix import AUTHOR, fix_labels
from avlabel.checks.fixing.mend import MENDS
from avlabel.checks.rules import RULES
from avlabel.checks.scene import check_labels
from avlabel.cli.main import cli
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.se3 import quat_from_yaw
from avlabel.edits import compose

join = Cuboids.concatenate
GOOD = car(0)
DRIFT = np.outer(np.linspace(-0.4, 0.4, N), [0, 1, 0])
STANDS = car(0, speed_mps=0.0)
BACKWARDS = replace(GOOD, quat_wxyz=quat_from_yaw(np.full(N, np.pi)))
PARTS = replace(GOOD, track_id=np.where(np.arange(N) < 15, 0, 9))
NAMED = join([GOOD, car(1, y=0.2)])


def same_places(a, b, tolerance_m=1e-6):
    a, b = a.select(np.argsort(a.frame_idx)), b.select(np.argsort(b.frame_idx))
    np.testing.assert_array_equal(a.frame_idx, b.frame_idx)
    np.testing.assert_allclose(a.center, b.center, atol=tolerance_m)
    np.testing.assert_allclose(a.size_lwh, b.size_lwh, atol=1e-6)
    np.testing.assert_allclose(np.exp(1j * a.yaw), np.exp(1j * b.yaw), atol=1e-6)


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("heading-flip", turned(GOOD, [5, 6, 20], np.pi), GOOD),
        ("heading-flip", turned(GOOD, slice(5, None), np.pi), GOOD),
        ("heading-against-motion", BACKWARDS, GOOD),
        ("gap", GOOD.select(np.delete(np.arange(N), [11, 12])), GOOD),
        ("fragmented-track", PARTS, GOOD),
        ("duplicate-box", NAMED, GOOD),
        ("parked-drifts", replace(STANDS, center=STANDS.center + DRIFT), STANDS),
    ],
)
def test_a_planted_fault_is_mended_to_what_was_there(tmp_path, rule, bad, good):
    scene = write_scene(tmp_path, bad)
    fixes = fix_labels(scene)
    assert {fix.rule for fix in fixes} == {rule}
    after = scene.labels()
    assert check_labels(scene, after, rules=[rule]) == ()
    same_places(after, good, 1e-6 if rule != "parked-drifts" else 0.02)
    assert set(after.track_id) == {0}


def test_one_size_keeps_the_near_face_and_the_floor(tmp_path):
    odd = edited(STANDS, "size_lwh", slice(0, 5), [4.9, 1.85, 1.8])
    odd = moved(odd, slice(None), [20.0, 0.0, 0.0])
    scene = write_scene(tmp_path, moved(odd, slice(0, 5), [0.0, 0.0, 0.1]))
    fix_labels(scene)
    after = scene.labels()
    np.testing.assert_allclose(after.size_lwh, np.tile([4.5, 1.85, 1.6], (N, 1)), atol=1e-6)
    near = after.center[:, 0] - after.size_lwh[:, 0] / 2
    np.testing.assert_allclose(near[:5], 20.0 - 4.9 / 2, atol=1e-6)
    np.testing.assert_allclose(after.center[:, 2] - after.size_lwh[:, 2] / 2, 0.0, atol=1e-6)


def test_true_labels_are_not_touched(tmp_path):
    scene = write_scene(tmp_path, join([car(0), car(1, y=4.0, speed_mps=0.0)]))
    assert fix_labels(scene) == ()
    assert scene.edits().edits == ()


def lasting(thing):
    """In frames 0 to 2, where there are sweeps."""
    third = replace(
        thing.select([0]), frame_idx=np.int32([2]), timestamp_ns=np.int64([200_000_000])
    )
    return join([thing, third])


def test_boxes_are_put_onto_the_ground_and_empty_ones_deleted(tmp_path):
    street = Street(join([lasting(CAR), lasting(PERSON)]), n_frames=3)
    wrong = join([moved(lasting(CAR), slice(None), [0, 0, 0.5]), lasting(CLEAR)])
    scene = write_scene(tmp_path, wrong, [street.sweep(k) for k in range(3)])
    fixes = fix_labels(scene)
    assert {(fix.rule, fix.track_id) for fix in fixes} == {("empty", 2), ("floating", 0)}
    after = scene.labels()
    assert set(after.track_id) == {0}
    np.testing.assert_allclose(after.center, lasting(CAR).center, atol=0.03)


def test_what_a_person_set_is_left_alone(tmp_path):
    scene = write_scene(tmp_path, join([turned(GOOD, 5, np.pi), turned(car(1, y=9.0), 5, np.pi)]))
    seen = scene.resolved()
    row = compose.rows_of(seen, 0)[20]
    with scene.edit_log("ann") as log:
        log.append(compose.set_box(seen, row, size_lwh=[4.4, 1.8, 1.6], scope="frame"))
    before = scene.labels()
    assert {fix.track_id for fix in fix_labels(scene)} == {1}
    after = scene.labels()
    same_places(after.select(after.track_id == 0), before.select(before.track_id == 0))


def test_of_an_object_boxed_twice_the_person_s_track_stays(tmp_path):
    surer = replace(NAMED, score=np.where(NAMED.track_id == 0, 0.9, 0.5).astype(np.float32))
    scene = write_scene(tmp_path, surer)
    seen = scene.resolved()
    with scene.edit_log("ann") as log:
        log.append(compose.decide(seen, "accept", track_id=1))
    fix_labels(scene)
    assert set(scene.labels().track_id) == {1}


def test_fixes_are_one_person_s_edits_and_can_be_undone(tmp_path):
    scene = write_scene(tmp_path, turned(GOOD, [5, 20], np.pi))
    before = scene.labels()
    fix_labels(scene)
    (edit,) = scene.edits().edits
    assert edit.author == AUTHOR
    assert (scene.labels().source == Source.HUMAN).sum() == 2
    with scene.edit_log("ann") as log:
        log.follow([edit])
        log.append(compose.undo(edit))
    same_places(scene.labels(), before)


def test_every_fix_is_of_a_rule():
    assert set(MENDS) <= set(RULES)


def run(*arguments):
    return CliRunner().invoke(cli, ["check", *map(str, arguments)], standalone_mode=False)


def test_command_says_what_it_found_and_what_it_mended(tmp_path):
    scene = write_scene(tmp_path, join([turned(GOOD, [5, 20], np.pi), car(1, y=1.0)]))
    told = json.loads(run(scene.path, "--json").output)
    assert told["counts"] == {"overlap": 1, "heading-flip": 1}
    assert set(told["undecided"]) == {rule.id for rule in RULES.values() if rule.needs != "labels"}
    assert run(scene.path).return_value == 1
    fixed = run(scene.path, "--fix")
    assert fixed.return_value == 0
    assert "2 boxes turned around" in fixed.output
    assert "overlaps track" in fixed.output
    assert json.loads(run(scene.path, "--json", "--rules", "overlap").output)["fixed"] == []
    assert run(scene.path, "--labels", "auto").return_value == 1


def test_command_refuses_what_it_cannot_do(tmp_path):
    scene = write_scene(tmp_path, GOOD)
    assert "leave out --labels auto" in str(run(scene.path, "--fix", "--labels", "auto").exception)
    assert "rule 'overlop'" in str(run(scene.path, "--rules", "overlop").exception)
