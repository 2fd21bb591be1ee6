"""The numbers of a box as people read and type them: metres and degrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import Float64
from avlabel.errors import InputError
from avlabel_viewer.editing.placement import MIN_SIZE_M, Placement

CENTER = ("x", "y", "z")
SIZE = ("length", "width", "height")
ANGLES = ("yaw", "pitch", "roll")
NUMBERS = CENTER + SIZE + ANGLES


def numbers_of(placement: Placement) -> dict[str, float]:
    """Centre and size in metres, angles in degrees, by ``NUMBERS``.

    Angles turn about z, then the new y, then the new x: a positive pitch points the front down.
    """
    angles = np.rad2deg(_angles(placement))
    values = np.concatenate([placement.center, placement.size_lwh, angles])
    return dict(zip(NUMBERS, values.tolist(), strict=True))


def with_number(placement: Placement, name: str, value: float) -> Placement:
    """The box with one of ``NUMBERS`` set; a size changes about the centre, a height upwards.

    Raises:
        InputError: for a number that is none, another name, or a size that is too small.
    """
    if not np.isfinite(value):
        raise InputError(f"{name}: expected a number, got {value}")
    if name in CENTER:
        center = placement.center.copy()
        center[CENTER.index(name)] = value
        return replace(placement, center=center)
    if name in SIZE:
        return _with_extent(placement, name, value)
    if name in ANGLES:
        return _with_angle(placement, name, value)
    raise InputError(f"box: expected one of {', '.join(NUMBERS)}, got '{name}'")


def _with_extent(placement: Placement, name: str, value: float) -> Placement:
    if value < MIN_SIZE_M:
        raise InputError(f"{name}: expected at least {MIN_SIZE_M} m, got {value:g}")
    size = placement.size_lwh.copy()
    size[SIZE.index(name)] = value
    return placement.with_size(size, keeping=(0, 0, -1))


def _with_angle(placement: Placement, name: str, value: float) -> Placement:
    angles = _angles(placement)
    angles[ANGLES.index(name)] = np.deg2rad(value)
    turned = Rotation.from_euler("ZYX", angles)
    quat = np.asarray(turned.as_quat(canonical=True, scalar_first=True))
    return replace(placement, quat_wxyz=quat)


def _angles(placement: Placement) -> Float64:
    """(3,) yaw, pitch, roll; of a box that stands on its nose, without roll."""
    r = placement.rotation
    yaw = np.arctan2(r[1, 0], r[0, 0])
    pitch = np.arctan2(-r[2, 0], np.hypot(r[0, 0], r[1, 0]))
    return np.array([yaw, pitch, np.arctan2(r[2, 1], r[2, 2])])
