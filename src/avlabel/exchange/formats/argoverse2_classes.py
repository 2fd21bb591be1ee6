"""Class names of Argoverse 2."""

from __future__ import annotations

from avlabel.exchange.classes import LEFT_OUT
from avlabel.readers.argoverse2_classes import LEAVES as LEAVES_OF_NAMES
from avlabel.readers.argoverse2_classes import RIDERS

CLASSES = {
    "car": "REGULAR_VEHICLE",
    "van": "REGULAR_VEHICLE",
    "truck": "TRUCK",
    "bus": "BUS",
    "trailer": "VEHICULAR_TRAILER",
    "other_vehicle": "LARGE_VEHICLE",
    "motorcycle": "MOTORCYCLE",
    "bicycle": "BICYCLE",
    "pedestrian": "PEDESTRIAN",
    "unknown": "",
}
LEAVES = {**LEAVES_OF_NAMES, **dict.fromkeys(RIDERS, LEFT_OUT)}
