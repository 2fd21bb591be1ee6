"""Classes of Argoverse 2 as leaves of the taxonomy."""

from __future__ import annotations

RIDERS = ("BICYCLIST", "MOTORCYCLIST", "WHEELED_RIDER")
"""People whose vehicle has a box of its own."""
THINGS = (
    *("ANIMAL", "BOLLARD", "CONSTRUCTION_BARREL", "CONSTRUCTION_CONE", "DOG", "SIGN", "STOP_SIGN"),
    *("MOBILE_PEDESTRIAN_CROSSING_SIGN", "STROLLER"),
)
LEAVES = {
    "REGULAR_VEHICLE": "car",
    "TRUCK": "truck",
    "BOX_TRUCK": "truck",
    "TRUCK_CAB": "truck",
    "BUS": "bus",
    "ARTICULATED_BUS": "bus",
    "SCHOOL_BUS": "bus",
    "RAILED_VEHICLE": "bus",
    "VEHICULAR_TRAILER": "trailer",
    "MESSAGE_BOARD_TRAILER": "trailer",
    "TRAFFIC_LIGHT_TRAILER": "trailer",
    "LARGE_VEHICLE": "other_vehicle",
    "MOTORCYCLE": "motorcycle",
    "BICYCLE": "bicycle",
    "WHEELED_DEVICE": "bicycle",
    "PEDESTRIAN": "pedestrian",
    "OFFICIAL_SIGNALER": "pedestrian",
    "WHEELCHAIR": "pedestrian",
    **dict.fromkeys(THINGS, "unknown"),
}
"""All but the riders."""
