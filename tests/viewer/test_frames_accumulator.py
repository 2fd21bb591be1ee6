"""Sweeps laid together in the background."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import street_scene as made
from frame_waiting import WAIT_S, taken

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.tracks import Tracks
from avlabel.scenes.scene import Scene
from avlabel_viewer.frames.accumulator import Accumulator
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.stack import ALL_SWEEPS, StackWish, accumulate

CURRENT = made.FIRST + 2


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return made.street(tmp_path_factory.mktemp("street"))


@pytest.fixture
def cache(scene: Scene) -> Iterator[FrameCache]:
    with FrameCache(scene, threads=1) as cache:
        yield cache


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
