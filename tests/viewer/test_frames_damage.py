"""Nothing is lost to a damaged file, an error or the end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import street_scene as made
from frame_waiting import WAIT_S, ready

from avlabel.errors import SceneError
from avlabel.scenes.scene import Scene, open_scene
from avlabel_viewer.frames import cache as cache_module
from avlabel_viewer.frames.cache import FrameCache


@pytest.fixture(scope="module")
def whole_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Only to be read."""
    return made.street(tmp_path_factory.mktemp("street"))


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
