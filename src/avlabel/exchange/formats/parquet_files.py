"""Parquet: the resolved labels as tables, for DuckDB, Polars and pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from avlabel.exchange.columns import read_parquet
from avlabel.exchange.formats.label_tables import cuboid_table, frame_table, labels_from_columns
from avlabel.exchange.incoming import Incoming, Target
from avlabel.exchange.job import ExportJob
from avlabel.exchange.registry import Exporter, Importer
from avlabel.exchange.views import projections
from avlabel.scenes.convert.rig import rig_to_table
from avlabel.scenes.convert.tracks import projections_to_table, tracks_to_table

FILE = "cuboids.parquet"


def write(job: ExportJob, folder: Path) -> None:
    """``cuboids``, ``tracks``, ``projections``, ``frames`` and ``sensors``, one file each."""
    scene = job.scene
    tracks = job.tracks.select(np.isin(job.tracks.track_id, job.cuboids.track_id))
    tables = {
        "cuboids": cuboid_table(job),
        "frames": frame_table(job),
        "projections": projections_to_table(projections(job)),
        "sensors": rig_to_table(scene.rig),
        "tracks": _named(tracks_to_table(tracks, scene.taxonomy), job),
    }
    for name, table in tables.items():
        pq.write_table(_plain(table), folder / f"{name}.parquet", compression="zstd")


def read(path: Path, target: Target) -> Incoming:
    """Labels of a Parquet file, or of ``cuboids.parquet`` in a folder.

    Raises:
        ReadError: naming file, row and column.
    """
    file = path / FILE if path.is_dir() else path
    return labels_from_columns(read_parquet(file), target)


def _named(tracks: pa.Table, job: ExportJob) -> pa.Table:
    """Tracks under the names that their boxes go by."""
    names = [job.names[leaf] for leaf in tracks.column("category").to_pylist()]
    place = tracks.column_names.index("category")
    return tracks.set_column(place, "category", pa.array(names, pa.string()))


def _plain(table: pa.Table) -> pa.Table:
    """Dictionaries as text, which every reader takes."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            text = table.column(place).cast(pa.string())
            table = table.set_column(place, field.name, text)
    return table


EXPORTER = Exporter(write)
IMPORTER = Importer(read, has_tilt=True)
