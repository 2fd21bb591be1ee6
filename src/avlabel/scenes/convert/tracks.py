"""Tracks, projections and findings as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Float32
from avlabel.core.findings import Finding
from avlabel.core.projections import Projections
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.scenes.convert.boxes import SIZE, category_codes, category_names
from avlabel.scenes.convert.columns import array, build, codes, named, stacked
from avlabel.scenes.tables import CORNERS, FINDINGS, PROJECTIONS, TRACKS

UV = ("u0", "v0", "u1", "v1")


def tracks_to_table(tracks: Tracks, taxonomy: Taxonomy) -> pa.Table:
    """Tracks as the table ``tracks``.

    Raises:
        SceneWriteError: for a class the taxonomy lacks.
    """
    return build(
        TRACKS,
        {
            "track_id": tracks.track_id,
            "category": category_names("tracks", tracks.category, taxonomy),
            "score": tracks.score,
            "first_frame": tracks.first_frame,
            "last_frame": tracks.last_frame,
            "n_observed": tracks.n_observed,
            **dict(zip(SIZE, tracks.size_lwh.T, strict=True)),
            "is_static": tracks.is_static,
        },
    )


def tracks_from_table(table: pa.Table, taxonomy: Taxonomy) -> Tracks:
    """The tracks of a table.

    Raises:
        SceneCorruptError: for a category the taxonomy lacks.
    """
    return Tracks(
        track_id=array(table, "track_id", np.int64),
        category=category_codes(table, taxonomy),
        score=array(table, "score", np.float32),
        first_frame=array(table, "first_frame", np.int32),
        last_frame=array(table, "last_frame", np.int32),
        n_observed=array(table, "n_observed", np.int32),
        size_lwh=stacked(table, SIZE, np.float32),
        is_static=array(table, "is_static", np.bool_),
    )


def projections_to_table(projections: Projections) -> pa.Table:
    """Projections as the table ``projections``."""
    corners = pa.array(projections.corners_px.reshape(-1), pa.float32())
    return build(
        PROJECTIONS,
        {
            "frame_idx": projections.frame_idx,
            "sensor_id": named(projections.camera, projections.cameras),
            "cuboid_id": projections.cuboid_id,
            **dict(zip(UV, projections.uv_box.T, strict=True)),
            "corners_px": pa.FixedSizeListArray.from_arrays(corners, type=CORNERS),
            "depth_m": projections.depth_m,
            "truncation": projections.truncation,
            "occlusion": projections.occlusion,
            "occlusion_known": projections.occlusion_known,
            "t_capture_ns": projections.t_capture_ns,
        },
    )


def _since_1_1(table: pa.Table, name: str) -> Float32:
    """A column (N,) that scenes of format 1.0 lack; NaN there."""
    if name not in table.column_names:
        return np.full(len(table), np.nan, np.float32)
    return array(table, name, np.float32)


def projections_from_table(table: pa.Table, cameras: Sequence[str]) -> Projections:
    """The projections of a table.

    Args:
        table: the table.
        cameras: all camera names of the rig, in its order.

    Raises:
        SceneCorruptError: for a camera that is none of them.
    """
    corners = table.column("corners_px").combine_chunks().flatten().to_numpy()
    return Projections(
        cameras=tuple(cameras),
        frame_idx=array(table, "frame_idx", np.int32),
        camera=codes(table, "sensor_id", cameras).astype(np.int16),
        cuboid_id=array(table, "cuboid_id", np.int64),
        uv_box=stacked(table, UV, np.float32),
        corners_px=np.array(corners, np.float32).reshape(-1, 8, 2),
        depth_m=array(table, "depth_m", np.float32),
        truncation=array(table, "truncation", np.float32),
        occlusion=array(table, "occlusion", np.float32),
        occlusion_known=_since_1_1(table, "occlusion_known"),
        t_capture_ns=array(table, "t_capture_ns", np.int64),
    )


def findings_to_table(findings: Sequence[Finding]) -> pa.Table:
    """Findings as the table ``findings``."""
    names = [column.name for column in FINDINGS.columns]
    return build(FINDINGS, {name: [getattr(f, name) for f in findings] for name in names})


def findings_from_table(table: pa.Table) -> tuple[Finding, ...]:
    """The findings of a table."""
    rows = table.select([column.name for column in FINDINGS.columns]).to_pylist()
    return tuple(Finding(**row) for row in rows)
