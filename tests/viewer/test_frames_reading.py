"""What a frame holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import street_scene as made
from frame_waiting import ready
from short_drives import shorten

from avlabel.pipeline import PipelineConfig, label_log
from avlabel.readers.registry import open_log
from avlabel.scenes.scene import Scene, open_scene
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.reading import read_points, shrink_to


@pytest.fixture(scope="module")
def whole_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Only to be read."""
    return made.street(tmp_path_factory.mktemp("street"))


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


def test_a_scene_in_a_bucket_is_read_by_threads(
    whole_scene: Scene, bucket: str, tmp_path: Path
) -> None:
    made.write_street(tmp_path, scenes=f"s3://{bucket}/scenes")
    remote = open_scene(f"s3://{bucket}/scenes")
    with FrameCache(remote, ahead=5) as cache, FrameCache(whole_scene, threads=0) as local:
        cache.want(made.FIRST)
        ready(cache)
        for frame_idx in remote.frames.frame_idx.tolist():
            data = cache.peek(frame_idx)
            assert data is not None
            assert data.problems == ()
            assert data.images.keys() == {"front", "left"}
            assert np.array_equal(data.points, local.points(frame_idx).points)


def test_the_example_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "sensor-data.md"
    example = page.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```", 1)[0]
    made.write_street(tmp_path).parent.rename(tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example.replace("out/demo", "demo"), names)  # noqa: S102
    assert "'front': (48, 64, 3)" in capsys.readouterr().out
    assert len(names["street"]) > 4 * made.N_GROUND


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
