from dataclasses import fields, replace

import numpy as np
import pytest
from track_scenarios import TAXONOMY, Seen, detections_of, frames_at

from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.detections import Detections
from avlabel.core.se3 import wrap_angle
from avlabel.geometry.iou import bev_iou
from avlabel.stages.refining.evidence import gather
from avlabel.stages.refining.refine import RefineConfig, refine, refine_track
from avlabel.stages.refining.score import ScoreConfig, best_score, min_views
from avlabel.stages.tracking.track import TrackConfig, track

CONFIG = RefineConfig()
SIZE = (4.5, 1.85, 1.6)


def run(seen, frames, config=CONFIG):
    detections = detections_of(seen, frames)
    ids = track(detections, frames, TrackConfig(), TAXONOMY)
    return refine(detections, ids, frames, config, TAXONOMY)


def overlap(cuboids, seen):
    """BEV IoU of each cuboid with the true box of its frame."""
    truth = {100 + one.frame: [*one.xy, *one.size[:2], one.yaw] for one in seen}
    rows = np.array([truth[frame] for frame in cuboids.frame_idx])
    return np.array(
        [bev_iou(a[None], b[None])[0, 0] for a, b in zip(cuboids.bev, rows, strict=True)]
    )


def test_passing_a_parked_car_gives_one_box_for_all_frames():
    frames = frames_at([(1.0 * k - 15.0, 0.0) for k in range(40)])
    seen = [Seen(k, (8.0, -4.0), yaw=0.1) for k in range(40)]
    cuboids, tracks = run(seen, frames)
    assert len(cuboids) == 40
    assert len(tracks) == 1
    assert tracks.is_static[0]
    assert np.ptp(cuboids.center, axis=0).max() == 0
    assert overlap(cuboids, seen).min() > 0.9
    assert not cuboids.velocity.any()
    # Right of the ego path it faces as the ego vehicle goes.
    assert abs(wrap_angle(cuboids.yaw[0] - 0.1)) < 0.02


def test_parked_car_seen_from_behind_only_is_completed_away_from_the_sensor():
    frames = frames_at([(0.0, 0.0)] * 12)
    seen = [Seen(k, (20.0, 0.0)) for k in range(12)]
    cuboids, _ = run(seen, frames)
    assert overlap(cuboids, seen).min() > 0.85
    rear = cuboids.center[0, 0] - cuboids.size_lwh[0, 0] / 2
    assert rear == pytest.approx(20.0 - SIZE[0] / 2, abs=0.05)


def test_car_followed_from_behind_gets_its_length_and_heading():
    frames = frames_at([(1.0 * k, 0.0) for k in range(30)])
    seen = [Seen(k, (15.0 + 1.0 * k, 0.3)) for k in range(30)]
    cuboids, tracks = run(seen, frames)
    assert not tracks.is_static[0]
    assert overlap(cuboids, seen).min() > 0.85
    np.testing.assert_allclose(cuboids.yaw, 0, atol=0.03)
    np.testing.assert_allclose(cuboids.velocity[:, 0], 10.0, atol=0.5)
    assert np.ptp(cuboids.size_lwh, axis=0).max() == 0


def test_oncoming_car_faces_the_sensor_whatever_its_boxes_say():
    frames = frames_at([(0.0, 0.0)] * 25)
    # The detector turns every other box around.
    seen = [Seen(k, (60.0 - 1.5 * k, 3.5), yaw=np.pi * (k % 2)) for k in range(25)]
    cuboids, _ = run(seen, frames)
    np.testing.assert_allclose(np.cos(cuboids.yaw), -1, atol=0.01)


def test_heading_holds_through_a_stop():
    frames = frames_at([(0.0, -8.0)] * 60)
    # 8 m/s, a second of braking, two of standing, a second of pulling away.
    speed = np.interp(np.arange(60), [0, 10, 20, 40, 50, 60], [8, 8, 0, 0, 8, 8])
    x = np.cumsum(speed * 0.1)
    seen = [Seen(k, (x[k] - 10.0, 0.0)) for k in range(60)]
    cuboids, tracks = run(seen, frames)
    assert len(tracks) == 1
    assert not tracks.is_static[0]
    np.testing.assert_allclose(cuboids.yaw, 0, atol=0.05)
    assert overlap(cuboids, seen).min() > 0.8
    assert np.hypot(*cuboids.velocity[25:35, :2].T).max() < 0.5


def test_frames_between_are_filled_at_their_own_time():
    # Uneven sweeps; the object is seen 20 ms after each reference time, and missed in three.
    ref_ns = np.cumsum([0, 1, 1, 1, 1, 2, 1, 3, 1, 1, 1, 1]) * 100_000_000
    frames = frames_at([(0.0, -9.0)] * 12, ref_ns)
    lag_ns = 20_000_000
    seen = [
        Seen(k, (8.0 * (t + lag_ns) * 1e-9 - 6.0, 0.0), lag_ns=lag_ns, score=0.9)
        for k, t in enumerate(ref_ns)
        if k not in (5, 6, 7)
    ]
    cuboids, tracks = run(seen, frames)
    assert cuboids.frame_idx.tolist() == list(range(100, 112))
    between = np.isin(cuboids.frame_idx, [105, 106, 107])
    assert np.all(cuboids.source[between] == Source.INTERPOLATED)
    assert np.all(cuboids.source[~between] == Source.AUTO)
    assert cuboids.is_keyframe.tolist() == (~between).tolist()
    assert np.all(cuboids.num_points[between] == 0)
    np.testing.assert_array_equal(cuboids.timestamp_ns, ref_ns + lag_ns)
    np.testing.assert_allclose(
        cuboids.center[:, 0], 8.0 * cuboids.timestamp_ns * 1e-9 - 6.0, atol=0.3
    )
    assert tracks.n_observed.tolist() == [9]
    assert (tracks.first_frame[0], tracks.last_frame[0]) == (100, 111)


def test_rows_are_in_order_and_tracks_match_them():
    frames = frames_at([(0.0, 0.0)] * 8)
    seen = [Seen(k, (12.0, y)) for k in range(8) for y in (-6.0, 6.0)]
    cuboids, tracks = run(seen, frames)
    order = np.lexsort((cuboids.track_id, cuboids.frame_idx))
    assert order.tolist() == list(range(16))
    assert cuboids.cuboid_id.tolist() == list(range(16))
    assert set(cuboids.track_id) == set(tracks.track_id)
    for row, track_id in enumerate(tracks.track_id):
        own = cuboids.select(cuboids.track_id == track_id)
        assert np.all(own.category == tracks.category[row])
        np.testing.assert_array_equal(own.size_lwh, np.tile(tracks.size_lwh[row], (len(own), 1)))


def test_brief_and_unknown_things_are_dropped():
    frames = frames_at([(0.0, 0.0)] * 10)
    brief = [Seen(k, (12.0, 5.0)) for k in range(2)]
    unknown = [Seen(k, (12.0, -5.0), size=(1.0, 1.0, 1.0), leaf="unknown") for k in range(10)]
    cuboids, tracks = run([*brief, *unknown], frames)
    assert len(cuboids) == len(tracks) == 0
    kept = replace(CONFIG, score=ScoreConfig(keep_unknown=True))
    assert len(run([*brief, *unknown], frames, kept)[1]) == 1


def test_no_track_scores_better_than_its_views_allow():
    frames = frames_at([(0.5 * k, 0.0) for k in range(20)])
    seen = [Seen(k, (20.0, 4.0)) for k in range(15)]
    seen += [Seen(k, (5.0 + 0.9 * k, -3.0)) for k in range(20)]
    seen += [Seen(k, (30.0, 9.0 + k % 2), size=(12.0, 0.9, 0.6)) for k in range(9)]
    detections = detections_of(seen, frames)
    ids = track(detections, frames, TrackConfig(), TAXONOMY)
    views = list(gather(detections, ids, frames, 1, TAXONOMY))
    assert len(views) >= 3
    for evidence in views:
        refined = refine_track(evidence, frames, CONFIG, TAXONOMY)
        assert refined.score <= best_score(evidence) + 1e-12


@pytest.mark.parametrize(("n_frames", "expected"), [(1, 1), (2, 2), (15, 3), (200, 4), (5000, 6)])
def test_longer_logs_ask_for_more_views(n_frames, expected):
    assert min_views(frames_at([(0.0, 0.0)] * n_frames), ScoreConfig()) == expected


def test_of_two_tracks_in_one_place_the_better_stays():
    frames = frames_at([(0.0, 0.0)] * 12)
    good = [Seen(k, (12.0, 5.0), score=0.9) for k in range(12)]
    poor = [Seen(k, (12.6, 5.3), score=0.2, size=(3.4, 1.7, 1.6)) for k in range(8)]
    detections = detections_of([*good, *poor], frames)
    ids = np.array([4] * 12 + [9] * 8)
    _, tracks = refine(detections, ids, frames, CONFIG, TAXONOMY)
    assert tracks.track_id.tolist() == [4]


def test_far_origins_cost_no_precision():
    frames = frames_at([(0.0, 0.0)] * 12)
    seen = [Seen(k, (12.0 + 0.5 * k, 5.0)) for k in range(12)]
    near, _ = run(seen, frames)
    far = np.array([4e5, 5e6, 0.0])
    detections = detections_of(seen, frames)
    shifted = replace(
        detections,
        cuboids=replace(detections.cuboids, center=detections.cuboids.center + far),
    )
    pose = replace(frames.world_from_ego, translation=frames.world_from_ego.translation + far)
    moved = replace(frames, world_from_ego=pose)
    ids = track(shifted, moved, TrackConfig(), TAXONOMY)
    cuboids, _ = refine(shifted, ids, moved, CONFIG, TAXONOMY)
    np.testing.assert_allclose(cuboids.center - far, near.center, atol=1e-4)


def test_same_input_same_bytes():
    frames = frames_at([(0.5 * k, 0.0) for k in range(20)])
    seen = [Seen(k, (20.0 - 0.7 * k, y)) for k in range(20) for y in (4.0, -4.0)]
    one, two = run(seen, frames)[0], run(seen, frames)[0]
    for f in fields(Cuboids):
        if f.name != "frame":
            assert getattr(one, f.name).tobytes() == getattr(two, f.name).tobytes()


def test_nothing_in_nothing_out():
    none = Detections(Cuboids.empty("world"), np.zeros((0, 3), np.float32), np.zeros(1, np.int64))
    frames = frames_at([(0.0, 0.0)])
    cuboids, tracks = refine(none, np.zeros(0, np.int64), frames, CONFIG, TAXONOMY)
    assert len(cuboids) == len(tracks) == 0


def test_detections_must_be_in_the_world():
    frames = frames_at([(0.0, 0.0)] * 2)
    detections = detections_of([Seen(0, (5.0, 0.0))], frames)
    detections = replace(detections, cuboids=replace(detections.cuboids, frame="ego"))
    with pytest.raises(ValueError, match="expected detections in world, got ego"):
        refine(detections, np.zeros(1, np.int64), frames, CONFIG, TAXONOMY)


def test_a_log_in_which_nothing_was_seen_twice_gives_no_boxes():
    frames = frames_at([(0.0, 0.0)] * 5)
    cuboids, tracks = run([Seen(0, (12.0, 5.0)), Seen(3, (40.0, -5.0))], frames)
    assert len(cuboids) == len(tracks) == 0


def test_frames_that_are_far_apart_need_one_view_only():
    near = frames_at([(0.0, 0.0)] * 5)
    apart = replace(near, ref_ns=near.ref_ns * 100)
    assert min_views(near, ScoreConfig()) == 3
    assert min_views(apart, ScoreConfig()) == 1
