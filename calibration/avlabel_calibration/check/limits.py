"""The limits beyond which a rule finds something, each with the reason for its value."""

from __future__ import annotations

from dataclasses import dataclass

from avlabel.core.options import option


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """Limits of the rules."""

    disabled: tuple[str, ...] = option((), "ids of rules that are not run")
    max_principal_off: float = option(
        0.2, "a principal point further from the middle, as a share of the image's size, is odd"
    )
    max_folded_share: float = option(
        0.005, "share of an image beyond the lens model's valid view that is still let pass"
    )
    min_view_share: float = option(
        0.05, "a camera sees at least this share of the points that its angle of view should hold"
    )
    max_camera_height_m: float = option(5.0, "no vehicle carries a camera higher than this")
    max_camera_reach_m: float = option(15.0, "nor further than this from its rear axle")
    max_ground_tilt_deg: float = option(
        3.5, "between road and ego z: springs give 2 degrees, the camber of the road 1.5"
    )
    bad_ground_tilt_deg: float = option(7.0, "above this it is an error")
    max_ground_height_m: float = option(
        0.3, "between the road below the car and ego's origin: tyres, load and springs take 0.1"
    )
    max_edge_shift_deg: float = option(
        0.2, "by which edges meet better elsewhere: their own width, 0.1 m at 30 m"
    )
    bad_edge_shift_deg: float = option(0.7, "above this it is an error: 0.37 m at 30 m")
    max_roll_deg: float = option(0.6, "roll, which moves edges by a third of its angle only")
    max_time_offset_ms: float = option(20.0, "between images and LiDAR: 0.6 m for a car at 30 m/s")
    max_lidar_turn_deg: float = option(
        0.5, "between two LiDARs: at 30 m it doubles the outline of a car by 0.26 m"
    )
    max_lidar_shift_m: float = option(0.15, "between two LiDARs, five times their range noise")
    max_pose_shift_m: float = option(
        0.1, "between poses and LiDAR from one sweep to the next: 1 m/s at 10 Hz"
    )
    max_pose_turn_deg: float = option(
        0.5, "between poses and LiDAR from one sweep to the next: 5 degrees a second at 10 Hz"
    )
