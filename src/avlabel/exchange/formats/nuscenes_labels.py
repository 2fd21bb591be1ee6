"""nuScenes: annotations of one scene in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from avlabel.exchange.formats.nuscenes_classes import CLASSES, LEAVES
from avlabel.exchange.incoming import Incoming, LabelRow, Target, from_world
from avlabel.exchange.registry import Importer
from avlabel.readers.json_fields import Node
from avlabel.readers.nuscenes_cloud import TURN_NS
from avlabel.readers.nuscenes_tables import records, referred, scene_of, tables_folder, time_ns


def read(path: Path, target: Target) -> Incoming:
    """Annotations of the samples that are frames of the scene, by time.

    Their global frame must be the recording's own world.

    Args:
        path: the folder of the tables, or the one above.
        target: the scene; ``options.sequence`` names the nuScenes scene where there are several.

    Raises:
        ReadError: naming table, record and field.
    """
    folder = tables_folder(path)
    _, scene = scene_of(folder, target.options.sequence)
    samples = {
        token: time_ns(sample)
        for token, sample in records(folder, "sample", ("scene_token", {scene})).items()
    }
    times = np.array(list(samples.values()), np.int64)
    # Their times are those of a sweep's end.
    rows_of_samples = target.rows_of_sweeps(times, -(TURN_NS // 2)).tolist()
    frames = dict(zip(samples, rows_of_samples, strict=True))
    names = {token: record["name"].text() for token, record in records(folder, "category").items()}
    class_of = {
        token: referred(names, record["category_token"])
        for token, record in records(folder, "instance").items()
    }
    mine = records(folder, "sample_annotation", ("sample_token", samples)).values()
    rows = [_row(record, frames[record["sample_token"].text()], class_of) for record in mine]
    return from_world(rows, target)


def _row(record: Node, frame_row: int, class_of: Mapping[str, str]) -> LabelRow:
    width, length, height = record["size"].numbers(3)
    instance = record["instance_token"]
    return LabelRow(
        frame_row,
        instance.text(),
        referred(class_of, instance),
        record.where,
        record["translation"].numbers(3),
        [length, width, height],
        record["rotation"].numbers(4),
    )


IMPORTER = Importer(read, LEAVES, CLASSES, has_tilt=True)
