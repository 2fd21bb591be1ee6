"""A street with everything on it, and where each part is at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Float64, Int16
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import default_taxonomy
from avlabel.simulation.actors import Actor
from avlabel.simulation.ground import Ground
from avlabel.simulation.intersect import Primitives
from avlabel.simulation.materials import Material
from avlabel.simulation.people import Part
from avlabel.simulation.raycast import BodyPoses
from avlabel.simulation.scenery import Thing
from avlabel.simulation.shapes import Body

SCENERY = -1


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Ground, fixed things and actors, laid out for the ray caster.

    Bodies are ordered: fixed things first, then each actor's parts, actor by actor.

    Attributes:
        ground: height field.
        things: fixed, unlabelled.
        actors: labelled objects; an actor's place is its object and its track id.
        primitives: of all bodies.
        materials: of each primitive.
        body_class: (B,) int16 point class of each body.
        spheres: (B, 3) float64 centres of bounding spheres in body frames.
        resting: poses of all bodies that never move, zeros elsewhere.
        moving: indices of actors that move.
        first_body: (A,) first body of each actor.
    """

    ground: Ground
    things: Sequence[Thing]
    actors: Sequence[Actor]
    primitives: Primitives
    materials: Sequence[Material]
    body_class: Int16
    spheres: Float64
    resting: SE3
    moving: Sequence[int]
    first_body: Sequence[int]

    def poses(self, times_s: Float64) -> BodyPoses:
        """Poses of all bodies at K times, at least two."""
        k = len(times_s)
        rotation = np.repeat(self.resting.rotation[None], k, axis=0)
        translation = np.repeat(self.resting.translation[None], k, axis=0)
        for actor in self.moving:
            motion = self.actors[actor].motion
            world_from_actor, way = motion.at(times_s), motion.way_at(times_s)
            for i, part in enumerate(self.actors[actor].figure.parts):
                placed = world_from_actor @ _swung(part, way)
                rotation[:, self.first_body[actor] + i] = placed.rotation
                translation[:, self.first_body[actor] + i] = placed.translation
        center = np.einsum("kbij,bj->kbi", rotation, self.spheres) + translation
        return BodyPoses(rotation, translation, center)


def build_world(ground: Ground, things: Sequence[Thing], actors: Sequence[Actor]) -> World:
    """Lay things and actors out for the ray caster."""
    bodies = [thing.body for thing in things]
    poses = [thing.world_from_body for thing in things]
    classes = [thing.point_class for thing in things]
    owners = [SCENERY] * len(things)
    first_body, moving = [], []
    start = np.zeros(1)
    for index, actor in enumerate(actors):
        first_body.append(len(bodies))
        if not actor.motion.is_static:
            moving.append(index)
        world_from_actor = actor.motion.at(start)
        for part in actor.figure.parts:
            bodies.append(part.body)
            poses.append((world_from_actor @ _swung(part, actor.motion.way_at(start)))[0])
            classes.append(default_taxonomy().code(actor.leaf))
            owners.append(index)
    spheres = [body.sphere for body in bodies]
    primitives = _flatten(bodies, owners, np.array([radius for _, radius in spheres]))
    return World(
        ground, things, actors, primitives,
        [p.material for body in bodies for p in body.primitives],
        np.array(classes, np.int16),
        np.array([center for center, _ in spheres]).reshape(-1, 3),
        SE3.stack(poses) if poses else SE3(np.zeros((0, 3, 3)), np.zeros((0, 3))),
        moving, first_body,
    )  # fmt: skip


def _flatten(bodies: Sequence[Body], owners: Sequence[int], radius: Float64) -> Primitives:
    every = [p for body in bodies for p in body.primitives]
    counts = [len(body.primitives) for body in bodies]
    return Primitives(
        kind=np.array([p.kind for p in every], np.int64),
        unit_from_body=np.array([p.unit_from_body for p in every]).reshape(-1, 3, 4),
        opacity=np.array([p.material.opacity for p in every], np.float64),
        density=np.array([p.material.density for p in every], np.float64),
        plane_start=np.concatenate([[0], np.cumsum([len(p.planes) for p in every])]).astype(
            np.int64
        ),
        planes=np.concatenate([np.zeros((0, 4)), *[p.planes for p in every]]),
        body_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        body_object=np.array(owners, np.int64),
        body_radius=np.asarray(radius, np.float64),
        body_bounds=np.array([body.bounds for body in bodies]).reshape(-1, 2, 3),
    )


def _swung(part: Part, way_m: Float64) -> SE3:
    """(N,) poses of a part in its figure after having travelled ``way_m`` (N,)."""
    angle = part.swing_rad * np.sin(2 * np.pi * way_m / part.stride_m + part.phase)
    rotation = Rotation.from_rotvec(angle[:, None] * np.array([0.0, 1.0, 0.0])).as_matrix()
    return SE3(rotation, part.hinge - rotation @ part.hinge)
