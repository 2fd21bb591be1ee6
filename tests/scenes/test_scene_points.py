"""Sweeps: millimetres, ring order, one row group each."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import scene_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import avlabel
from avlabel.core.sweep import Sweep
from avlabel.errors import SceneNotFoundError, SceneWriteError
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.points import in_ring_order, points_from_table, sweep_to_table


def points_file(scene: Path) -> Path:
    return next(scene.glob("data/*/points/top.parquet"))


def write_sweeps(root: Path, *sweeps: Sweep, config: StoreConfig | None = None) -> Path:
    with samples.open_writer(root, config=config) as writer:
        samples.write_required(writer)
        for sweep in sweeps:
            writer.write_sweep(sweep)
        writer.commit()
    return root / "scene_id=one"


@pytest.mark.parametrize("lossless", [False, True])
def test_sweeps_come_back(tmp_path: Path, lossless: bool) -> None:
    written = [samples.sample_sweep(frame) for frame in samples.FRAMES]
    write_sweeps(tmp_path, *written, config=StoreConfig(lossless_points=lossless))
    scene = avlabel.open_scene(tmp_path)
    for sweep in written:
        got = scene.sweep(sweep.frame_idx)
        assert (got.frame_idx, got.sensor_id, got.ref_ns, got.compensated) == (
            sweep.frame_idx,
            "top",
            sweep.ref_ns,
            True,
        )
        assert got.points_ego.dtype == np.float32
        tolerance = 0 if lossless else 0.0005 + 1e-5
        np.testing.assert_allclose(got.points_ego, sweep.points_ego, rtol=0, atol=tolerance)
        for name in ("intensity", "ring", "t_offset_ns"):
            np.testing.assert_array_equal(getattr(got, name), getattr(sweep, name))
            assert getattr(got, name).dtype == getattr(sweep, name).dtype


def test_one_row_group_a_sweep_with_the_promised_encodings(scene_path: Path) -> None:
    metadata = pq.read_metadata(points_file(scene_path))
    assert metadata.num_row_groups == 3
    columns = {metadata.schema.column(i).name: i for i in range(metadata.num_columns)}
    for name, index in columns.items():
        column = metadata.row_group(0).column(index)
        assert column.compression == "ZSTD"
        expected = "DICTIONARY" if name in {"intensity", "ring"} else "DELTA_BINARY_PACKED"
        assert any(expected in encoding for encoding in column.encodings), name


def test_points_are_stored_in_ring_order(tmp_path: Path) -> None:
    sweep = replace(
        samples.sample_sweep(7, n=5),
        ring=np.array([3, 1, 3, 0, 1], np.int16),
        intensity=np.arange(5, dtype=np.int16),
    )
    write_sweeps(tmp_path, sweep)
    got = avlabel.open_scene(tmp_path).sweep(7)
    np.testing.assert_array_equal(got.ring, [0, 1, 1, 3, 3])
    np.testing.assert_array_equal(got.intensity, [3, 1, 4, 0, 2])
    np.testing.assert_allclose(got.points_ego, sweep.points_ego[[3, 1, 4, 0, 2]], atol=0.001)


def test_points_without_rings_keep_their_order() -> None:
    sweep = replace(samples.sample_sweep(7), ring=np.full(500, -1, np.int16))
    assert in_ring_order(sweep) is sweep


def test_a_sweep_without_points(tmp_path: Path) -> None:
    write_sweeps(tmp_path, *(samples.sample_sweep(f, n) for f, n in ((7, 5), (8, 0), (9, 6))))
    scene = avlabel.open_scene(tmp_path)
    assert [len(scene.sweep(frame)) for frame in (7, 8, 9)] == [5, 0, 6]
    assert scene.sweep(8).points_ego.shape == (0, 3)
    assert scene.table("sweeps").column("row_group").to_pylist() == [0, -1, 1]
    assert scene.table("points/top").num_rows == 11


def test_only_sweeps_without_points(tmp_path: Path) -> None:
    write_sweeps(tmp_path, samples.sample_sweep(7, 0))
    assert len(avlabel.open_scene(tmp_path).sweep(7)) == 0


def test_two_lidars(tmp_path: Path) -> None:
    rear = samples.sample_sweep(7, 20, "rear")
    write_sweeps(tmp_path, rear, samples.sample_sweep(7), samples.sample_sweep(8))
    scene = avlabel.open_scene(tmp_path)
    assert scene.lidars == ["top", "rear"]
    assert scene.sweep(7).sensor_id == "top"
    assert len(scene.sweep(7, "rear")) == 20
    with pytest.raises(SceneNotFoundError, match="no sweep 8 of lidar 'rear'; it has 1, 7 to 7"):
        scene.sweep(8, "rear")
    with pytest.raises(SceneNotFoundError, match="did you mean 'points/rear'"):
        scene.sweep(7, "reer")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.2e6])
def test_points_that_do_not_fit_are_refused(tmp_path: Path, value: float) -> None:
    sweep = samples.sample_sweep(7)
    sweep.points_ego[3, 2] = value
    with (
        samples.open_writer(tmp_path) as writer,
        pytest.raises(SceneWriteError, match="frame 7, lidar 'top'"),
    ):
        writer.write_sweep(sweep)


def test_lossless_points_must_be_finite() -> None:
    sweep = samples.sample_sweep(7)
    sweep.points_ego[0, 0] = np.nan
    with pytest.raises(SceneWriteError, match="not finite"):
        sweep_to_table(sweep, lossless=True)


def test_a_second_sweep_of_a_frame_is_refused(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        writer.write_sweep(samples.sample_sweep(7))
        with pytest.raises(SceneWriteError, match="frame 7: a second sweep of lidar 'top'"):
            writer.write_sweep(samples.sample_sweep(7))


def test_many_threads_read_one_scene(scene_path: Path) -> None:
    scene = avlabel.open_scene(scene_path)
    expected = {frame: scene.sweep(frame).points_ego for frame in samples.FRAMES}
    wanted = list(samples.FRAMES) * 40
    with ThreadPoolExecutor(8) as pool:
        for frame, sweep in zip(wanted, pool.map(scene.sweep, wanted), strict=True):
            np.testing.assert_array_equal(sweep.points_ego, expected[frame])


@given(
    hnp.arrays(np.float32, st.tuples(st.integers(0, 20), st.just(3)),
               elements=st.floats(-1000, 1000, width=32))
)  # fmt: skip
def test_any_point_comes_back_to_half_a_millimetre(points: np.ndarray) -> None:
    n = len(points)
    zeros = np.zeros(n, np.int16)
    sweep = Sweep(1, "top", 0, points, zeros, zeros, np.zeros(n, np.int32), compensated=True)
    got = points_from_table(sweep_to_table(sweep))
    # float32 itself resolves 0.06 mm at 1 km.
    np.testing.assert_allclose(got, points, rtol=0, atol=0.0005 + 1.3e-4)
    # Stored once, a point no longer moves.
    again = points_from_table(sweep_to_table(replace(sweep, points_ego=got)))
    np.testing.assert_array_equal(again, got)


@pytest.mark.skipif(sys.byteorder != "little", reason="KITTI files are little endian")
def test_a_real_sweep_takes_few_bytes(shared_data: Path, tmp_path: Path) -> None:
    files = sorted((shared_data / "kitti-tracking/training/velodyne/0000").glob("*.bin"))[:3]
    sweeps = [_kitti_sweep(path, 7 + i) for i, path in enumerate(files)]
    scene = write_sweeps(tmp_path, *sweeps)
    stored = points_file(scene).stat().st_size / sum(len(sweep) for sweep in sweeps)
    assert stored < 5.0


def _kitti_sweep(path: Path, frame_idx: int) -> Sweep:
    values = np.fromfile(path, np.float32).reshape(-1, 4)
    n = len(values)
    return Sweep(
        frame_idx,
        "top",
        samples.T0,
        values[:, :3].copy(),
        np.rint(values[:, 3] * 255).astype(np.int16),
        np.full(n, -1, np.int16),
        np.zeros(n, np.int32),
        compensated=True,
    )


def test_reading_leaves_nothing_to_the_garbage_collector(scene_path: Path) -> None:
    scene = avlabel.open_scene(scene_path)
    scene.sweep(7)
    gc.collect()
    gc.disable()
    try:
        scene.sweep(8)
        # A long scene's footer takes megabytes, which must not wait for a collection.
        assert gc.collect() == 0
    finally:
        gc.enable()
