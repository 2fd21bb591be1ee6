"""Ranges against hand-computed walls and planes; time, motion and occlusion."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.rig import Lidar
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.simulation.actors import Actor
from avlabel.simulation.beams import BEAM_TABLES
from avlabel.simulation.ground import Ground
from avlabel.simulation.lidar import QUANTUM_M, Scan, scan
from avlabel.simulation.materials import Material
from avlabel.simulation.motion import Motion
from avlabel.simulation.people import rigid
from avlabel.simulation.point_class import BUILDING
from avlabel.simulation.returns import LidarSpec
from avlabel.simulation.scenery import Thing
from avlabel.simulation.shapes import Body
from avlabel.simulation.world import World, build_world

PERIOD_NS = 10**8


def one_turn(
    world: World, lidar: Lidar, spec: LidarSpec, trajectory: Trajectory, start_ns: int = 0
) -> Scan:
    rng = np.random.default_rng(3)
    return scan(world, lidar, spec, trajectory, start_ns, PERIOD_NS, 0, rng)


def test_beams_meet_a_level_road_at_height_over_sine(
    plain: Ground, roof_lidar: Lidar, exact_spec: LidarSpec, standing: Trajectory
) -> None:
    turn = one_turn(build_world(plain, [], []), roof_lidar, exact_spec, standing)
    elevation = exact_spec.beams.elevation_rad[turn.ring]
    expected = 2.0 / np.sin(-elevation)
    measured = np.linalg.norm(turn.points_sensor, axis=1)
    assert (elevation < 0).all()
    # A ray is taken to have met the ground 0.05 mm above it.
    tolerance = 2 * QUANTUM_M + 1e-4 / np.sin(-elevation)
    assert np.all(np.abs(measured - expected) < tolerance)


def test_a_wall_stands_where_it_was_put(
    plain: Ground, wall: Thing, roof_lidar: Lidar, exact_spec: LidarSpec, standing: Trajectory
) -> None:
    turn = one_turn(build_world(plain, [wall], []), roof_lidar, exact_spec, standing)
    on_wall = turn.points_sensor[turn.point_class == BUILDING]
    assert len(on_wall) > 1000
    front = np.abs(on_wall[:, 1]) < 19.0
    np.testing.assert_allclose(on_wall[front, 0], 10.0, atol=QUANTUM_M)
    assert on_wall[:, 1].max() == pytest.approx(20.0, abs=0.5)


def test_the_turn_is_clockwise_from_behind(
    plain: Ground, wall: Thing, roof_lidar: Lidar, exact_spec: LidarSpec, standing: Trajectory
) -> None:
    turn = one_turn(build_world(plain, [wall], []), roof_lidar, exact_spec, standing)
    azimuth = np.arctan2(turn.points_sensor[:, 1], turn.points_sensor[:, 0])
    expected = (np.pi - azimuth) % (2 * np.pi) / (2 * np.pi) * PERIOD_NS
    gap = np.abs(turn.t_offset_ns - expected)
    assert np.minimum(gap, PERIOD_NS - gap).max() < PERIOD_NS / exact_spec.columns


def test_a_wall_stays_flat_for_a_moving_and_turning_ego(
    plain: Ground, wall: Thing, roof_lidar: Lidar
) -> None:
    """Each point goes through the pose at its own time; without that the wall would bend."""
    time_s = np.arange(-0.2, 0.3, 0.01)
    position = np.column_stack([12.0 * time_s, np.zeros_like(time_s), np.zeros_like(time_s)])
    trajectory = Trajectory(
        np.round(time_s * 1e9).astype(np.int64), SE3.from_yaw(0.6 * time_s, position)
    )
    spec = LidarSpec(BEAM_TABLES["hdl64"], 720, 0.02, 0.0)
    turn = one_turn(build_world(plain, [wall], []), roof_lidar, spec, trajectory)
    front = (turn.point_class == BUILDING) & (np.abs(turn.points_sensor[:, 1]) < 15.0)
    ego = roof_lidar.ego_from_sensor.apply(turn.points_sensor[front].astype(np.float64))
    at_own_time = trajectory.at(turn.t_offset_ns[front].astype(np.int64)).apply(ego)
    at_the_start = trajectory.at(0).apply(ego)
    assert abs(np.mean(at_own_time[:, 0]) - 10.0) < 0.003
    assert np.std(at_own_time[:, 0]) < 0.021
    assert np.std(at_the_start[:, 0]) > 0.1


def block(center: tuple[float, float, float], size: tuple[float, float, float]) -> Actor:
    body = Body()
    body.box((0.0, 0.0, size[2] / 2), size, Material(0.8, (1.0, 1.0, 1.0)))
    motion = Motion(0.0, np.array([center]), np.eye(3)[None], np.zeros(1))
    return Actor("car", rigid(body, np.array(size)), motion)


def test_what_stands_behind_is_hidden(
    plain: Ground, roof_lidar: Lidar, exact_spec: LidarSpec, standing: Trajectory
) -> None:
    near, far = block((6.0, 0.0, 0.0), (1.0, 6.0, 4.0)), block((12.0, 0.0, 0.0), (2.0, 2.0, 1.5))
    both = one_turn(build_world(plain, [], [near, far]), roof_lidar, exact_spec, standing)
    alone = one_turn(build_world(plain, [], [far]), roof_lidar, exact_spec, standing)
    assert both.first[1] == 0
    assert both.alone[1] == alone.first[0] == alone.alone[0] > 20
    assert both.first[0] == both.alone[0]


def test_half_hidden_is_half_visible(
    plain: Ground, roof_lidar: Lidar, exact_spec: LidarSpec, standing: Trajectory
) -> None:
    screen = block((6.0, 3.0, 0.0), (0.1, 6.0, 4.0))
    behind = block((12.0, 0.0, 0.0), (2.0, 4.0, 1.5))
    turn = one_turn(build_world(plain, [], [screen, behind]), roof_lidar, exact_spec, standing)
    assert turn.first[1] / turn.alone[1] == pytest.approx(0.5, abs=0.05)


def test_dark_and_far_targets_are_lost_first(
    plain: Ground, roof_lidar: Lidar, exact_spec: LidarSpec, standing: Trajectory
) -> None:
    def share(distance: float, reflectivity: float) -> float:
        body = Body()
        body.box((distance, 0.0, 3.0), (1.0, 10.0, 12.0), Material(reflectivity, (0, 0, 0)))
        thing = Thing(body, SE3.identity(), BUILDING)
        turn = one_turn(build_world(plain, [thing], []), roof_lidar, exact_spec, standing)
        bright = Body()
        bright.box((distance, 0.0, 3.0), (1.0, 10.0, 12.0), Material(100.0, (0, 0, 0)))
        everything = one_turn(
            build_world(plain, [Thing(bright, SE3.identity(), BUILDING)], []),
            roof_lidar, exact_spec, standing,
        )  # fmt: skip
        return float(
            np.sum(turn.point_class == BUILDING) / np.sum(everything.point_class == BUILDING)
        )

    assert share(20.0, 0.5) > 0.97
    assert share(75.0, 0.03) < 0.3
    assert share(75.0, 0.03) < share(75.0, 0.5)
