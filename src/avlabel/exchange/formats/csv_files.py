"""CSV: one row a box, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from avlabel.errors import ReadError
from avlabel.exchange.columns import Columns
from avlabel.exchange.formats.label_tables import cuboid_table, frame_table, labels_from_columns
from avlabel.exchange.incoming import Incoming, Target
from avlabel.exchange.job import ExportJob
from avlabel.exchange.registry import Exporter, Importer
from avlabel.readers.files import read_text

FILE = "cuboids.csv"


def write(job: ExportJob, folder: Path) -> None:
    """``cuboids.csv`` and ``frames.csv``; numbers read back as the very same."""
    pa.csv.write_csv(cuboid_table(job), folder / FILE)
    pa.csv.write_csv(frame_table(job), folder / "frames.csv")


def read(path: Path, target: Target) -> Incoming:
    """Labels of a CSV file, or of ``cuboids.csv`` in a folder; other columns are passed over.

    Raises:
        ReadError: naming file, line and column.
    """
    file = path / FILE if path.is_dir() else path
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    rows, lines = [], []
    try:
        header = [name.strip() for name in next(reader, [])]
        for row in reader:
            if row and len(row) != len(header):
                line = f"{file}: line {reader.line_num}"
                raise ReadError(f"{line}: expected {len(header)} values, got {len(row)}")
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise ReadError(f"{file}: line {reader.line_num}: not CSV: {error}") from error
    columns = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    return labels_from_columns(Columns(str(file), columns, lambda i: f"line {lines[i]}"), target)


EXPORTER = Exporter(write)
IMPORTER = Importer(read, has_tilt=True)
