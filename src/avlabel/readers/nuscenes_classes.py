"""Categories of nuScenes as leaves of the taxonomy."""

from __future__ import annotations

PEOPLE = (
    *("adult", "child", "construction_worker", "personal_mobility", "police_officer", "stroller"),
    "wheelchair",
)
THINGS = (
    *("animal", "static_object.bicycle_rack"),
    *(f"movable_object.{name}" for name in ("barrier", "debris", "pushable_pullable")),
    "movable_object.trafficcone",
)
LEAVES = {
    "vehicle.car": "car",
    "vehicle.truck": "truck",
    "vehicle.bus.rigid": "bus",
    "vehicle.bus.bendy": "bus",
    "vehicle.trailer": "trailer",
    "vehicle.motorcycle": "motorcycle",
    "vehicle.bicycle": "bicycle",
    "vehicle.construction": "other_vehicle",
    "vehicle.emergency.ambulance": "other_vehicle",
    "vehicle.emergency.police": "other_vehicle",
    **{f"human.pedestrian.{name}": "pedestrian" for name in PEOPLE},
    **dict.fromkeys(THINGS, "unknown"),
}
