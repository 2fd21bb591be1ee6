from dataclasses import replace

import numpy as np
import pyarrow.feather as feather
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from track_scenarios import TAXONOMY, Seen, detections_of, frames_at

from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3
from avlabel.stages.tracking.filter import FilterConfig
from avlabel.stages.tracking.merge import MergeConfig, merge_fragments
from avlabel.stages.tracking.observations import observe
from avlabel.stages.tracking.stitch import StitchConfig, best_first, stitch
from avlabel.stages.tracking.track import (
    TrackConfig,
    both_directions,
    by_first_appearance,
    chains,
    track,
)

CONFIG = TrackConfig()


def run(seen, frames):
    return track(detections_of(seen, frames), frames, CONFIG, TAXONOMY)


def objects(*paths):
    """All detections of several objects, frame by frame, and which object each is of."""
    both = sorted(
        ((one, k) for k, path in enumerate(paths) for one in path), key=lambda pair: pair[0].frame
    )
    return [one for one, _ in both], np.array([k for _, k in both])


def same_partition(a, b):
    """Whether two labellings group the rows alike."""
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


def test_parked_row_and_fast_oncoming_car_keep_one_id_each():
    frames = frames_at([(0.8 * k, 0.0) for k in range(20)])
    parked = [[Seen(k, (x, -4.0)) for k in range(20)] for x in (5.0, 11.0, 17.0, 23.0)]
    oncoming = [Seen(k, (45.0 - 2.0 * k, 3.5), yaw=np.pi) for k in range(20)]
    seen, truth = objects(*parked, oncoming)
    assert same_partition(run(seen, frames), truth)


def test_two_pedestrians_that_pass_each_other_are_not_swapped():
    person = {"size": (0.6, 0.6, 1.7), "leaf": "pedestrian"}
    frames = frames_at([(-8.0, 0.0)] * 40)
    right = [Seen(k, (0.14 * k, 0.5), **person) for k in range(40)]
    left = [Seen(k, (5.6 - 0.14 * k, -0.5), **person) for k in range(40)]
    seen, truth = objects(right, left)
    assert same_partition(run(seen, frames), truth)


def test_standing_object_is_found_again_after_long_occlusion():
    frames = frames_at([(0.0, 0.0)] * 80)
    visible = [k for k in range(80) if not 20 <= k < 70]
    assert set(run([Seen(k, (12.0, 5.0)) for k in visible], frames)) == {0}


def test_moving_object_is_found_again_after_a_gap():
    frames = frames_at([(0.0, -8.0)] * 50)
    visible = [k for k in range(50) if not 20 <= k < 38]
    assert set(run([Seen(k, (1.0 * k, 0.0)) for k in visible], frames)) == {0}


def test_different_object_that_appears_elsewhere_is_another_track():
    frames = frames_at([(0.0, 0.0)] * 20)
    seen = [Seen(k, (10.0, 5.0)) for k in range(8)] + [Seen(k, (18.0, 5.0)) for k in range(10, 20)]
    assert len(set(run(seen, frames))) == 2


def test_real_times_are_used_not_frame_numbers():
    # Sweeps drop out: the gap is in time, and the object is where its speed takes it by then.
    ref_ns = np.cumsum([0, 1, 1, 1, 4, 1, 1, 1, 3, 1, 1]) * 100_000_000
    frames = frames_at([(0.0, -9.0)] * len(ref_ns), ref_ns)
    fast = [Seen(k, (15.0 * t * 1e-9, 0.0)) for k, t in enumerate(ref_ns)]
    other = [Seen(k, (15.0 * t * 1e-9 - 12.0, 0.0)) for k, t in enumerate(ref_ns)]
    seen, truth = objects(fast, other)
    assert same_partition(run(seen, frames), truth)


def test_halves_of_one_car_become_one_track():
    frames = frames_at([(0.0, 0.0)] * 16)
    seen = []
    for k in range(16):
        x = 10.0 + 0.8 * k
        if k % 3:
            half = {"size": (2.1, 1.85, 1.6)}
            seen += [Seen(k, (x - 1.3, 6.0), **half), Seen(k, (x + 1.3, 6.0), **half)]
        else:
            seen += [Seen(k, (x, 6.0))]
    assert set(run(seen, frames)) == {0}


def test_two_people_side_by_side_stay_two():
    frames = frames_at([(0.0, 0.0)] * 12)
    person = {"size": (0.6, 0.6, 1.7), "leaf": "pedestrian"}
    seen, truth = objects(*[[Seen(k, (8.0, y), **person) for k in range(12)] for y in (2.0, 2.8)])
    assert same_partition(run(seen, frames), truth)


def test_growing_view_of_a_parked_car_is_one_track():
    # First only the rear is seen, then the whole side: the centre wanders by two metres.
    frames = frames_at([(1.5 * k - 20.0, 0.0) for k in range(30)])
    assert set(run([Seen(k, (10.0, 1.0)) for k in range(30)], frames)) == {0}


def test_rows_in_any_order_give_the_same_tracks():
    frames = frames_at([(0.0, 0.0)] * 10)
    seen, _ = objects(
        [Seen(k, (10.0 + 0.5 * k, 4.0)) for k in range(10)],
        [Seen(k, (20.0, -4.0)) for k in range(10)],
    )
    detections = detections_of(seen, frames)
    order = np.random.default_rng(0).permutation(len(detections))
    straight = track(detections, frames, CONFIG, TAXONOMY)
    shuffled = track(detections.select(order), frames, CONFIG, TAXONOMY)
    assert same_partition(straight[order], shuffled)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_tracklets_own_one_observation_a_frame_and_run_forward(seed):
    rng = np.random.default_rng(seed)
    frames = frames_at([(0.0, 0.0)] * 8)
    seen = [
        Seen(int(f), tuple(rng.uniform(5, 20, 2)), size=tuple(rng.uniform(0.5, 4, 3)))
        for f in np.sort(rng.integers(0, 8, rng.integers(1, 40)))
    ]
    observed = observe(detections_of(seen, frames).cuboids, frames, TAXONOMY)
    successor = both_directions(observed, FilterConfig())
    has = np.flatnonzero(successor >= 0)
    assert np.all(observed.frame[successor[has]] > observed.frame[has])
    assert len(np.unique(successor[has])) == len(has)
    stitched = stitch(observed, chains(successor), StitchConfig())
    pairs = np.column_stack([stitched, observed.frame])
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    merged = merge_fragments(observed, stitched, MergeConfig())
    assert len(np.unique(np.column_stack([stitched, merged]), axis=0)) == len(np.unique(stitched))


def test_best_pairs_are_taken_first():
    end, start = np.array([0, 0, 1]), np.array([2, 3, 2])
    assert best_first(end, start, np.array([1.0, 3.0, 2.0]), 4).tolist() == [2, -1, -1, -1]


def test_tracks_are_numbered_as_they_appear():
    assert by_first_appearance(np.array([7, 3, 7, 9]), np.arange(4)).tolist() == [0, 1, 0, 2]


def test_nothing_in_nothing_out():
    none = Detections(Cuboids.empty("world"), np.zeros((0, 3), np.float32), np.zeros(1, np.int64))
    assert len(track(none, frames_at([(0.0, 0.0)]), CONFIG, TAXONOMY)) == 0


def test_detections_must_be_in_the_world_and_in_known_frames():
    frames = frames_at([(0.0, 0.0)] * 2)
    detections = detections_of([Seen(0, (5.0, 0.0))], frames)
    with pytest.raises(ValueError, match="expected detections in world, got ego"):
        track(
            replace(detections, cuboids=replace(detections.cuboids, frame="ego")),
            frames,
            CONFIG,
            TAXONOMY,
        )
    strange = replace(detections.cuboids, frame_idx=np.array([999], np.int32))
    with pytest.raises(ValueError, match="no frame 999"):
        track(replace(detections, cuboids=strange), frames, CONFIG, TAXONOMY)


def test_real_traffic_keeps_its_ids(shared_data):
    """Labelled vehicles of a real drive, their ids withheld and one in ten boxes dropped."""
    folder = next((shared_data / "av2" / "sensor" / "val").glob("3bffdcff*"))
    table = feather.read_table(folder / "annotations_with_ego.feather").to_pandas()
    poses = feather.read_table(folder / "city_SE3_egovehicle.feather").to_pandas()
    times = np.sort(table.timestamp_ns.unique())[:60]
    poses = poses.set_index("timestamp_ns").loc[times]
    pose = SE3.from_quat(
        poses[["qw", "qx", "qy", "qz"]].to_numpy(), poses[["tx_m", "ty_m", "tz_m"]].to_numpy()
    )
    pose = SE3(pose.rotation, pose.translation - pose.translation[0])
    frames = Frames(np.arange(60, dtype=np.int32), times.astype(np.int64), pose)
    table = table[(table.category == "REGULAR_VEHICLE") & table.timestamp_ns.isin(times)]
    table = table.sample(frac=0.9, random_state=0)
    frame = np.searchsorted(times, table.timestamp_ns)
    cuboids = Cuboids.build(
        "ego",
        frame_idx=frame,
        timestamp_ns=table.timestamp_ns.to_numpy(),
        category=np.zeros(len(table), int),
        center=table[["tx_m", "ty_m", "tz_m"]].to_numpy(float),
        quat_wxyz=table[["qw", "qx", "qy", "qz"]].to_numpy(float),
        size_lwh=table[["length_m", "width_m", "height_m"]].to_numpy(float),
    ).moved(pose[frame], "world")
    no_points = np.zeros((0, 3), np.float32), np.zeros(len(cuboids) + 1, np.int64)
    found = track(Detections(cuboids, *no_points), frames, CONFIG, TAXONOMY)
    truth = np.unique(table.track_uuid, return_inverse=True)[1]
    pairs, counts = np.unique(np.column_stack([found, truth]), axis=0, return_counts=True)
    largest = sum(counts[pairs[:, 1] == t].max() for t in np.unique(truth))
    assert largest / len(truth) > 0.98
    mixed = sum(counts[pairs[:, 0] == t].sum() - counts[pairs[:, 0] == t].max() for t in set(found))
    assert mixed / len(truth) < 0.01
