"""Small worlds and drives that several tests look at."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.rig import Lidar
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.simulation.beams import BEAM_TABLES
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import SimulatedDrive, simulate
from avlabel.simulation.ground import Ground
from avlabel.simulation.materials import Material
from avlabel.simulation.point_class import BUILDING
from avlabel.simulation.returns import LidarSpec
from avlabel.simulation.scenery import Thing
from avlabel.simulation.shapes import Body

WHITE = Material(1.0, (1.0, 1.0, 1.0))


@pytest.fixture(scope="session")
def plain() -> Ground:
    """A level carriageway as wide as the world, smooth."""
    return Ground(
        sway_m=0.0, sway_k=0.0, sway_phase=0.0, left_m=1e6, right_m=1e6, lane_m=3.3, lanes=1.0,
        cross=np.zeros((0, 5)), corner_m=5.0, kerb_m=0.15, sidewalk_m=3.0, crown=0.0,
        grade_x=0.0, grade_y=0.0, wave_m=0.0, wave_k=0.0, wave_phase=0.0, rough_m=0.0,
    )  # fmt: skip


@pytest.fixture(scope="session")
def wall() -> Thing:
    """A wall whose near face lies at x = 10, 40 m wide."""
    body = Body()
    body.box((10.5, 0.0, 3.0), (1.0, 40.0, 10.0), WHITE)
    return Thing(body, SE3.identity(), BUILDING)


@pytest.fixture(scope="session")
def roof_lidar() -> Lidar:
    """A LiDAR 2 m above the ego origin."""
    return Lidar("top", SE3(np.eye(3), np.array([0.0, 0.0, 2.0])))


@pytest.fixture(scope="session")
def exact_spec() -> LidarSpec:
    """A LiDAR without noise."""
    return LidarSpec(BEAM_TABLES["vlp16"], 720, 0.0, 0.0, 0.0)


@pytest.fixture(scope="session")
def standing() -> Trajectory:
    """An ego vehicle that stands at the origin."""
    return Trajectory(np.array([-2, 4]) * 10**8, SE3.from_yaw(np.zeros(2), np.zeros((2, 3))))


@pytest.fixture(scope="session")
def drive() -> SimulatedDrive:
    """A street with traffic, seen by a light LiDAR and small cameras."""
    return simulate(
        SimulationConfig(
            seed=7, frames=6, beams="os1-64", columns=512, maneuver="turn-right",
            image_width_px=240, image_height_px=150,
        )
    )  # fmt: skip
