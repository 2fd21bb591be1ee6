"""Class names of Argoverse 2."""

from __future__ import annotations

from avlabel.exchange.classes import inverse

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
RIDERS = ("BICYCLIST", "MOTORCYCLIST", "WHEELED_RIDER")
THINGS = (
    *("ANIMAL", "BOLLARD", "CONSTRUCTION_BARREL", "CONSTRUCTION_CONE", "DOG", "SIGN", "STOP_SIGN"),
    *("MOBILE_PEDESTRIAN_CROSSING_SIGN", "STROLLER"),
)
LEAVES = inverse({leaf: name for leaf, name in CLASSES.items() if name}) | {
    "ARTICULATED_BUS": "bus",
    "SCHOOL_BUS": "bus",
    "RAILED_VEHICLE": "bus",
    "BOX_TRUCK": "truck",
    "TRUCK_CAB": "truck",
    "MESSAGE_BOARD_TRAILER": "trailer",
    "TRAFFIC_LIGHT_TRAILER": "trailer",
    "OFFICIAL_SIGNALER": "pedestrian",
    "WHEELCHAIR": "pedestrian",
    "WHEELED_DEVICE": "bicycle",
    **dict.fromkeys(RIDERS, ""),
    **dict.fromkeys(THINGS, "unknown"),
}
