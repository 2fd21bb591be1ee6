"""Several sweeps as one cloud, thinned to what can be drawn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import street_scene as made
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.tracks import Tracks
from avlabel.scenes.scene import Scene
from avlabel_viewer.frames.accumulator import Accumulator
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.stack import ALL_SWEEPS, StackWish, accumulate, frames_around
from avlabel_viewer.frames.thinning import thin

WAIT_S = 30
CURRENT = made.FIRST + 2


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return made.street(tmp_path_factory.mktemp("street"))


@pytest.fixture
def cache(scene: Scene) -> Iterator[FrameCache]:
    with FrameCache(scene, threads=1) as cache:
        yield cache


def stacked(cache: FrameCache, scene: Scene, wish: StackWish) -> FrameData:
    found = accumulate(cache, scene, wish, scene.cuboids(), scene.tracks())
    assert found is not None
    return found


# -- sweeps laid together ---------------------------------------------------------------------


def test_the_nearest_frames_are_taken() -> None:
    numbers = [1, 2, 4, 8, 16]
    assert frames_around(numbers, 4, 3) == [4, 2, 8]
    assert frames_around(numbers, 16, 3) == [16, 8, 4]
    assert frames_around(numbers, 2, ALL_SWEEPS) == [2, 1, 4, 8, 16]


def test_one_sweep_is_the_frame_itself(cache: FrameCache, scene: Scene) -> None:
    data = stacked(cache, scene, StackWish(CURRENT, 1))
    assert np.array_equal(data.points, cache.points(CURRENT).points)
    assert not data.images


def test_on_the_street_what_moves_shows_once(cache: FrameCache, scene: Scene) -> None:
    data = stacked(cache, scene, StackWish(CURRENT, 5))
    driving = data.points[data.intensity == 200]
    assert np.allclose(driving.mean(axis=0), made.driving_at(2), atol=2e-3)
    assert len(driving) == 8
    parked = data.points[~data.is_ground & (data.intensity == 10)]
    assert len(parked) == 5 * 8
    assert np.allclose(parked.mean(axis=0), made.PARKED_AT, atol=2e-3)


def test_the_vehicle_itself_shows_once(cache: FrameCache, scene: Scene) -> None:
    alone = cache.points(CURRENT)
    data = stacked(cache, scene, StackWish(CURRENT, 3))
    others = data.points[len(alone) :]
    for k in (1, 3):
        ahead = others[np.abs(data.time_s[len(alone) :] - 0.1 * (k - 2)) < 0.06]
        forward, left = (ahead - made.ego_at(k))[:, 1], (made.ego_at(k) - ahead)[:, 0]
        assert not ((forward > -1.5) & (forward < 4.2) & (np.abs(left) < 1.2)).any()


def test_with_an_object_its_points_come_together(cache: FrameCache, scene: Scene) -> None:
    data = stacked(cache, scene, StackWish(CURRENT, ALL_SWEEPS, track_id=made.DRIVING))
    driving = data.points[data.intensity == 200]
    assert len(driving) == 6 * 8
    assert len(np.unique(driving.round(1), axis=0)) == 8
    assert np.allclose(driving.mean(axis=0), made.driving_at(2), atol=2e-3)
    # All else is the current frame's own, and the ground beneath the box.
    parked = data.points[~data.is_ground & (data.intensity == 10)]
    assert len(parked) == 8
    others = data.points[made.N_POINTS :] - made.driving_at(2)
    assert np.abs(others).max(axis=0) == pytest.approx([1.0, 2.0, 0.8], abs=2e-3)


def test_a_turned_box_turns_its_points(cache: FrameCache, scene: Scene) -> None:
    cuboids = scene.cuboids()
    here = (cuboids.frame_idx == CURRENT) & (cuboids.track_id == made.DRIVING)
    quat = np.where(here[:, None], [1.0, 0.0, 0.0, 0.0], cuboids.quat_wxyz)
    wish = StackWish(CURRENT, 2, track_id=made.DRIVING)
    data = accumulate(cache, scene, wish, replace(cuboids, quat_wxyz=quat), scene.tracks())
    assert data is not None
    moved = data.points[made.N_POINTS :][data.intensity[made.N_POINTS :] == 200]
    expected = made.driving_at(2) + made.INSIDE
    assert np.allclose(np.unique(moved.round(2), axis=0), np.unique(expected.round(2), axis=0))


def test_only_frames_with_the_object_are_read(cache: FrameCache, scene: Scene) -> None:
    cuboids = scene.cuboids()
    gone = (cuboids.track_id == made.DRIVING) & (cuboids.frame_idx > CURRENT)
    labels = cuboids.select(~gone), scene.tracks()
    told: list[tuple[int, int]] = []
    for frame_idx, n_frames in ((CURRENT, 3), (CURRENT + 1, 1)):
        wish = StackWish(frame_idx, ALL_SWEEPS, track_id=made.DRIVING)
        data = accumulate(cache, scene, wish, *labels, progress=lambda *now: told.append(now))
        assert data is not None
        assert (data.intensity == 200).sum() == n_frames * 8
        assert told[-1] == (n_frames, n_frames)


def test_times_are_from_the_current_frame(cache: FrameCache, scene: Scene) -> None:
    data = stacked(cache, scene, StackWish(CURRENT, 3))
    assert data.time_s[: made.N_POINTS].tolist() == cache.points(CURRENT).time_s.tolist()
    assert data.time_s.min() == pytest.approx(-0.15)
    assert data.time_s.max() == pytest.approx(0.15)


def test_the_current_frame_is_whole_and_the_rest_within_the_budget(
    cache: FrameCache, scene: Scene
) -> None:
    wish = StackWish(CURRENT, ALL_SWEEPS, budget=made.N_POINTS + 1500)
    data = stacked(cache, scene, wish)
    assert np.array_equal(data.points[: made.N_POINTS], cache.points(CURRENT).points)
    assert made.N_POINTS < len(data) <= wish.budget


def test_progress_is_told_and_cancelling_stops(cache: FrameCache, scene: Scene) -> None:
    told: list[tuple[int, int]] = []
    labels = scene.cuboids(), scene.tracks()
    found = accumulate(
        cache,
        scene,
        StackWish(CURRENT, 5),
        *labels,
        progress=lambda done, total: told.append((done, total)),
        cancelled=lambda: len(told) == 3,
    )
    assert found is None
    assert told == [(1, 5), (2, 5), (3, 5)]


def test_a_damaged_sweep_is_told_and_the_others_are_there(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Scene.sweep

    def damaged(self: Scene, frame_idx: int, lidar: str | None = None):
        if frame_idx == CURRENT + 1:
            raise OSError("bad sector")
        return read(self, frame_idx, lidar)

    monkeypatch.setattr(Scene, "sweep", damaged)
    with FrameCache(scene, threads=1) as cache:
        data = stacked(cache, scene, StackWish(CURRENT, 3))
    assert len(data.problems) == 2
    assert "bad sector" in data.problems[0]
    assert (~data.is_ground & (data.intensity == 10)).sum() == 2 * 8


# -- in the background ------------------------------------------------------------------------


def taken(accumulator: Accumulator) -> FrameData:
    with accumulator._changed:
        assert accumulator._changed.wait_for(lambda: accumulator._done is not None, WAIT_S)
        found = accumulator.take()
    assert found is not None
    return found


def test_the_background_gives_what_was_asked_last_and_once(cache: FrameCache, scene: Scene) -> None:
    labels = scene.cuboids(), scene.tracks()
    accumulator = Accumulator(cache, scene)
    accumulator.ask(StackWish(CURRENT, ALL_SWEEPS), *labels)
    accumulator.ask(StackWish(CURRENT + 1, 3), *labels)
    data = taken(accumulator)
    assert data.frame_idx == CURRENT + 1
    assert accumulator.progress == (3, 3)
    assert accumulator.take() is None
    accumulator.ask(StackWish(CURRENT + 1, 3), *labels)
    with accumulator._changed:
        assert accumulator._taken is accumulator._asked, "the same is not done again"
    accumulator.close()
    assert not accumulator._thread.is_alive()


def test_changing_the_frame_cancels_what_is_under_way(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, go = threading.Event(), threading.Event()
    read = FrameCache.points
    asked: list[int] = []

    def slow(self: FrameCache, frame_idx: int) -> FrameData:
        asked.append(frame_idx)
        started.set()
        assert go.wait(WAIT_S)
        return read(self, frame_idx)

    monkeypatch.setattr(FrameCache, "points", slow)
    labels = scene.cuboids(), scene.tracks()
    with FrameCache(scene, threads=1) as cache:
        accumulator = Accumulator(cache, scene)
        accumulator.ask(StackWish(CURRENT, ALL_SWEEPS), *labels)
        assert started.wait(WAIT_S)
        accumulator.ask(StackWish(CURRENT + 1, 1), *labels)
        go.set()
        assert taken(accumulator).frame_idx == CURRENT + 1
        assert asked == [CURRENT, CURRENT + 1]
        accumulator.close()


def test_the_thread_lives_on_after_an_error(
    cache: FrameCache, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = scene.cuboids(), scene.tracks()
    accumulator = Accumulator(cache, scene)
    with pytest.raises(ValueError, match="999"):
        accumulator.ask(StackWish(999, 3), *labels)

    def explode(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(FrameCache, "points", explode)
    accumulator.ask(StackWish(CURRENT, 3), *labels)
    data = taken(accumulator)
    assert len(data) == 0
    assert "no room" in data.problems[0]
    monkeypatch.undo()
    accumulator.ask(StackWish(CURRENT, 1), *labels)
    assert len(taken(accumulator)) == made.N_POINTS
    accumulator.cancel()
    assert accumulator.take() is None
    accumulator.close()


def moved(cuboids: Cuboids, frame_idx: int, track_id: int) -> Cuboids:
    here = (cuboids.frame_idx == frame_idx) & (cuboids.track_id == track_id)
    return replace(cuboids, center=cuboids.center + np.where(here, 0.3, 0.0)[:, None])


@pytest.mark.parametrize(
    ("track_id", "edited_frame", "edited_track", "begins_anew"),
    [
        (NO_TRACK, CURRENT + 1, made.DRIVING, True),
        (NO_TRACK, CURRENT, made.DRIVING, False),
        (NO_TRACK, CURRENT + 2, made.DRIVING, False),
        (NO_TRACK, CURRENT + 1, made.PARKED, False),
        (made.DRIVING, CURRENT, made.DRIVING, True),
        (made.DRIVING, CURRENT, made.PARKED, False),
    ],
)
def test_only_edits_that_change_the_result_begin_anew(
    cache: FrameCache,
    scene: Scene,
    track_id: int,
    edited_frame: int,
    edited_track: int,
    begins_anew: bool,
) -> None:
    cuboids, tracks = scene.cuboids(), scene.tracks()
    wish = StackWish(CURRENT, 3, track_id=track_id)
    accumulator = Accumulator(cache, scene)
    accumulator.ask(wish, cuboids, tracks)
    before = accumulator._asked
    accumulator.ask(wish, moved(cuboids, edited_frame, edited_track), tracks)
    assert (accumulator._asked is not before) == begins_anew
    accumulator.cancel()
    accumulator.ask(wish, cuboids, tracks)
    assert accumulator._asked is not None
    accumulator.close()


def test_other_labels_are_another_question(cache: FrameCache, scene: Scene) -> None:
    accumulator = Accumulator(cache, scene)
    tracks = scene.tracks()
    accumulator.ask(StackWish(CURRENT, 3), scene.cuboids(), tracks)
    before = taken(accumulator)
    standing = replace(tracks, is_static=np.ones(len(tracks), np.bool_))
    accumulator.ask(StackWish(CURRENT, 3), scene.cuboids(), standing)
    after = taken(accumulator)
    assert (after.intensity == 200).sum() == (before.intensity == 200).sum() + 16
    accumulator.close()


def test_tracks_that_nobody_knows_stand_still(cache: FrameCache, scene: Scene) -> None:
    found = accumulate(cache, scene, StackWish(CURRENT, 3), scene.cuboids(), Tracks.empty())
    assert found is not None
    assert (found.intensity == 200).sum() == 3 * 8


# -- thinning ---------------------------------------------------------------------------------


def test_few_points_are_kept_as_they_are() -> None:
    points = np.zeros((5, 3), np.float32)
    assert thin(points, np.zeros(3), 5).tolist() == [0, 1, 2, 3, 4]
    assert thin(points[:0], np.zeros(3), 5).tolist() == []


def test_near_points_are_kept_and_the_first_of_each_far_voxel() -> None:
    near = np.tile([[1.0, 0.0, 0.0]], (5, 1))
    far = np.repeat([[80.0, 0.0, 0.0], [0.0, 90.0, 0.0]], 10, axis=0)
    points = np.concatenate([near, far]).astype(np.float32)
    assert thin(points, np.zeros(3), 16).tolist() == [0, 1, 2, 3, 4, 5, 15]


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 3000),
    st.integers(1, 1500),
    st.sampled_from([0.01, 5.0, 60.0, 2000.0]),
)
def test_thinning_keeps_its_promises(seed: int, n: int, budget: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    focus = random.normal(0, 100, 3)
    points = (focus + random.normal(0, spread, (n, 3))).astype(np.float32)
    kept = thin(points, focus, budget)
    assert len(kept) <= budget
    assert (np.diff(kept) > 0).all()
    assert np.array_equal(kept, thin(points.copy(), focus, budget))
    if n > budget:
        distance = np.linalg.norm(points - focus, axis=1)
        nearest = np.sort(distance)[budget // 2] if budget // 2 < n else np.inf
        surely = np.flatnonzero(distance < min(15.0, nearest) - 15.0 / 64 - 1e-3)
        assert np.isin(surely, kept).all()


def test_hardly_any_points_are_those_that_are_near() -> None:
    corners = 50.0 * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    points = np.concatenate([corners, [[1.0, 1.0, 1.0]]]).astype(np.float32)
    assert thin(points, np.zeros(3), 3).tolist() == [0, 1, 8]


def test_a_budget_is_used_and_what_is_far_is_thinner() -> None:
    random = np.random.default_rng(0)
    points = np.column_stack([random.uniform(-80, 80, (200_000, 2)), np.zeros(200_000)])
    kept = thin(points.astype(np.float32), np.zeros(3), 40_000)
    assert 30_000 < len(kept) <= 40_000
    distance = np.linalg.norm(points, axis=1)
    share = [
        np.isin(np.flatnonzero((distance > a) & (distance < b)), kept).mean()
        for a, b in ((0, 14), (16, 29), (31, 59), (61, 80))
    ]
    assert share[0] == 1.0
    assert share == sorted(share, reverse=True)
