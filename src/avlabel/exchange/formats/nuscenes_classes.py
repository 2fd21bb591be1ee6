"""Class names of nuScenes."""

from __future__ import annotations

from avlabel.exchange.classes import inverse

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

_PEOPLE = (
    *("child", "construction_worker", "personal_mobility", "police_officer", "stroller"),
    "wheelchair",
)
_THINGS = ["barrier", "debris", "pushable_pullable", "trafficcone"]
LEAVES = inverse(CLASSES) | {
    "vehicle.bus.bendy": "bus",
    "vehicle.construction": "other_vehicle",
    "vehicle.emergency.ambulance": "other_vehicle",
    "vehicle.emergency.police": "other_vehicle",
    "animal": "unknown",
    "static_object.bicycle_rack": "unknown",
    **{f"human.pedestrian.{name}": "pedestrian" for name in _PEOPLE},
    **{f"movable_object.{name}": "unknown" for name in _THINGS},
}
