"""Rays against single primitives with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.se3 import SE3
from avlabel.simulation.ground import Ground
from avlabel.simulation.materials import Material
from avlabel.simulation.point_class import OTHER
from avlabel.simulation.raycast import GROUND_HIT, Bundles, Hits, cast
from avlabel.simulation.scenery import Thing
from avlabel.simulation.shapes import Body
from avlabel.simulation.world import build_world

SOLID = Material(0.5, (0.5, 0.5, 0.5))


def shoot(body: Body, ground: Ground, origin: object, direction: object, rays: int = 1) -> Hits:
    world = build_world(ground, [Thing(body, SE3.identity(), OTHER)], [])
    d = np.asarray(direction, float)
    bundles = Bundles(
        np.array([0, rays]), np.asarray(origin, float)[None], np.zeros(1),
        np.repeat((d / np.linalg.norm(d))[None], rays, axis=0), 5,
    )  # fmt: skip
    hits: Hits = cast(bundles, world.primitives, world.poses(np.zeros(2)), ground, 200.0, 1)
    return hits


def test_box(plain: Ground) -> None:
    body = Body()
    body.box((5, 0, 1), (2, 2, 2), SOLID, yaw=np.pi / 4)
    hits = shoot(body, plain, (0, 0, 1), (1, 0, 0))
    assert hits.range_m[0] == pytest.approx(5 - np.sqrt(2))


def test_sphere_and_its_normal(plain: Ground) -> None:
    body = Body()
    body.ellipsoid((10, 0, 2), (4, 2, 2), SOLID)
    hits = shoot(body, plain, (0, 0, 2), (1, 0, 0))
    assert hits.range_m[0] == pytest.approx(8.0)
    np.testing.assert_allclose(hits.normal[0], (-1, 0, 0), atol=1e-9)


def test_rod_from_the_side_and_from_its_end(plain: Ground) -> None:
    body = Body()
    body.rod((5, 0, 0.5), (5, 0, 3.5), 0.2, SOLID)
    assert shoot(body, plain, (0, 0, 2), (1, 0, 0)).range_m[0] == pytest.approx(4.8)
    assert shoot(body, plain, (5, 0.1, 6), (0, 0, -1)).range_m[0] == pytest.approx(2.5)
    assert shoot(body, plain, (0, 0, 4), (1, 0, 0)).range_m[0] == np.inf


def test_hull_of_a_wedge(plain: Ground) -> None:
    body = Body()
    body.hull([[4, -1, 0], [4, 1, 0], [8, -1, 0], [8, 1, 0], [8, -1, 2], [8, 1, 2]], SOLID)
    hits = shoot(body, plain, (0, 0, 1), (1, 0, 0))
    assert hits.range_m[0] == pytest.approx(6.0)
    np.testing.assert_allclose(hits.normal[0], np.array([-1, 0, 2]) / np.sqrt(5), atol=1e-9)


def test_nothing_in_the_way_reaches_the_ground(plain: Ground) -> None:
    body = Body()
    body.box((0, 50, 1), (1, 1, 1), SOLID)
    hits = shoot(body, plain, (0, 0, 3), (4, 0, -3))
    assert hits.primitive[0] == GROUND_HIT
    assert hits.range_m[0] == pytest.approx(5.0, abs=1e-3)


def test_a_hedge_returns_from_depths_of_an_exponential(plain: Ground) -> None:
    """Mean depth is one over the density (Beer and Lambert)."""
    body = Body()
    body.box((20, 0, 1), (20, 4, 4), Material(0.5, (0, 1, 0), density=2.0))
    depth = shoot(body, plain, (0, 0, 1), (1, 0, 0), rays=4000).range_m - 10.0
    assert depth.min() >= 0.0
    assert np.mean(depth) == pytest.approx(0.5, rel=0.05)
    assert np.std(depth) == pytest.approx(0.5, rel=0.05)


def test_glass_stops_its_share_of_rays(plain: Ground) -> None:
    body = Body()
    body.box((5, 0, 1), (0.1, 4, 4), Material(0.5, (0, 0, 0), opacity=0.25))
    hits = shoot(body, plain, (0, 0, 1), (1, 0, 0), rays=4000)
    assert np.mean(np.isfinite(hits.range_m)) == pytest.approx(0.25, abs=0.03)
