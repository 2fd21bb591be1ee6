"""From what a foreign calibration says to a rig, or to a draft that a person completes."""

from __future__ import annotations

from dataclasses import replace

from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.rig_pairs import EGO
from avlabel.readers.rig_pose import dump_pose, dump_relative_pose
from avlabel.readers.rig_toml import dump_optics, table_of
from avlabel.readers.toml_table import toml_string
from avlabel_calibration.importers.found import Found, FoundCamera

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
        for name, camera in found.cameras.items()
    }
    lidars = {name: ego_from_base @ pose for name, pose in found.lidars.items()}
    return Found(lidars, cameras, EGO, found.notes)


def merged(found: Found, into: Rig) -> Rig | None:
    """The sensors of ``into``, replaced and added to by what was found.

    A camera keeps what the file does not tell, such as its shutter, as it is in ``into``.

    Returns:
        The rig; None if the base's place, or any LiDAR, is missing.
    """
    lidars = {**into.lidars, **{name: Lidar(name, pose) for name, pose in found.lidars.items()}}
    if found.base != EGO or not lidars:
        return None
    cameras = {name: _camera(name, camera, into) for name, camera in found.cameras.items()}
    return Rig(lidars, {**into.cameras, **cameras})


def missing(found: Found, into: Rig) -> list[str]:
    """In words, what a rig needs beyond ``found`` and ``into``."""
    words = []
    if found.base != EGO:
        cameras = " or ".join(found.cameras)
        words.append(
            f"where {found.base} is on the vehicle (--ego-from-base, or --into a rig that has "
            f"{cameras})"
        )
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
    for key, camera in found.cameras.items():
        optics = dump_optics(camera.model, camera.shutter or "global", camera.readout_ns)
        parts.append(f"{table_of('cameras', key)}{_place(found, camera)}{optics}")
    return "\n".join(parts)


def _place(found: Found, camera: FoundCamera) -> str:
    if found.base == EGO:
        return dump_pose(camera.base_from_camera)
    anchor, first = next(iter(found.cameras.items()))
    if camera is first:
        return MISSING_POSE
    return dump_relative_pose(camera.base_from_camera.inverse() @ first.base_from_camera, anchor)


def _base_by_a_camera(found: Found, into: Rig) -> SE3 | None:
    """The first camera that the rig has already stays where it is; the others follow."""
    for name, camera in found.cameras.items():
        if name in into.cameras:
            return into.cameras[name].ego_from_sensor @ camera.base_from_camera.inverse()
    return None


def _camera(name: str, camera: FoundCamera, into: Rig) -> Camera:
    pose, model = camera.base_from_camera, camera.model
    old = into.cameras.get(name) or Camera(name, pose, model)
    new = replace(old, ego_from_sensor=pose, model=model)
    if camera.shutter is None:
        return new
    return replace(new, shutter=camera.shutter, readout_ns=camera.readout_ns)
