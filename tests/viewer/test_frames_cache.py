"""Frames read ahead: right data, bounded, and nothing lost to a damaged file."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import street_scene as made
from hypothesis import given
from hypothesis import strategies as st
from short_drives import shorten

from avlabel.errors import SceneError
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log
from avlabel.scenes.scene import Scene, open_scene
from avlabel_viewer.frames import cache as cache_module
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.plan import Part, frames_ahead
from avlabel_viewer.frames.reading import ImageData, read_points, shrink_to
from avlabel_viewer.frames.shelf import Shelf

WAIT_S = 30
"""A test that waits longer has found a thread that hangs."""


@pytest.fixture(scope="module")
def whole_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Only to be read."""
    return made.street(tmp_path_factory.mktemp("street"))


def ready(cache: FrameCache) -> None:
    """Wait until everything wanted is here, or no more fits."""
    with cache._changed:
        assert cache._changed.wait_for(lambda: cache._next() is None and not cache._reading, WAIT_S)


# -- what is read -----------------------------------------------------------------------------


def test_a_frame_holds_all_lidars_in_the_world_and_its_images(whole_scene: Scene) -> None:
    with FrameCache(whole_scene) as cache:
        data = cache.get(made.FIRST + 2)
    assert data.frame_idx == made.FIRST + 2
    assert len(data) == made.N_POINTS
    parked = data.points[data.intensity == 10][-8:]
    assert np.allclose(parked.mean(axis=0), made.PARKED_AT, atol=2e-3)
    driving = data.points[data.intensity == 200]
    assert np.allclose(driving.mean(axis=0), made.driving_at(2), atol=2e-3)
    assert data.points.dtype == data.time_s.dtype == data.height_m.dtype == np.float32
    assert data.images.keys() == {"front", "left"}
    assert (data.images["front"] == [made.red_of(2), 0, 0]).all()
    assert data.problems == ()
    assert not data.pending


def test_heights_are_above_the_ground_and_times_from_the_reference(whole_scene: Scene) -> None:
    data = read_points(whole_scene, made.FIRST)
    assert np.allclose(data.height_m[data.is_ground], 0, atol=2e-3)
    assert data.is_ground.sum() == made.N_GROUND
    assert np.allclose(np.unique(data.height_m[~data.is_ground].round(2)), [0.4, 1.2])
    assert data.time_s.min() == pytest.approx(-0.05)
    assert data.time_s.max() == pytest.approx(0.05)


def test_points_are_moved_in_double_precision(whole_scene: Scene) -> None:
    sweep = whole_scene.sweep(made.FIRST + 1, "top")
    exact = whole_scene.frames.world_from_ego[1].apply(sweep.points_ego.astype(np.float64))
    data = read_points(whole_scene, made.FIRST + 1)
    np.testing.assert_array_equal(data.points[: len(exact)], exact.astype(np.float32))


def test_a_recorded_drive_is_read(sample_drive: Path, tmp_path: Path) -> None:
    drive = shorten(sample_drive, tmp_path / "drive", 2)
    label_log(open_log(drive, "native"), tmp_path / "scenes", PipelineConfig())
    with FrameCache(open_scene(tmp_path / "scenes"), strip_px=480) as cache:
        cache.want(1, sharp=["front"])
        data = cache.get(1)
    assert data.problems == ()
    assert data.images["front"].shape == (600, 960, 3)
    assert data.images["front_left"].shape == (300, 480, 3)
    assert len(data) > 50_000
    assert 0.3 < data.is_ground.mean() < 0.9
    assert np.abs(data.height_m[data.is_ground]).mean() < 0.1


def test_images_are_small_unless_wanted_sharp(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, strip_px=32) as cache:
        cache.want(made.FIRST, sharp=["left"])
        data = cache.get(made.FIRST)
        assert data.images["front"].shape == (24, 32, 3)
        assert data.images["left"].shape == (48, 64, 3)


def test_a_small_image_stands_in_until_the_sharp_one_is_read(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, strip_px=32, threads=0) as cache:
        cache.get(made.FIRST)
        cache.want(made.FIRST, sharp=["left"])
        data = cache.peek(made.FIRST)
        assert data is not None
        assert data.images["left"].shape == (24, 32, 3)
        assert data.pending == {"left"}
        assert cache.get(made.FIRST).images["left"].shape == (48, 64, 3)
        data = cache.peek(made.FIRST)
        assert data is not None
        assert data.images["left"].shape == (48, 64, 3)
        assert not data.pending


@pytest.mark.parametrize(
    ("width_px", "wanted_px", "shrink"),
    [(1920, 960, 2), (1919, 960, 1), (7680, 960, 8), (20_000, 960, 8), (640, 960, 1)],
)
def test_images_stay_as_wide_as_wanted(width_px: int, wanted_px: int, shrink: int) -> None:
    assert shrink_to(width_px, wanted_px) == shrink


# -- what is wanted ---------------------------------------------------------------------------


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


# -- how much is kept -------------------------------------------------------------------------


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


# -- what goes wrong --------------------------------------------------------------------------


def test_a_missing_or_damaged_image_costs_only_itself(tmp_path: Path) -> None:
    scene = made.street(tmp_path)
    made.image_file(tmp_path / "recording", 1, "front").unlink()
    broken = made.image_file(tmp_path / "recording", 1, "left")
    broken.write_bytes(broken.read_bytes()[:60])
    with FrameCache(scene) as cache:
        cache.want(made.FIRST)
        data = cache.get(made.FIRST + 1)
        assert len(data) == made.N_POINTS
        assert data.images == {}
        missing, damaged = data.problems
        assert "front/1.png: cannot be read" in missing
        assert "left/1.png: has changed" in damaged
        ready(cache)
        assert cache.get(made.FIRST + 2).images.keys() == {"front", "left"}
        assert cache.problems == {made.FIRST + 1: data.problems}


def test_a_damaged_sweep_costs_only_itself(tmp_path: Path) -> None:
    folder = made.write_street(tmp_path)
    path = next(folder.glob("data/*/points/rear.parquet"))
    content = bytearray(path.read_bytes())
    content[40] ^= 0xFF
    path.write_bytes(content)
    with FrameCache(open_scene(folder)) as cache:
        damaged, fine = cache.get(made.FIRST), cache.get(made.FIRST + 3)
    assert len(damaged) == made.N_GROUND + 8
    assert len(damaged.problems) == 1
    assert "lidar 'rear'" in damaged.problems[0]
    assert damaged.images.keys() == {"front", "left"}
    assert len(fine) == made.N_POINTS


def test_threads_outlive_whatever_reading_raises(
    whole_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(Scene, "sweep", explode)
    monkeypatch.setattr(Scene, "image", explode)
    with FrameCache(whole_scene, ahead=1, behind=0) as cache:
        cache.want(made.FIRST)
        ready(cache)
        data = cache.peek(made.FIRST)
        assert data is not None
        assert len(data) == 0
        assert len(data.problems) == 4
        assert "MemoryError: no room" in data.problems[0]
        monkeypatch.undo()
        cache.retry()
        ready(cache)
        data = cache.peek(made.FIRST)
        assert data is not None
        assert len(data) == made.N_POINTS
        assert cache.problems == {}
        assert all(thread.is_alive() for thread in cache._threads)


def test_closing_while_reading_ends_the_threads_and_wakes_who_waits(
    whole_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, go = threading.Event(), threading.Event()
    read = cache_module.read_points

    def slow(scene: Scene, frame_idx: int):
        started.set()
        assert go.wait(WAIT_S)
        return read(scene, frame_idx)

    monkeypatch.setattr(cache_module, "read_points", slow)
    cache = FrameCache(whole_scene, threads=1, ahead=0, behind=0)
    cache.want(made.FIRST)
    assert started.wait(WAIT_S)
    closing = threading.Thread(target=cache.close)
    closing.start()
    refused: list[Exception] = []

    def ask() -> None:
        try:
            cache.get(made.FIRST)
        except SceneError as error:
            refused.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    with cache._changed:
        assert cache._changed.wait_for(lambda: cache._closed, WAIT_S)
    go.set()
    closing.join(WAIT_S)
    asking.join(WAIT_S)
    assert not any(thread.is_alive() for thread in [*cache._threads, closing, asking])
    assert "closed" in str(refused[0])
    assert cache.n_bytes == 0
    cache.close()


def test_many_threads_asking_at_once_get_the_same_frame(whole_scene: Scene) -> None:
    with FrameCache(whole_scene, threads=2, ahead=3) as cache:
        cache.want(made.FIRST)
        got: list[int] = []
        threads = [
            threading.Thread(target=lambda k=k: got.append(len(cache.get(made.FIRST + k % 6))))
            for k in range(24)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_S)
    assert got == [made.N_POINTS] * 24
