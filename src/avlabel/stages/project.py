"""Cuboids into the images: each where its camera saw it, at the camera's own exposure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from avlabel.core.arrays import Float64, Int32, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.options import option
from avlabel.core.projections import Projections
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.geometry.depth_view import depth_view
from avlabel.geometry.exposure import (
    corners_as_labelled,
    expose,
    exposure_limits_ns,
    in_reach,
)
from avlabel.geometry.occlusion import Occlusion, occlusion, occlusion_by_boxes
from avlabel.geometry.projection import project_boxes
from avlabel.geometry.sweep_depth import SweepDepth
from avlabel.geometry.turning import turn_rates

NO_IMAGE = int(np.iinfo(np.int64).min)
"""Exposure time of an image that is missing; any other time may be a real one."""
FINDINGS = ("image-without-pose",)
"""Rules of what the projection notices."""


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """Options of the projection into images."""

    min_side_px: float = option(1.0, "A clipped 2D box narrower or lower than this makes no row.")
    occlusion: bool = option(True, "Estimate how much of each box is hidden.")


@dataclass(frozen=True, slots=True, eq=False)
class _Image:
    """One image: which camera, when, and ``world_from_ego`` at its first, middle and last row."""

    code: int
    camera: Camera
    exposure_ns: int
    ends: tuple[SE3, SE3]
    middle: SE3


@dataclass(frozen=True, slots=True, eq=False)
class _Moving:
    """The cuboids of one frame, their turn rates (N,), and what the sweep saw around them."""

    cuboids: Cuboids
    turn_rate: Float64
    depth: SweepDepth | None
    world_from_ref: SE3


def project(
    cuboids: Cuboids,
    rig: Rig,
    trajectory: Trajectory,
    frame_idx: Int32,
    exposure_ns: Mapping[str, Int64],
    config: ProjectConfig | None = None,
    depths: Iterable[SweepDepth | None] | None = None,
) -> tuple[Projections, list[Finding]]:
    """Project cuboids into every image of their frames.

    Args:
        cuboids: in the world, in any order.
        rig: the cameras.
        trajectory: ``world_from_ego`` over time, same world.
        frame_idx: (F,) int32 frame numbers.
        exposure_ns: by camera, (F,) int64 exposure of the middle row of each frame's image,
            ``NO_IMAGE`` where it is missing. Cameras of the rig may be absent.
        config: options; the defaults if None.
        depths: what each frame's sweep saw, F in all, taken one after the other; without it only
            boxes hide boxes.

    Returns:
        One row for each cuboid and image in which something of it is visible, ordered by frame,
        camera and the cuboids' own order; and a finding for each image without an ego pose.

    Raises:
        ValueError: if the cuboids are not in the world, a camera is not in the rig, or there are
            fewer or more depths than frames.
    """
    config = config or ProjectConfig()
    if cuboids.frame != "world":
        raise ValueError(f"project: expected cuboids in the world, got {cuboids.frame}")
    unknown = sorted(set(exposure_ns) - set(rig.cameras))
    if unknown:
        raise ValueError(f"project: camera '{unknown[0]}' is not in the rig")
    cameras = tuple(rig.cameras)
    images, findings = _images_of_frames(rig, trajectory, frame_idx, exposure_ns)
    turn_rate = turn_rates(cuboids)
    nothing = repeat(None, len(frame_idx))
    seen = nothing if depths is None or not config.occlusion else depths
    parts = [Projections.empty(cameras)]
    for rows, depth, shot in zip(_rows_of_frames(cuboids, frame_idx), seen, images, strict=True):
        ref = SE3.identity() if depth is None else _pose_at(trajectory, depth.ref_ns)
        frame = _Moving(cuboids.select(rows), turn_rate[rows], depth, ref)
        parts += [_project_image(frame, image, cameras, config) for image in shot]
    return Projections.concatenate(parts), findings


def _pose_at(trajectory: Trajectory, t_ns: int) -> SE3:
    return trajectory.at(t_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)


def _images_of_frames(
    rig: Rig, trajectory: Trajectory, frame_idx: Int32, exposure_ns: Mapping[str, Int64]
) -> tuple[list[list[_Image]], list[Finding]]:
    """The images of each frame, in the rig's order, and what is said of those without a pose."""
    images: list[list[_Image]] = [[] for _ in frame_idx]
    findings = []
    for code, (name, camera) in enumerate(rig.cameras.items()):
        if name not in exposure_ns:
            continue
        times_ns = np.asarray(exposure_ns[name])
        ends = exposure_poses(trajectory, camera, times_ns)
        posed = np.flatnonzero([pose is not None for pose in ends])
        middle = trajectory.at(times_ns[posed], extrapolate_ns=MAX_EXTRAPOLATION_NS)
        for k, position in enumerate(posed):
            pose = ends[position]
            if pose is not None:
                image = _Image(code, camera, int(times_ns[position]), pose, middle[k])
                images[position].append(image)
        for position in np.setdiff1d(np.flatnonzero(times_ns != NO_IMAGE), posed):
            frame, t_ns = int(frame_idx[position]), int(times_ns[position])
            findings.append(_no_pose(camera, frame, t_ns, trajectory))
    return images, findings


def _rows_of_frames(cuboids: Cuboids, frame_idx: Int32) -> Iterator[Int64]:
    """The rows of each frame's cuboids, in their own order."""
    order = np.argsort(cuboids.frame_idx, kind="stable")
    ordered = cuboids.frame_idx[order]
    first = np.searchsorted(ordered, frame_idx, side="left")
    last = np.searchsorted(ordered, frame_idx, side="right")
    return (order[first[k] : last[k]] for k in range(len(frame_idx)))


def exposure_poses(
    trajectory: Trajectory,
    camera: Camera,
    exposure_ns: Int64,
    extrapolate_ns: int = MAX_EXTRAPOLATION_NS,
) -> list[tuple[SE3, SE3] | None]:
    """``world_from_ego`` at the first and last row of each image (F,), None where there is none."""
    there = np.flatnonzero(np.asarray(exposure_ns) != NO_IMAGE)
    limits = [exposure_limits_ns(camera, int(exposure_ns[k])) for k in there]
    times = np.array(limits, np.int64).reshape(-1, 2)
    covered = trajectory.covers(times, extrapolate_ns=extrapolate_ns).all(axis=1)
    found: list[tuple[SE3, SE3] | None] = [None] * len(exposure_ns)
    poses = trajectory.at(times[covered], extrapolate_ns=extrapolate_ns)
    for k, position in enumerate(there[covered]):
        found[position] = poses[k, 0], poses[k, 1]
    return found


def _project_image(
    frame: _Moving, image: _Image, cameras: tuple[str, ...], config: ProjectConfig
) -> Projections:
    where = image.camera, image.exposure_ns, image.ends
    near = in_reach(frame.cuboids, *where, frame.turn_rate)
    cuboids = frame.cuboids.select(near)
    exposed = expose(cuboids, *where, frame.turn_rate[near])
    boxes = project_boxes(exposed.corners_cam, image.camera.model)
    sides = boxes.uv_box[:, 2:] - boxes.uv_box[:, :2]
    # NaN of a box out of view compares as False.
    rows = np.flatnonzero((sides >= config.min_side_px).all(axis=1))
    hidden = (
        _occlusion(cuboids, exposed.corners_cam, rows, frame, image)
        if config.occlusion
        else Occlusion.unknown(len(rows))
    )
    return Projections(
        cameras=cameras,
        frame_idx=cuboids.frame_idx[rows],
        camera=np.full(len(rows), image.code, np.int16),
        cuboid_id=cuboids.cuboid_id[rows],
        uv_box=boxes.uv_box[rows].astype(np.float32),
        corners_px=boxes.corners_px[rows].astype(np.float32),
        depth_m=exposed.depth_m[rows].astype(np.float32),
        truncation=boxes.truncation[rows].astype(np.float32),
        occlusion=hidden.hidden.astype(np.float32),
        occlusion_known=hidden.known.astype(np.float32),
        t_capture_ns=exposed.t_capture_ns[rows],
    )


def _occlusion(
    cuboids: Cuboids, corners_cam: Float64, rows: Int64, frame: _Moving, image: _Image
) -> Occlusion:
    """Of some rows, by the sweep and by each other, for a camera where its middle row found it."""
    model = image.camera.model
    if frame.depth is None:
        hidden = occlusion_by_boxes(corners_cam[rows], model)
        return Occlusion(hidden, np.full(len(rows), np.nan))
    cam_from_world = (image.middle @ image.camera.ego_from_sensor).inverse()
    view = depth_view(frame.depth, cam_from_world @ frame.world_from_ref, model)
    at_sweep = corners_as_labelled(cuboids, cam_from_world)
    return occlusion(corners_cam[rows], model, view, at_sweep[rows])


def _no_pose(camera: Camera, frame: int, t_ns: int, trajectory: Trajectory) -> Finding:
    return Finding(
        FINDINGS[0],
        "warning",
        f"camera '{camera.sensor_id}', frame {frame}: no ego pose at its exposure {t_ns} ns "
        f"(poses span {trajectory.start_ns} to {trajectory.end_ns} ns); nothing projected",
        frame,
    )
