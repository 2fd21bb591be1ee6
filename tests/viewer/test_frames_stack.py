"""Several sweeps as one cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import street_scene as made

from avlabel.scenes.scene import Scene
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.stack import ALL_SWEEPS, StackWish, accumulate, frames_around

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
