"""What goes into a scene comes out of it, within the precision of its storage."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import scene_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import avlabel
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.detections import Detections
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.errors import SceneWriteError
from avlabel.scenes.convert.boxes import (
    cuboids_from_table,
    cuboids_to_table,
    detections_from_table,
    detections_to_table,
    evidence_from_table,
)
from avlabel.scenes.convert.poses import trajectory_from_table, trajectory_to_table
from avlabel.scenes.convert.tracks import (
    projections_from_table,
    projections_to_table,
    tracks_from_table,
    tracks_to_table,
)

TAXONOMY = default_taxonomy()
HALF_MM = 0.0005


def assert_equal(got: Any, expected: Any, *, tolerance: float = 0.0) -> None:
    """Equal field by field, in values and dtypes."""
    for field in fields(expected):
        a, b = getattr(got, field.name), getattr(expected, field.name)
        if isinstance(b, SE3):
            np.testing.assert_allclose(a.matrix, b.matrix, rtol=0, atol=1e-12)
        elif isinstance(b, np.ndarray):
            assert a.dtype == b.dtype, field.name
            np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=field.name)
        else:
            assert a == b, field.name


def test_every_table_comes_back(scene_path: Path) -> None:
    scene = avlabel.open_scene(scene_path)
    assert_equal(scene.cuboids(), samples.sample_cuboids())
    assert_equal(scene.tracks(), samples.sample_tracks())
    assert_equal(scene.projections(), samples.sample_projections())
    assert_equal(scene.frames, samples.sample_frames())
    assert_equal(scene.trajectory, samples.sample_trajectory())
    assert list(scene.findings()) == samples.sample_findings()
    detections = scene.detections()
    assert_equal(detections.cuboids, samples.sample_detections().cuboids)
    np.testing.assert_array_equal(detections.offsets, samples.sample_detections().offsets)
    np.testing.assert_allclose(
        detections.points, samples.sample_detections().points, atol=HALF_MM * 1.001
    )


def test_rig_comes_back(scene_path: Path) -> None:
    rig, expected = avlabel.open_scene(scene_path).rig, samples.sample_rig()
    assert list(rig.lidars) == ["top", "rear"]
    for name, lidar in expected.lidars.items():
        assert_equal(rig.lidars[name], lidar)
    camera, model = rig.cameras["front"], expected.cameras["front"].model
    assert (camera.shutter, camera.readout_ns) == ("rolling", 31_000_000)
    assert (camera.model.name, camera.model.width_px, camera.model.height_px) == (
        "pinhole",
        640,
        480,
    )
    np.testing.assert_array_equal(camera.model.intrinsics, model.intrinsics)
    np.testing.assert_array_equal(camera.model.distortion, model.distortion)


def test_scene_says_where_it_comes_from(scene_path: Path, recording: Path) -> None:
    scene = avlabel.open_scene(scene_path)
    assert (scene.scene_id, scene.log_id) == ("one", "drive-1")
    np.testing.assert_array_equal(scene.origin_m, [500_000.0, 4_000_000.0, 12.0])
    assert scene.config == "[detect]\nvoxel_m = 0.2\n"
    assert scene.taxonomy.table() == TAXONOMY.table()
    assert scene.info.source_uris == (str(recording),)
    assert scene.info.log_metadata == {"licence": "CC0", "format": "native"}
    assert scene.metadata.stage_ms == {"detect": 12.5}
    assert scene.metadata.avlabel_version == avlabel.__version__
    row = scene.table("scene").to_pylist()[0]
    first, last = samples.sample_sweep(7), samples.sample_sweep(9)
    assert row["start_ns"] == first.ref_ns + first.end_offset_ns[0]
    assert row["end_ns"] == last.ref_ns + last.end_offset_ns[1]


def test_a_scene_without_labels(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        samples.write_required(writer, Cuboids.empty("world"))
        writer.commit()
    scene = avlabel.open_scene(tmp_path)
    assert len(scene.cuboids()) == len(scene.detections()) == len(scene.projections()) == 0
    assert scene.detections().points.shape == (0, 3)
    assert scene.projections().corners_px.shape == (0, 8, 2)
    assert scene.findings() == ()
    assert scene.lidars == scene.cameras == []


def test_boxes_in_the_wrong_frame_are_refused(tmp_path: Path) -> None:
    with samples.open_writer(tmp_path) as writer:
        with pytest.raises(SceneWriteError, match="'cuboids': expected boxes in world, got ego"):
            writer.write_cuboids(samples.sample_cuboids("ego"))
        with pytest.raises(SceneWriteError, match="'detections': expected boxes in ego, got world"):
            writer.write_detections(
                Detections(samples.sample_cuboids(), np.zeros((0, 3), np.float32), np.zeros(6, int))
            )


def test_a_class_the_taxonomy_lacks_is_refused() -> None:
    cuboids = Cuboids.build(
        "world",
        frame_idx=np.array([1]),
        timestamp_ns=np.array([1]),
        category=np.array([99]),
        center=np.zeros((1, 3)),
        quat_wxyz=np.array([[1.0, 0, 0, 0]]),
        size_lwh=np.ones((1, 3)),
    )
    with pytest.raises(SceneWriteError, match="category 99"):
        cuboids_to_table(cuboids, TAXONOMY)


def test_a_lost_point_of_a_detection_is_refused() -> None:
    detections = samples.sample_detections()
    detections.points[3, 1] = np.nan
    with pytest.raises(SceneWriteError, match="not finite"):
        detections_to_table(detections, TAXONOMY)


def rows(n: int, low: float, high: float, width: int = 3) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, (n, width), elements=st.floats(low, high))


def integers(n: int, dtype: type, low: int, high: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(dtype, n, elements=st.integers(low, high))


@st.composite
def any_cuboids(draw: st.DrawFn, frame: Literal["ego", "world"]) -> Cuboids:
    n = draw(st.integers(0, 6))
    big = 2**62
    return Cuboids.build(
        frame,
        frame_idx=draw(integers(n, np.int32, -(2**31), 2**31 - 1)),
        timestamp_ns=draw(integers(n, np.int64, -big, big)),
        cuboid_id=draw(integers(n, np.int64, 0, big)),
        track_id=draw(integers(n, np.int64, -1, big)),
        category=draw(integers(n, np.int16, 0, len(TAXONOMY.leaves) - 1)),
        center=draw(rows(n, -1e7, 1e7)),
        quat_wxyz=draw(rows(n, -1, 1, 4)),
        size_lwh=draw(rows(n, 0, 100)),
        velocity=np.where(draw(rows(n, 0, 1)) < 0.5, np.nan, draw(rows(n, -90, 90))),
        score=draw(hnp.arrays(np.float32, n, elements=st.floats(0, 1, width=32))),
        num_points=draw(integers(n, np.int32, -1, 2**31 - 1)),
        source=draw(integers(n, np.uint8, 0, len(Source) - 1)),
        is_keyframe=draw(hnp.arrays(np.bool_, n)),
    )


@given(any_cuboids("world"))
def test_any_cuboids_come_back_exactly(cuboids: Cuboids) -> None:
    assert_equal(cuboids_from_table(cuboids_to_table(cuboids, TAXONOMY), TAXONOMY), cuboids)


@settings(max_examples=50)
@given(any_cuboids("ego"), st.data())
def test_any_detections_come_back_to_the_millimetre(cuboids: Cuboids, data: st.DataObject) -> None:
    counts = data.draw(integers(len(cuboids), np.int64, 0, 4))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    points = data.draw(rows(int(offsets[-1]), -100, 100)).astype(np.float32)
    table = detections_to_table(Detections(cuboids, points, offsets), TAXONOMY)
    got = detections_from_table(table, TAXONOMY)
    np.testing.assert_array_equal(got.offsets, offsets)
    np.testing.assert_allclose(got.points, points, rtol=0, atol=HALF_MM + 1e-5)
    assert_equal(got.cuboids, cuboids)


@given(st.data(), st.integers(0, 5))
def test_any_tracks_come_back_exactly(data: st.DataObject, n: int) -> None:
    tracks = Tracks(
        track_id=data.draw(integers(n, np.int64, 0, 2**62)),
        category=data.draw(integers(n, np.int16, 0, len(TAXONOMY.leaves) - 1)),
        score=data.draw(hnp.arrays(np.float32, n, elements=st.floats(0, 1, width=32))),
        first_frame=data.draw(integers(n, np.int32, 0, 1000)),
        last_frame=data.draw(integers(n, np.int32, 0, 1000)),
        n_observed=data.draw(integers(n, np.int32, 0, 1000)),
        size_lwh=data.draw(rows(n, 0, 30)).astype(np.float32),
        is_static=data.draw(hnp.arrays(np.bool_, n)),
    )
    assert_equal(tracks_from_table(tracks_to_table(tracks, TAXONOMY), TAXONOMY), tracks)


@given(st.data(), st.integers(1, 5))
def test_any_trajectory_comes_back(data: st.DataObject, n: int) -> None:
    quat = data.draw(rows(n, 0.1, 1, 4))
    quat /= np.linalg.norm(quat, axis=1, keepdims=True)
    steps = data.draw(integers(n, np.int64, 1, 10**9))
    trajectory = Trajectory(np.cumsum(steps), SE3.from_quat(quat, data.draw(rows(n, -1e6, 1e6))))
    got = trajectory_from_table(trajectory_to_table(trajectory), trajectory.max_gap_ns)
    assert_equal(got, trajectory)


def test_detections_in_millimetres_come_back_exactly() -> None:
    detections = samples.sample_detections().in_millimetres()
    taxonomy = default_taxonomy()
    back = detections_from_table(detections_to_table(detections, taxonomy), taxonomy)
    assert_equal(back.cuboids, detections.cuboids)
    np.testing.assert_array_equal(back.points, detections.points)


def test_evidence_comes_back_and_silence_is_null() -> None:
    detections, taxonomy = samples.sample_detections(), default_taxonomy()
    evidence = np.zeros((len(detections), len(taxonomy.parents)))
    evidence[1] = np.linspace(-1.5, 2.0 / 3, len(taxonomy.parents))
    table = detections_to_table(detections, taxonomy, evidence)
    assert table.column("evidence").null_count == len(detections) - 1
    np.testing.assert_array_equal(evidence_from_table(table, taxonomy), evidence)


def test_scenes_of_version_1_0_have_no_evidence() -> None:
    table = detections_to_table(samples.sample_detections(), default_taxonomy())
    old = table.drop_columns("evidence")
    assert not evidence_from_table(old, default_taxonomy()).any()


def test_projections_of_format_1_0_do_not_say_how_much_of_the_occlusion_is_known() -> None:
    table = projections_to_table(samples.sample_projections()).drop_columns(["occlusion_known"])
    read = projections_from_table(table, ["front"])
    assert np.isnan(read.occlusion_known).all()
    np.testing.assert_array_equal(read.occlusion, samples.sample_projections().occlusion)
