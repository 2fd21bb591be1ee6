"""Where a camera can sit on a vehicle, and the ways in which an extrinsic is usually misread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel_calibration.check.limits import CheckConfig

ON_ITS_SIDE = np.sin(np.deg2rad(45.0))
UPSIDE_DOWN = -np.sin(np.deg2rad(30.0))
"""A camera that looks straight down is neither: its y axis is level then."""
NEATLY_UPRIGHT = np.cos(np.deg2rad(20.0))
LOWEST_M = 0.1
FLIP_YZ = SE3(np.diag([1.0, -1.0, -1.0]), np.zeros(3))
"""OpenGL's camera (x right, y up, z backward) from OpenCV's (x right, y down, z forward)."""


def oddities(ego_from_camera: SE3, config: CheckConfig) -> list[str]:
    """What is unusual about a camera's place on a vehicle; empty if nothing is.

    Cameras have their image's upper edge up, wherever they look, and sit between the road and the
    height of a bus, not far from the car.
    """
    x, y, z = ego_from_camera.translation
    right_up, up = float(ego_from_camera.rotation[2, 0]), -float(ego_from_camera.rotation[2, 1])
    odd = []
    if up < UPSIDE_DOWN:
        odd.append("upside down")
    elif abs(right_up) > ON_ITS_SIDE:
        odd.append("lying on its side")
    if not LOWEST_M <= z <= config.max_camera_height_m:
        odd.append(f"{z:.1f} m above the road")
    if np.hypot(x, y) > config.max_camera_reach_m:
        odd.append(f"{np.hypot(x, y):.0f} m from the rear axle")
    return odd


def sits_well(ego_from_camera: SE3, config: CheckConfig) -> bool:
    """Whether a camera sits as nearly all do: nothing odd, and upright within 20 degrees."""
    up = -float(ego_from_camera.rotation[2, 1])
    return up > NEATLY_UPRIGHT and not oddities(ego_from_camera, config)


def misreadings(camera: Camera) -> Mapping[str, Camera]:
    """The camera as it would be if its extrinsic had been read in a wrong way.

    Returns:
        By name: "inverted" (camera_from_ego taken for ego_from_camera) and "opengl" (axes
        x right, y up, z backward).
    """
    given = camera.ego_from_sensor
    return {
        "inverted": replace(camera, ego_from_sensor=given.inverse()),
        "opengl": replace(camera, ego_from_sensor=given @ FLIP_YZ),
    }


def in_image(camera: Camera, points_cam: Float64) -> BoolArray:
    """(N,) bool: points (N, 3) in the camera's frame that fall into its image."""
    uv, valid = camera.model.project(points_cam)
    size = np.array([camera.model.width_px, camera.model.height_px])
    with np.errstate(invalid="ignore"):
        inside = ((uv > -0.5) & (uv < size - 0.5)).all(axis=1)
    return np.asarray(valid & inside)
