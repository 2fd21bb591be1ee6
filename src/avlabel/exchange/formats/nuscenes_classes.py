"""Class names of nuScenes."""

from __future__ import annotations

from avlabel.exchange.classes import inverse
from avlabel.readers.nuscenes_classes import LEAVES as LEAVES_OF_NAMES

CLASSES = {
    "car": "vehicle.car",
    "van": "vehicle.car",
    "truck": "vehicle.truck",
    "bus": "vehicle.bus.rigid",
    "trailer": "vehicle.trailer",
    "other_vehicle": "vehicle.other",
    "motorcycle": "vehicle.motorcycle",
    "bicycle": "vehicle.bicycle",
    "pedestrian": "human.pedestrian.adult",
    "unknown": "unknown",
}
"""``vehicle.other`` and ``unknown`` are not theirs."""

LEAVES = {**inverse(CLASSES), **LEAVES_OF_NAMES}
