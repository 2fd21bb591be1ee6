"""nuScenes' annotations as truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.log import SweepIndex, Truth
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import ReadError
from avlabel.readers.json_fields import Node
from avlabel.readers.nuscenes_classes import LEAVES
from avlabel.readers.nuscenes_scene import NuscenesScene
from avlabel.readers.nuscenes_tables import pose_of, records, referred
from avlabel.readers.timed_by_points import timed_by_points

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Box:
    record: Node
    instance: str
    leaf: str


def read_truth(
    scene: NuscenesScene,
    sweeps: SweepIndex,
    frame_of: Mapping[str, int],
    read_sweep: Callable[[int], Sweep],
) -> Truth | None:
    """Labels of the keyframes, all around the car; sweeps in between have none.

    Args:
        scene: the scene.
        sweeps: its sweeps.
        frame_of: position of each sample's own sweep.
        read_sweep: gives the sweep at a position.

    Returns:
        The truth, or None if no sample has labels.

    Raises:
        InputError: naming table, record and field.
    """
    boxes = _boxes_by_sample(scene)
    numbers = {
        instance: number
        for number, instance in enumerate(
            sorted({box.instance for some in boxes.values() for box in some})
        )
    }
    parts = []
    for sample, index in sorted(frame_of.items(), key=lambda item: item[1]):
        if sample in boxes:
            cuboids = _cuboids(boxes[sample], index, sweeps, numbers)
            parts.append(timed_by_points(cuboids, index, read_sweep, scene.trajectory))
    if not parts:
        return None
    cuboids = Cuboids.concatenate(parts)
    cuboids = replace(cuboids, cuboid_id=np.arange(len(cuboids)))
    ignored = cuboids.category == default_taxonomy().code(UNKNOWN)
    return replace(Truth.all_around(cuboids), ignored=ignored)


def _boxes_by_sample(scene: NuscenesScene) -> dict[str, list[_Box]]:
    tables = scene.tables
    if not (tables / "sample_annotation.json").exists():
        return {}
    found = records(tables, "sample_annotation", ("sample_token", scene.samples)).values()
    used = {record["instance_token"].text() for record in found}
    instances = records(tables, "instance", ("token", used))
    categories = records(tables, "category")
    boxes: dict[str, list[_Box]] = {}
    for record in found:
        category = referred(
            categories, referred(instances, record["instance_token"])["category_token"]
        )
        box = _Box(record, record["instance_token"].text(), _leaf(category["name"]))
        boxes.setdefault(record["sample_token"].text(), []).append(box)
    return boxes


def _leaf(name: Node) -> str:
    if name.text() not in LEAVES:
        raise ReadError(f"{name.where}: expected one of {', '.join(LEAVES)}, got {name.text()!r}")
    return LEAVES[name.text()]


def _cuboids(
    boxes: list[_Box], index: int, sweeps: SweepIndex, numbers: Mapping[str, int]
) -> Cuboids:
    taxonomy = default_taxonomy()
    poses = [pose_of(box.record) for box in boxes]
    return Cuboids.build(
        "world",
        frame_idx=np.full(len(boxes), sweeps.frame_idx[index]),
        timestamp_ns=np.full(len(boxes), sweeps.ref_ns[index]),
        track_id=np.array([numbers[box.instance] for box in boxes], np.int64),
        category=np.array([taxonomy.code(box.leaf) for box in boxes], np.int16),
        center=np.array([pose.translation for pose in poses]),
        quat_wxyz=np.array([pose.quat_wxyz for pose in poses]),
        size_lwh=np.array([_size(box.record) for box in boxes]),
    )


def _size(record: Node) -> list[float]:
    width, length, height = record["size"].numbers(3)
    if min(width, length, height) <= 0:
        raise ReadError(
            f"{record.where}: size: expected more than 0 m, got {[width, length, height]}"
        )
    return [length, width, height]
