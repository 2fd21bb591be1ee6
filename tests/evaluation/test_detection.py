"""What is found, missed, wrong and ignored; how far off; by class, range and motion."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_up_drives import (
    CAR,
    PEDESTRIAN,
    UNKNOWN,
    VAN,
    box,
    boxes,
    random_predictions,
    random_truth,
    standing_frames,
)

from avlabel.core.cuboids import Cuboids
from avlabel.core.log import Truth
from avlabel.errors import ConfigError, EvaluationError
from avlabel.evaluation.evaluate import Evaluation, combine, evaluate
from avlabel.evaluation.options import EvaluationOptions
from avlabel.evaluation.report import summarise
from avlabel.evaluation.truth import shifted_truth


def score(found: Cuboids, truth: Cuboids | Truth, n_frames: int = 1, **options: Any) -> Evaluation:
    if isinstance(truth, Cuboids):
        truth = Truth.all_around(truth)
    return evaluate(
        "log", found, truth, standing_frames(n_frames), options=EvaluationOptions(**options)
    )


def summary(evaluation: Evaluation, name: str = "vehicle", part: str = "all") -> dict[str, Any]:
    return summarise(evaluation)["classes"][name][part]


def counts(evaluation: Evaluation, criterion: str = "center_2m", **at: str) -> tuple[int, ...]:
    detection = summary(evaluation, **at)["detection"][criterion]
    return detection["tp"], detection["fp"], detection["fn"]


def test_truth_against_itself_is_perfect() -> None:
    truth = boxes(box(10), box(-20, 5), box(5, 8, category=PEDESTRIAN, size=(0.7, 0.7, 1.7)))
    evaluation = score(truth, truth)
    for name in ("vehicle", "pedestrian"):
        for values in summary(evaluation, name)["detection"].values():
            assert (values["ap"], values["recall"], values["precision"]) == (1, 1, 1)
    cyclist = summary(evaluation, "cyclist")
    assert cyclist["n_truth"] == 0
    assert cyclist["detection"]["center_2m"]["ap"] is None


@pytest.mark.parametrize(
    ("offset", "matching"),
    [
        # IoU of a 4 m box moved along its length by d is (4 - d) / (4 + d).
        (0.4, ["bev_iou_0.5", "bev_iou_0.7", "iou_3d_0.7", "center_0.5m", "center_4m"]),
        (1.0, ["bev_iou_0.5", "iou_3d_0.5", "center_1m"]),
        (1.5, ["iou_3d_0.25", "center_2m"]),
        (3.0, ["center_4m"]),
        (4.5, []),
    ],
)
def test_criteria_by_hand(offset: float, matching: list[str]) -> None:
    evaluation = score(boxes(box(10 + offset)), boxes(box(10)))
    found = {name for name, v in summary(evaluation)["detection"].items() if v["tp"]}
    assert set(matching) <= found
    if offset >= 1:
        assert "bev_iou_0.7" not in found
    assert ("center_4m" in found) == (offset <= 4)
    assert ("center_2m" in found) == (offset <= 2)
    assert ("bev_iou_0.5" in found) == (offset <= 4 / 3)
    assert ("iou_3d_0.25" in found) == (offset <= 2.4)


def test_the_best_score_chooses_first_and_a_second_box_is_false() -> None:
    found = boxes(box(10.0, score=0.4), box(10.8, score=0.9))
    evaluation = score(found, boxes(box(10)))
    assert counts(evaluation) == (1, 1, 0)
    assert summary(evaluation)["detection"]["center_2m"]["ap"] == 1
    assert summary(evaluation)["errors"]["translation_m"]["mean"] == pytest.approx(0.8)


def test_each_prediction_takes_the_nearest_free_truth() -> None:
    found = boxes(box(10.9, score=0.9), box(10.2, score=0.8))
    evaluation = score(found, boxes(box(10), box(11.5)))
    assert counts(evaluation) == (2, 0, 0)
    assert summary(evaluation)["errors"]["translation_m"]["mean"] == pytest.approx(0.4)


def test_classes_do_not_match_each_other_but_leaves_share_a_parent() -> None:
    truth = boxes(box(10, category=CAR), box(20, category=CAR))
    found = boxes(box(10, category=VAN), box(20, category=PEDESTRIAN))
    assert counts(score(found, truth)) == (1, 0, 1)
    assert counts(score(found, truth), name="pedestrian") == (0, 1, 0)
    by_leaf = score(found, truth, leaves=True)
    assert counts(by_leaf, name="car") == (0, 0, 2)
    assert counts(by_leaf, name="van") == (0, 1, 0)
    assert "unknown" not in by_leaf.classes


@pytest.mark.parametrize("out", [{"x": 61.0}, {"x": 10.0, "num_points": 9}])
def test_truth_out_of_limits_is_neither_missed_nor_matched(out: dict[str, Any]) -> None:
    truth = boxes(box(30), box(**out))
    assert counts(score(boxes(box(30)), truth)) == (1, 0, 0)
    on_both = boxes(box(30), box(out["x"]))
    assert counts(score(on_both, truth)) == (1, 0, 0)
    # The exemption is for its own class only.
    walker = boxes(box(30), box(10, category=PEDESTRIAN))
    assert counts(score(walker, truth), name="pedestrian") == (0, 1, 0)


def test_a_loose_box_on_ignored_truth_is_no_false_positive_under_a_tight_criterion() -> None:
    truth = boxes(box(30), box(10, num_points=9))
    assert counts(score(boxes(box(30), box(11.9)), truth), "bev_iou_0.7") == (1, 0, 0)
    assert counts(score(boxes(box(30), box(14.1)), truth), "bev_iou_0.7") == (1, 1, 0)
    assert counts(score(boxes(box(30), box(13.9)), truth), "center_4m") == (1, 0, 0)


def test_a_prediction_beyond_range_matches_but_is_never_false() -> None:
    assert counts(score(boxes(box(60.5)), boxes(box(59.5)))) == (1, 0, 0)
    assert counts(score(boxes(box(60.5), box(30)), boxes(box(30)))) == (1, 0, 0)
    assert counts(score(boxes(box(59.5), box(30)), boxes(box(30)))) == (1, 1, 0)


def test_marked_truth_takes_predictions_of_any_class_out() -> None:
    cuboids = boxes(box(10, category=UNKNOWN), box(30))
    truth = replace(Truth.all_around(cuboids), ignored=np.array([True, False]))
    found = boxes(box(10), box(10, category=PEDESTRIAN), box(30))
    assert counts(score(found, truth)) == (1, 0, 0)
    assert counts(score(found, truth), name="pedestrian") == (0, 0, 0)
    # Other classes that are not marked excuse nothing.
    assert counts(score(found, cuboids)) == (1, 1, 0)


def test_a_free_truth_is_preferred_to_an_ignored_one() -> None:
    truth = boxes(box(10, num_points=3), box(11))
    assert counts(score(boxes(box(10.2)), truth)) == (1, 0, 0)


def test_frames_without_truth_are_listed_and_not_evaluated() -> None:
    truth = boxes(box(10, frame=11), box(10, frame=12), box(10, frame=99))
    found = boxes(*(box(10, frame=f) for f in (10, 11, 12, 13)))
    evaluation = score(found, truth, n_frames=4)
    assert counts(evaluation) == (2, 0, 0)
    seen = summarise(evaluation)["logs"][0]
    assert seen["frames_evaluated"] == [11, 12]
    assert seen["frames_without_truth"] == [10, 13]
    assert seen["frames_not_in_scene"] == [99]


def test_errors_by_hand_with_flips_apart() -> None:
    truth = boxes(
        box(10, yaw=0.1, speed=5, size=(4, 2, 1.5)),
        box(-10, yaw=3.0, size=(4, 2, 1.5)),
        box(20, yaw=0.0, size=(4, 2, 1.5)),
    )
    found = boxes(
        box(10.3, 0.4, z=0.65, yaw=0.1 + np.pi, size=(5, 2, 1.5)),
        box(-10, yaw=-3.0, size=(4, 2, 1.5)),
        box(20, yaw=np.pi / 2 - 0.01, size=(4, 2, 1.5)),
    )
    evaluation = score(found, truth)
    moving, static = (summary(evaluation, part=p)["errors"] for p in ("moving", "static"))
    assert moving["n"] == 1
    assert moving["translation_m"]["mean"] == pytest.approx(0.5)
    assert moving["vertical_m"]["bias"] == pytest.approx(-0.1)
    assert moving["length_m"]["bias"] == pytest.approx(1)
    assert moving["aligned_iou"]["mean"] == pytest.approx(4 / 5)
    assert (moving["flips"], moving["flip_rate"]) == (1, 1)
    assert moving["heading_rad"]["mean"] == pytest.approx(0, abs=1e-9)
    assert static["flips"] == 0
    across = 2 * (np.pi - 3.0)
    assert static["heading_rad"]["mean"] == pytest.approx((across + np.pi / 2 - 0.01) / 2)
    assert summary(evaluation)["errors"]["flips"] == 1


def test_slices_go_by_truth_for_hits_and_by_the_box_itself_for_false_ones() -> None:
    truth = boxes(box(19.5), box(30, speed=5), box(50))
    found = boxes(box(20.5), box(30), box(-30, speed=9, score=0.5), box(-55, score=0.5))
    evaluation = score(found, truth)
    expected = {
        "all": (2, 2, 1),
        "range_0_20": (1, 0, 0),
        "range_20_40": (1, 1, 0),
        "range_40_60": (0, 1, 1),
        "moving": (1, 1, 0),
        "static": (1, 1, 1),
    }
    assert {name: counts(evaluation, part=name) for name in expected} == expected
    assert [part.name for part in evaluation.slices] == list(expected)


def test_motion_of_truth_without_velocity_comes_from_its_track() -> None:
    cuboids = boxes(
        *(box(10 + 0.2 * f, frame=10 + f, track=1) for f in range(6)),
        *(box(30 + 0.02 * f, frame=10 + f, track=2) for f in range(6)),
        box(40, track=3),
    )
    truth = replace(cuboids, velocity=np.full((len(cuboids), 3), np.nan, np.float32))
    evaluation = score(cuboids, truth, n_frames=6)
    assert summary(evaluation, part="moving")["n_truth"] == 6
    assert summary(evaluation, part="static")["n_truth"] == 7


def test_points_are_counted_where_truth_does_not_say() -> None:
    truth = boxes(box(10, num_points=-1), box(20, num_points=-1), box(30, num_points=50))
    points = np.concatenate([np.tile([[10.0, 0, 1]], (10, 1)), np.tile([[20.0, 0, 1]], (9, 1))])
    asked = []

    def points_at(frame_idx: int) -> np.ndarray:
        asked.append(frame_idx)
        return points.astype(np.float32)

    evaluation = evaluate(
        "log", truth, Truth.all_around(truth), standing_frames(1), points_at=points_at
    )
    assert counts(evaluation) == (2, 0, 0)
    assert asked == [10]
    with pytest.raises(EvaluationError, match="2 boxes carry no point count"):
        score(truth, truth)


def test_logs_combine_into_what_they_are_together() -> None:
    logs = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        truth = random_truth(10, 20, rng)
        logs.append((random_predictions(truth, rng), truth))
    each = [score(found, truth, n_frames=10) for found, truth in logs]
    together = summarise(combine([pickle.loads(pickle.dumps(e)) for e in each]))  # noqa: S301
    later = [
        replace(part, frame_idx=part.frame_idx + 10, track_id=part.track_id + 10**9)
        for part in logs[1]
    ]
    as_one = summarise(
        score(
            Cuboids.concatenate([logs[0][0], later[0]]),
            Cuboids.concatenate([logs[0][1], later[1]]),
            n_frames=20,
        )
    )
    for name, parts in as_one["classes"].items():
        for part, values in parts.items():
            found = together["classes"][name][part]
            for criterion, rates in values["detection"].items():
                assert found["detection"][criterion] == pytest.approx(rates)
            assert found["n_truth"] == values["n_truth"]
            assert found["errors"]["flips"] == values["errors"]["flips"]
            for similarity in ("center", "bev_iou"):
                ours, theirs = found["tracking"][similarity], values["tracking"][similarity]
                assert ours["hota"] == pytest.approx(theirs["hota"])
                assert ours["idf1"] == pytest.approx(theirs["idf1"])
    assert len(together["logs"]) == 2


def test_the_world_of_a_far_recording_is_shifted() -> None:
    origin = np.array([448_262.0, 5_411_932.0, 116.0])
    near = boxes(box(10.25))
    far = Truth.all_around(replace(near, center=near.center + origin))
    assert counts(score(near, shifted_truth(far, origin)), "bev_iou_0.7") == (1, 0, 0)


def test_a_summary_is_plain_json() -> None:
    truth = random_truth(5, 10, np.random.default_rng(0))
    text = json.dumps(summarise(score(truth, truth, n_frames=5)), allow_nan=False)
    assert json.loads(text)["avlabel_evaluation"] == 1


def test_nothing_predicted_misses_everything() -> None:
    evaluation = score(Cuboids.empty("world"), boxes(box(10, track=1)))
    values = summary(evaluation)
    assert counts(evaluation) == (0, 0, 1)
    assert values["detection"]["center_2m"]["ap"] == 0
    assert values["tracking"]["center"]["hota"] == 0
    assert values["tracking"]["center"]["ml"] == 1
    assert values["errors"]["translation_m"]["mean"] is None


def test_what_cannot_be_compared_is_refused() -> None:
    truth = boxes(box(10))
    with pytest.raises(EvaluationError, match=r"no frame has both .* frames 10 to 10, .* 42"):
        score(truth, boxes(box(10, frame=42)))
    with pytest.raises(EvaluationError, match="truth: expected cuboids in the world, got ego"):
        score(truth, replace(truth, frame="ego"))
    with pytest.raises(EvaluationError, match="camera 'front'"):
        score(truth, replace(Truth.all_around(truth), camera="front"))
    with pytest.raises(ConfigError, match="'boat'"):
        score(truth, truth, classes=("boat",))
    with pytest.raises(ConfigError, match="range_edges_m"):
        EvaluationOptions(range_edges_m=(40.0, 20.0))
    with pytest.raises(EvaluationError, match="at least one"):
        combine([])
    with pytest.raises(EvaluationError, match="different classes or options"):
        combine([score(truth, truth), score(truth, truth, leaves=True)])
