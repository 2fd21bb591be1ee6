"""From what a foreign calibration says to a rig, or to a draft that a person completes."""

from __future__ import annotations

from dataclasses import replace

from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.rig_pose import dump_pose, dump_relative_pose
from avlabel.readers.rig_toml import dump_optics, table_of
from avlabel.readers.toml_table import toml_string
from avlabel_calibration.importers.found import EGO, Found, FoundCamera

MISSING_POSE = """\
# Where it sits is not known: metres from the middle of the rear axle on the ground, x forward,
# y left, z up; and the rotation that takes its axes to the vehicle's. This one looks ahead.
# translation_m = [0.0, 0.0, 0.0]
# rotation_wxyz = [0.5, -0.5, 0.5, -0.5]
"""
MISSING_LIDAR = """\
# A rig needs a LiDAR.
# [lidars.top]
# translation_m = [0.0, 0.0, 0.0]
# rotation_wxyz = [1.0, 0.0, 0.0, 0.0]
"""


def in_ego(found: Found, into: Rig, ego_from_base: SE3 | None) -> Found:
    """Poses relative to the vehicle, as far as that can be told.

    Args:
        found: what the file says; a frame other than ``ego`` may be the base of its poses.
        into: a rig that knows where some of its cameras sit.
        ego_from_base: where the base is on the vehicle, if the user knows.

    Returns:
        ``found`` with ``ego`` as its base; unchanged if nothing says where its base is.

    Raises:
        CalibrationError: if the base is the vehicle already, and is given all the same.
    """
    if found.base == EGO:
        if ego_from_base is not None:
            raise CalibrationError(
                "the file says where its sensors sit on the vehicle; expected no --ego-from-base"
            )
        return found
    if ego_from_base is None:
        ego_from_base = _base_by_a_camera(found, into)
    if ego_from_base is None:
        return found
    cameras = {
        name: replace(camera, base_from_camera=ego_from_base @ camera.base_from_camera)
        if camera.base_from_camera
        else camera
        for name, camera in found.cameras.items()
    }
    lidars = {name: ego_from_base @ pose for name, pose in found.lidars.items()}
    return Found(lidars, cameras, EGO, found.notes)


def merged(found: Found, into: Rig) -> Rig | None:
    """The sensors of ``into``, replaced and added to by what was found.

    A camera without a pose of its own keeps the one it has in ``into``, and so does its shutter.

    Returns:
        The rig; None if a camera's pose, or any LiDAR, is missing.
    """
    if found.base != EGO:
        return None
    cameras = dict(into.cameras)
    for name, camera in found.cameras.items():
        if (pose := _pose(name, camera, into)) is None:
            return None
        cameras[name] = _camera(name, camera, pose, into)
    new = {name: Lidar(name, pose) for name, pose in found.lidars.items()}
    lidars = {**into.lidars, **new}
    return Rig(lidars, cameras) if lidars else None


def missing(found: Found, into: Rig) -> list[str]:
    """In words, what a rig needs beyond ``found`` and ``into``."""
    words = []
    if found.base != EGO:
        words.append(
            f"where {found.base} is on the vehicle (--ego-from-base, or --into a rig that has one "
            "of the cameras)"
        )
    homeless = [name for name, camera in found.cameras.items() if not _pose(name, camera, into)]
    if homeless:
        words.append(f"where {', '.join(homeless)} sits on the vehicle (--into a rig that knows)")
    if not found.lidars and not into.lidars:
        words.append("a LiDAR (--into a rig that has one)")
    return words


def draft_text(found: Found, name: str) -> str:
    """As much of a rig file as is known, the rest as comments to be filled in.

    Cameras whose places are known only among themselves are given relative to the first.
    """
    parts = [
        f"# A draft: fill in what is commented out.\nversion = 1\nname = {toml_string(name)}\n"
    ]
    lidars = found.lidars if found.base == EGO else {}
    parts += [f"{table_of('lidars', key)}{dump_pose(pose)}" for key, pose in lidars.items()]
    if not lidars:
        parts.append(MISSING_LIDAR)
    anchor = next((key for key, c in found.cameras.items() if c.base_from_camera), None)
    for key, camera in found.cameras.items():
        place = _place(found, key, camera, anchor)
        optics = dump_optics(camera.model, camera.shutter or "global", camera.readout_ns)
        parts.append(f"{table_of('cameras', key)}{place}{optics}")
    return "\n".join(parts)


def _place(found: Found, key: str, camera: FoundCamera, anchor: str | None) -> str:
    if camera.base_from_camera is None:
        return MISSING_POSE
    if found.base == EGO:
        return dump_pose(camera.base_from_camera)
    if anchor is None or key == anchor:
        return MISSING_POSE
    base_from_anchor = found.cameras[anchor].base_from_camera
    if base_from_anchor is None:
        return MISSING_POSE
    return dump_relative_pose(camera.base_from_camera.inverse() @ base_from_anchor, anchor)


def _base_by_a_camera(found: Found, into: Rig) -> SE3 | None:
    """The first camera that the rig has already stays where it is; the others follow."""
    for name, camera in found.cameras.items():
        if name in into.cameras and camera.base_from_camera:
            return into.cameras[name].ego_from_sensor @ camera.base_from_camera.inverse()
    return None


def _pose(name: str, camera: FoundCamera, into: Rig) -> SE3 | None:
    if camera.base_from_camera is not None:
        return camera.base_from_camera
    return into.cameras[name].ego_from_sensor if name in into.cameras else None


def _camera(name: str, camera: FoundCamera, pose: SE3, into: Rig) -> Camera:
    if camera.shutter is not None:
        return Camera(name, pose, camera.model, camera.shutter, camera.readout_ns)
    if name in into.cameras:
        old = into.cameras[name]
        return Camera(name, pose, camera.model, old.shutter, old.readout_ns)
    return Camera(name, pose, camera.model)
