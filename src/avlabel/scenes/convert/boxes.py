"""Cuboids and detections as tables."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Float32, Float64, Int16, Int64, UInt8
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.detections import Detections
from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import SceneCorruptError, SceneWriteError
from avlabel.scenes.convert.columns import array, build, codes, named, stacked
from avlabel.scenes.tables import CUBOIDS, DETECTIONS, POINTS_MM

CENTER = ("x_m", "y_m", "z_m")
QUAT = ("qw", "qx", "qy", "qz")
SIZE = ("length_m", "width_m", "height_m")
VELOCITY = ("vx_mps", "vy_mps", "vz_mps")
SOURCES = tuple(source.name.lower() for source in Source)
MM = 1000


def cuboids_to_table(cuboids: Cuboids, taxonomy: Taxonomy) -> pa.Table:
    """Cuboids in the world frame as the table ``cuboids``.

    Raises:
        SceneWriteError: if they are in another frame or of a class the taxonomy lacks.
    """
    _expect_frame("cuboids", cuboids, "world")
    return build(CUBOIDS, _columns("cuboids", cuboids, taxonomy))


def cuboids_from_table(
    table: pa.Table, taxonomy: Taxonomy, frame: Literal["ego", "world"] = "world"
) -> Cuboids:
    """Cuboids of a table.

    Raises:
        SceneCorruptError: if a category or source is unknown.
    """
    return Cuboids.build(
        frame,
        frame_idx=array(table, "frame_idx", np.int32),
        timestamp_ns=array(table, "timestamp_ns", np.int64),
        cuboid_id=array(table, "cuboid_id", np.int64),
        track_id=array(table, "track_id", np.int64),
        category=category_codes(table, taxonomy),
        center=stacked(table, CENTER, np.float64),
        quat_wxyz=stacked(table, QUAT, np.float64),
        size_lwh=stacked(table, SIZE, np.float32),
        velocity=stacked(table, VELOCITY, np.float32),
        score=array(table, "score", np.float32),
        num_points=array(table, "num_points", np.int32),
        source=codes(table, "source", SOURCES).astype(np.uint8),
        is_keyframe=array(table, "is_keyframe", np.bool_),
    )


def detections_to_table(
    detections: Detections, taxonomy: Taxonomy, evidence: Float64 | None = None
) -> pa.Table:
    """Detections in the ego frame as the table ``detections``, their points in whole millimetres.

    Args:
        detections: N boxes.
        taxonomy: that the categories index.
        evidence: (N, P) float64 what images say of each, by coarse class; None if there are none.

    Raises:
        SceneWriteError: if they are in another frame, of a class the taxonomy lacks, or a point
            is not finite or too far off.
    """
    _expect_frame("detections", detections.cuboids, "ego")
    columns = _columns("detections", detections.cuboids, taxonomy)
    points = _points_to_lists(detections.points, detections.offsets)
    return build(
        DETECTIONS,
        {**columns, "points": points, "evidence": _evidence_to_lists(evidence, len(detections))},
    )


def evidence_from_table(table: pa.Table, taxonomy: Taxonomy) -> Float64:
    """(N, P) float64 column ``evidence`` of ``detections``; 0 where no image speaks.

    Raises:
        SceneCorruptError: if a row has not one value for each of the taxonomy's coarse classes.
    """
    evidence = np.zeros((len(table), len(taxonomy.parents)))
    if "evidence" in table.column_names:
        column = table.column("evidence").combine_chunks()
        said = np.asarray(column.is_valid())
        flat = np.asarray(column.drop_null().flatten(), np.float64)
        if flat.size != said.sum() * evidence.shape[1]:
            raise SceneCorruptError(f"column 'evidence': expected {evidence.shape[1]} values a row")
        evidence[said] = flat.reshape(-1, evidence.shape[1])
    return evidence


def detections_from_table(table: pa.Table, taxonomy: Taxonomy) -> Detections:
    """Detections of a table; ``points`` come back in float32 metres.

    Raises:
        SceneCorruptError: if a category or source is unknown.
    """
    lists = table.column("points").combine_chunks()
    lengths = np.asarray(lists.value_lengths(), np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    millimetres = np.stack([np.asarray(part) for part in lists.flatten().flatten()], axis=1)
    points = (millimetres / MM).astype(np.float32)
    return Detections(cuboids_from_table(table, taxonomy, "ego"), points, offsets)


def category_codes(table: pa.Table, taxonomy: Taxonomy) -> Int16:
    """(N,) int16 codes of a table's column ``category``.

    Raises:
        SceneCorruptError: if the taxonomy lacks a name.
    """
    return codes(table, "category", taxonomy.leaves).astype(np.int16)


def category_names(table: str, category: Int16, taxonomy: Taxonomy) -> pa.Array:
    """Category codes (N,) as a dictionary column of names.

    Raises:
        SceneWriteError: if the taxonomy has no such code.
    """
    unknown = category[(category < 0) | (category >= len(taxonomy.leaves))]
    if unknown.size:
        raise SceneWriteError(
            f"table '{table}': category {unknown[0]}; the taxonomy has {len(taxonomy.leaves)}"
        )
    return named(category, taxonomy.leaves)


def _columns(table: str, cuboids: Cuboids, taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "frame_idx": cuboids.frame_idx,
        "timestamp_ns": cuboids.timestamp_ns,
        "cuboid_id": cuboids.cuboid_id,
        "track_id": cuboids.track_id,
        "category": category_names(table, cuboids.category, taxonomy),
        **dict(zip(CENTER, cuboids.center.T, strict=True)),
        **dict(zip(QUAT, cuboids.quat_wxyz.T, strict=True)),
        **dict(zip(SIZE, cuboids.size_lwh.T, strict=True)),
        **dict(zip(VELOCITY, cuboids.velocity.T, strict=True)),
        "score": cuboids.score,
        "num_points": cuboids.num_points,
        "source": named(_known_sources(table, cuboids.source), SOURCES),
        "is_keyframe": cuboids.is_keyframe,
    }


def _known_sources(table: str, sources: UInt8) -> UInt8:
    if sources.size and sources.max() >= len(SOURCES):
        raise SceneWriteError(f"table '{table}': source {sources.max()}; expected a Source")
    return sources


def _expect_frame(table: str, cuboids: Cuboids, frame: str) -> None:
    if cuboids.frame != frame:
        raise SceneWriteError(f"table '{table}': expected boxes in {frame}, got {cuboids.frame}")


def _evidence_to_lists(evidence: Float64 | None, n: int) -> pa.Array:
    if evidence is None:
        return pa.nulls(n, pa.list_(pa.float64()))
    silent = ~np.any(evidence != 0, axis=1)
    offsets = np.concatenate([[0], np.cumsum(np.where(silent, 0, evidence.shape[1]))])
    values = pa.array(evidence[~silent].ravel(), pa.float64())
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), values, mask=pa.array(silent, pa.bool_())
    )


def _points_to_lists(points: Float32, offsets: Int64) -> pa.Array:
    millimetres = np.rint(points.astype(np.float64) * MM)
    if not np.all(np.abs(millimetres) < 2**31):
        raise SceneWriteError("table 'detections': a point is not finite or beyond 2147 km")
    axes = [pa.array(axis, pa.int32()) for axis in millimetres.astype(np.int32).T]
    rows = pa.StructArray.from_arrays(axes, fields=list(POINTS_MM.value_type))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), rows, type=POINTS_MM)
