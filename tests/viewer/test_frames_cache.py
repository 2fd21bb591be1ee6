"""Frames read ahead: what is wanted first, and how much is kept."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest
import street_scene as made
from frame_waiting import WAIT_S, ready
from hypothesis import given
from hypothesis import strategies as st

from avlabel.scenes.scene import Scene
from avlabel_viewer.frames import cache as cache_module
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.plan import Part, frames_ahead
from avlabel_viewer.frames.reading import ImageData
from avlabel_viewer.frames.shelf import Shelf


@pytest.fixture(scope="module")
def whole_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Only to be read."""
    return made.street(tmp_path_factory.mktemp("street"))


def test_the_direction_of_travel_comes_first() -> None:
    numbers = [3, 5, 8, 9, 12, 20]
    assert frames_ahead(numbers, 8, +1, 2, 1) == [8, 9, 12, 5]
    assert frames_ahead(numbers, 8, -1, 2, 1) == [8, 5, 3, 9]
    assert frames_ahead(numbers, 20, +1, 2, 1) == [20, 12]


def test_neighbours_are_read_in_the_background(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, ahead=2, behind=1) as cache:
        cache.want(made.FIRST + 2)
        ready(cache)
        here = [k for k in range(6) if cache.peek(made.FIRST + k) is not None]
        assert here == [1, 2, 3, 4]
        assert cache.progress == (12, 12)
        assert cache.arrivals() == {made.FIRST + k for k in here}
        assert cache.arrivals() == set()


def test_what_is_wanted_first_is_read_first(
    whole_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []
    read = cache_module.read_points
    monkeypatch.setattr(
        cache_module, "read_points", lambda scene, k: order.append(k) or read(scene, k)
    )
    with FrameCache(whole_scene, threads=1, ahead=2, behind=1) as cache:
        cache.want(made.FIRST + 3, direction=-1)
        ready(cache)
    assert order == [made.FIRST + k for k in (3, 2, 1, 4)]


def test_points_of_other_frames_are_read_without_their_images(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, ahead=0, behind=0) as cache:
        cache.want(made.FIRST, points_of=[made.FIRST + 4, made.FIRST, made.FIRST + 5])
        ready(cache)
        assert cache.progress == (5, 5)
        data = cache.peek(made.FIRST + 5)
        assert data is not None
        assert len(data) == made.N_POINTS
        assert data.pending == {"front", "left"}
        with pytest.raises(ValueError, match="999"):
            cache.want(made.FIRST, points_of=[999])


def test_a_jump_drops_what_is_no_longer_wanted(
    whole_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, go = threading.Event(), threading.Event()
    order = []
    read = cache_module.read_points

    def slow(scene: Scene, frame_idx: int):
        order.append(frame_idx)
        started.set()
        assert go.wait(WAIT_S)
        return read(scene, frame_idx)

    monkeypatch.setattr(cache_module, "read_points", slow)
    with FrameCache(whole_scene, threads=1, ahead=1, behind=0) as cache:
        cache.want(made.FIRST)
        assert started.wait(WAIT_S)
        cache.want(made.FIRST + 4)
        go.set()
        ready(cache)
        # What was being read is finished and kept; its neighbour was never begun.
        assert order == [made.FIRST, made.FIRST + 4, made.FIRST + 5]
        assert cache.peek(made.FIRST) is not None


def test_a_frame_that_the_scene_lacks_is_refused(whole_scene: Scene) -> None:
    with FrameCache(whole_scene) as cache:
        assert cache.peek(999) is None
        for ask in (cache.want, cache.get, cache.points):
            with pytest.raises(ValueError, match="999"):
                ask(999)


def test_the_shelf_drops_unwanted_parts_first_then_what_is_wanted_last() -> None:
    shelf = Shelf(30)
    item = ImageData(np.zeros((1, 10, 1), np.uint8))
    one, two, three, four = (Part(k) for k in (1, 2, 3, 4))
    shelf.want([one, two, three])
    for part in (four, three, one):
        assert shelf.put(part, item)
    assert shelf.put(two, item)
    assert four not in shelf
    assert not shelf.put(Part(1, "front"), item), "three, wanted last, had to go"
    assert [part in shelf for part in (one, two, three)] == [True, True, False]
    assert shelf.n_bytes == 30


def test_the_least_recently_used_goes_first() -> None:
    shelf = Shelf(20)
    item = ImageData(np.zeros((1, 10, 1), np.uint8))
    shelf.put(Part(1), item)
    shelf.put(Part(2), item)
    assert shelf.get(Part(1)) is item
    shelf.put(Part(3), item)
    assert [Part(k) in shelf for k in (1, 2, 3)] == [True, False, True]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abc"), st.integers(1, 40))),
    st.integers(0, 6),
    st.integers(1, 100),
)
def test_the_shelf_is_bounded_but_for_the_current_frame(
    puts: list[tuple[int, str, int]], current: int, max_bytes: int
) -> None:
    shelf = Shelf(max_bytes)
    shelf.want([Part(current, name) for name in "abc"])
    held: dict[Part, int] = {}
    for frame, name, size in puts:
        part = Part(frame, name)
        shelf.put(part, ImageData(np.zeros((1, size, 1), np.uint8)))
        held[part] = size
        held = {p: n for p, n in held.items() if p in shelf}
        assert part in shelf or frame != current
        assert shelf.n_bytes == sum(held.values())
        others = sum(n for p, n in held.items() if p.frame_idx != current)
        assert shelf.n_bytes <= max_bytes or others == 0


def test_reading_ahead_stops_where_no_more_fits(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, threads=0) as probe:
        frame_bytes = probe.get(made.FIRST).n_bytes
    room = int(2.5 * frame_bytes)
    with FrameCache(whole_scene, room, ahead=5, behind=0) as cache:
        for k in (0, 1):
            cache.want(made.FIRST + k)
            ready(cache)
            assert cache.n_bytes <= room
            for near in (k, k + 1):
                data = cache.peek(made.FIRST + near)
                assert data is not None
                assert not data.pending


def test_the_current_frame_is_kept_however_large(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, 1, ahead=5) as cache:
        cache.want(made.FIRST + 3)
        ready(cache)
        data = cache.peek(made.FIRST + 3)
        assert data is not None
        assert not data.pending
        assert cache.n_bytes == data.n_bytes


def bytes_of_arrays() -> int:
    """What tracemalloc knows of numpy's arrays."""
    arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    found = tracemalloc.take_snapshot().filter_traces([arrays])
    return sum(one.size for one in found.statistics("filename"))


def test_memory_stays_flat_over_many_steps(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, threads=0) as probe:
        frame_bytes = probe.get(made.FIRST).n_bytes
    numbers = whole_scene.frames.frame_idx.tolist()
    there_and_back = numbers + numbers[-2:0:-1]
    held = []
    with FrameCache(whole_scene, 3 * frame_bytes, ahead=1, behind=0) as cache:
        tracemalloc.start()
        for step in range(300):
            frame_idx = there_and_back[step % len(there_and_back)]
            cache.want(frame_idx)
            cache.points(frame_idx)
            assert cache.n_bytes <= 3 * frame_bytes
            if step % 100 == 99:
                ready(cache)
                held.append(bytes_of_arrays())
        tracemalloc.stop()
    # Besides what is kept, tables of the ground that are made once.
    assert max(held) < 3 * frame_bytes + 1_000_000
    assert held[-1] - held[0] < frame_bytes
