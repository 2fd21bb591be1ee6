"""Labels of committed scenes against what the scene holds."""

import numpy as np
from checked_scenes import write_scene
from label_samples import car, moved
from made_street import BOTH, CAR, PERSON, Street, standing

from avlabel.checks.config import CheckConfig
from avlabel.checks.run import check
from avlabel.checks.scene import check_labels, undecided
from avlabel.core.cuboids import Cuboids


def test_sweeps_of_a_scene_tell_what_floats(tmp_path):
    street = Street(BOTH)
    wrong = Cuboids.concatenate([moved(CAR, slice(None), [0, 0, 0.5]), PERSON])
    scene = write_scene(tmp_path, wrong, [street.sweep(0), street.sweep(1)])
    assert set(undecided(scene)) == {"camera-differs", "camera-misses"}
    (finding,) = check_labels(scene, scene.labels())
    assert (finding.rule, finding.track_id) == ("floating", 0)
    gap, rest = finding.message.split(" m above the ground; ")
    assert abs(float(gap) - 0.5) < 0.03
    assert rest == "expected at most 0.4 m (and in 1 more)"
    assert check_labels(scene, BOTH) == ()


def test_a_frame_without_a_sweep_says_nothing(tmp_path):
    scene = write_scene(tmp_path, standing(car(2), [14.0, -13.0, 0.0]), [Street(BOTH).sweep(0)])
    (empty,) = check_labels(scene, scene.labels(), rules=["empty"])
    assert (empty.frame_idx, "more" in empty.message) == (0, False)


def test_camera_evidence_of_a_scene_is_given_to_the_boxes_where_it_lies(tmp_path):
    says = np.where(BOTH.track_id[:, None] == 0, [-2.0, 0.0, 2.0, 0.0], [0.0, 0.0, 2.0, 0.0])
    scene = write_scene(tmp_path, BOTH, evidence=says)
    assert set(undecided(scene)) == {"empty", "floating", "sunk", "cut-off", "off-road", "unseen"}
    (finding,) = check_labels(scene, scene.labels())
    assert (finding.rule, finding.track_id) == ("camera-differs", 0)
    assert finding.message.startswith("cameras see a pedestrian, not a car")


def test_what_a_pipeline_finds_is_what_the_command_finds_with_rules_of_labels(tmp_path):
    twice = Cuboids.concatenate([car(0), car(1, y=0.3), car(2, y=1.5)])
    scene = write_scene(tmp_path, twice)
    made = check(scene.cuboids(), scene.frames, CheckConfig(), scene.taxonomy)
    assert tuple(made) == check_labels(scene, scene.labels("auto"))
    assert {one.rule for one in made} == {"overlap", "duplicate-box"}
