"""Limits of the rules, with the reason for each."""

from __future__ import annotations

from dataclasses import dataclass

from avlabel.core.options import option


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """Limits of the rules.

    They come from the taxonomy, from what vehicles and people can do, and from how well a person
    places a box: to some 0.1 m and a few degrees.
    """

    disabled: tuple[str, ...] = option((), "ids of rules that are not run")
    max_size_sigma: float = option(4.0, "a size this many deviations off its class is odd")
    max_size_change_m: float = option(
        0.05, "a rigid object's boxes are no further off their median"
    )
    max_overlap: float = option(0.1, "BEV IoU above which two boxes of a frame collide")
    max_contained: float = option(0.5, "or this share of the smaller one lies inside the other")
    same_iou: float = option(0.5, "3D IoU from which on two boxes of one kind are one object")
    max_tilt_rad: float = option(0.35, "steeper than the steepest streets")
    speed_tolerance: float = option(1.1, "a speed this many times its class's top is odd")
    max_acceleration_mps2: float = option(12.0, "harder braking than tyres allow is odd")
    placing_m: float = option(0.15, "boxes are placed no better than this")
    placing_rad: float = option(0.09, "and turned no better than this")
    window_s: float = option(0.5, "courses are told over at least this long")
    crab_speed_mps: float = option(3.0, "from this speed on a box must face its motion")
    crab_angle_rad: float = option(0.6, "by at most this angle")
    min_turning_radius_m: float = option(4.0, "vehicles turn no tighter")
    min_cycling_radius_m: float = option(1.5, "nor do cyclists")
    parked_mps: float = option(0.3, "what never goes faster is parked")
    parked_s: float = option(2.0, "if it is seen for at least this long")
    drift_m: float = option(0.3, "and then moves no further than this")
    max_break_s: float = option(1.0, "a track that goes on in another does so within this time")
    break_m: float = option(0.5, "this near to where it would be")
    break_mps2: float = option(3.0, "or as far as ordinary braking and steering takes it")
    min_beams: int = option(10, "this many beams through a box without points show it empty")
    max_ground_gap_m: float = option(0.4, "boxes stand on the ground to within this")
    ground_range_m: float = option(30.0, "further off too little is seen of it to call a box sunk")
    min_cut_points: int = option(10, "this many points outside a face are an object's")
    max_cut_share: float = option(0.15, "if they are more than this share of those inside")
    camera_odds: float = option(1.0, "log odds for another class from which on cameras differ")
    camera_miss_odds: float = option(0.7, "log odds against anything there: half as likely")
    road_range_m: float = option(20.0, "up to here beams are dense enough to tell the road")
    min_road_share: float = option(
        0.5, "at least half of what is seen around a vehicle is as level as a road"
    )
