"""A simulated drive, made sweep by sweep when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.simulation.beams import BEAM_TABLES
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.driving import REAR_AXLE, Occupancy, Route, drive
from avlabel.simulation.imaging import Picture, count_pixels, photograph, pixel_rays
from avlabel.simulation.labels import SweepLabels, label
from avlabel.simulation.lenses import lens
from avlabel.simulation.lidar import Scan, scan
from avlabel.simulation.motion import STEP_S, on_ground
from avlabel.simulation.returns import LidarSpec
from avlabel.simulation.routes import main_route, turning_route
from avlabel.simulation.scenery import furnish
from avlabel.simulation.street import Street, plan_street
from avlabel.simulation.traffic import Traffic, populate
from avlabel.simulation.world import World, build_world

EPOCH_NS = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
WARM_UP_S = 1.0
LIDAR_ID = "top"
EGO_SIZE = np.array([4.7, 1.9, 1.6])
BRAKE_PITCH = 0.006
"""Radians of nose-down pitch per m/s2 of braking."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One sweep with its truth.

    Attributes:
        frame_idx: counts from 0.
        start_ns: first firing of the turn.
        end_ns: end of the turn.
        scan: returns.
        labels: cuboids in world.
    """

    frame_idx: int
    start_ns: int
    end_ns: int
    scan: Scan
    labels: SweepLabels


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedDrive:
    """Everything that decides a drive; sweeps and images are computed on demand.

    Attributes:
        config: what it was made from.
        street: plan.
        world: everything that rays can meet.
        rig: one LiDAR and, if wanted, two cameras.
        trajectory: of the ego vehicle, 100 Hz.
        spec: how the LiDAR measures.
    """

    config: SimulationConfig
    street: Street
    world: World
    rig: Rig
    trajectory: Trajectory
    spec: LidarSpec

    def span_ns(self, index: int) -> tuple[int, int]:
        """First firing of sweep ``index``, and its end."""
        start_ns = EPOCH_NS + index * PERIOD_NS
        return start_ns, start_ns + PERIOD_NS

    def frame(self, index: int) -> Frame:
        """Sweep ``index`` with its truth."""
        start_ns, end_ns = self.span_ns(index)
        lidar = self.rig.lidars[LIDAR_ID]
        rng = np.random.default_rng([self.config.seed, 1, index])
        turn = scan(
            self.world, lidar, self.spec, self.trajectory, start_ns, PERIOD_NS, EPOCH_NS, rng
        )
        truth = label(
            self.world, turn, lidar, self.trajectory, index, start_ns, PERIOD_NS, EPOCH_NS,
            self.config.label_range_m,
        )  # fmt: skip
        return Frame(index, start_ns, end_ns, turn, truth)

    def frames(self) -> Iterator[Frame]:
        """All sweeps, one at a time."""
        return (self.frame(index) for index in range(self.config.frames))

    def image_time_ns(self, sensor_id: str, index: int) -> int:
        """Exposure of the middle row: when the LiDAR's beam crosses the camera's axis."""
        yaw = float(np.arctan2(*self.rig.cameras[sensor_id].ego_from_sensor.rotation[1::-1, 2]))
        share = (np.pi - yaw) / (2 * np.pi)
        return EPOCH_NS + index * PERIOD_NS + round(share * PERIOD_NS)

    def image(self, sensor_id: str, index: int, rays_cam: Float64 | None = None) -> Picture:
        """Image ``index`` of a camera; ``rays_cam`` from ``pixel_rays`` saves computing them."""
        camera = self.rig.cameras[sensor_id]
        rays = pixel_rays(camera) if rays_cam is None else rays_cam
        order = sorted(self.rig.cameras).index(sensor_id)
        rng = np.random.default_rng([self.config.seed, 2 + order, index])
        return photograph(
            self.world, camera, rays, self.trajectory, self.image_time_ns(sensor_id, index),
            EPOCH_NS, rng,
        )  # fmt: skip

    def pixels(
        self, sensor_id: str, index: int, rays_cam: Float64 | None = None
    ) -> tuple[Int64, Int64]:
        """Of image ``index`` of a camera: pixels of each actor as it is, and if it stood alone."""
        camera = self.rig.cameras[sensor_id]
        rays = pixel_rays(camera) if rays_cam is None else rays_cam
        time_ns = self.image_time_ns(sensor_id, index)
        return count_pixels(self.world, camera, rays, self.trajectory, time_ns, EPOCH_NS)


def simulate(config: SimulationConfig) -> SimulatedDrive:
    """Plan streets, drive the ego vehicle through, and place everybody else around it."""
    rng = np.random.default_rng([config.seed, 0])
    duration_s = config.frames * PERIOD_NS / 1e9
    times_s = np.arange(-WARM_UP_S, duration_s + WARM_UP_S, STEP_S)
    maneuver = _choose(config, rng)
    cruise = rng.uniform(7.0, 12.0)
    street = plan_street(config, maneuver, cruise * duration_s, rng)
    occupancy = Occupancy.empty(len(times_s))
    route, start_m = _ego_route(street, maneuver)
    center, yaw = drive(route, start_m, cruise, EGO_SIZE, street, times_s, occupancy)
    occupancy.add(center, yaw, EGO_SIZE)
    traffic = Traffic(street, times_s, occupancy, [], rng)
    populate(traffic, config)
    world = build_world(street.ground, furnish(street, config.clutter, rng), traffic.actors)
    beams = BEAM_TABLES[config.beams]
    spec = LidarSpec(
        beams, config.columns or beams.columns, config.range_noise_m, config.clutter_rate
    )
    return SimulatedDrive(
        config, street, world, _rig(config), _trajectory(center, yaw, street, duration_s), spec
    )


def _choose(config: SimulationConfig, rng: np.random.Generator) -> str:
    drawn = str(rng.choice(["cruise", "stop", "turn-left", "turn-right"], p=[0.4, 0.3, 0.15, 0.15]))
    if config.maneuver != "auto":
        return config.maneuver
    # A turn leaves the planned streets after a while; long drives stay on the main street.
    return drawn if config.frames <= 120 or not drawn.startswith("turn") else "cruise"


def _ego_route(street: Street, maneuver: str) -> tuple[Route, float]:
    """The route, and where on it the drive (less its warm-up) begins: near the origin."""
    start = street.main.nearest(np.zeros(2)) - 60.0
    lane = street.lane_offset(0)
    if maneuver.startswith("turn"):
        left = maneuver == "turn-left"
        return turning_route(street, 0, True, left, lane, start), 52.0
    return main_route(street, True, lane, start), 52.0


def _trajectory(center: Float64, yaw: Float64, street: Street, duration_s: float) -> Trajectory:
    """Ego poses at 100 Hz; the body pitches a little when it brakes."""
    motion = on_ground(center, yaw, EGO_SIZE, street.ground, start_s=-WARM_UP_S)
    times_s = np.round(np.arange(-0.2, duration_s + 0.2, 0.01), 3)
    speed = np.gradient(motion.way_at(times_s), times_s)
    smooth = np.ones(31) / 31
    braking = -np.gradient(np.convolve(np.pad(speed, 15, "edge"), smooth, "valid"), times_s)
    pitch = BRAKE_PITCH * braking
    cos, sin, zero, one = np.cos(pitch), np.sin(pitch), np.zeros_like(pitch), np.ones_like(pitch)
    nod = np.stack([cos, zero, sin, zero, one, zero, -sin, zero, cos], -1).reshape(-1, 3, 3)
    rear_axle = SE3(np.eye(3), np.array([-REAR_AXLE * EGO_SIZE[0], 0.0, 0.0]))
    poses = motion.at(times_s) @ SE3(nod, np.zeros((len(nod), 3))) @ rear_axle
    return Trajectory(EPOCH_NS + np.round(times_s * 1e9).astype(np.int64), poses)


def _rig(config: SimulationConfig) -> Rig:
    """A LiDAR on the roof; one camera ahead, one to the front left."""
    lidar = Lidar(LIDAR_ID, SE3.from_yaw(0.0, np.array([1.2, 0.0, config.lidar_height_m])))
    cameras = {}
    if config.cameras:
        for name, yaw, xyz in (
            ("front", 0.0, (1.7, 0.0, 1.45)),
            ("front_left", np.deg2rad(55.0), (1.6, 0.45, 1.45)),
        ):
            cameras[name] = _camera(config, name, yaw, np.array(xyz))
    return Rig({LIDAR_ID: lidar}, cameras)


def _camera(config: SimulationConfig, name: str, yaw: float, xyz: Float64) -> Camera:
    axes = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    readout_ns = round(config.rolling_readout_ms * 1e6)
    return Camera(
        name,
        SE3.from_yaw(yaw, xyz) @ SE3(axes, np.zeros(3)),
        lens(config.lens, config.image_width_px, config.image_height_px),
        "rolling" if readout_ns else "global",
        readout_ns,
    )
