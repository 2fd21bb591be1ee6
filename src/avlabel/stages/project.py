"""Cuboids into the images: each where its camera saw it, at the camera's own exposure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64, Int32, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.options import option
from avlabel.core.projections import Projections
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.geometry.exposure import expose, exposure_limits_ns, in_reach
from avlabel.geometry.occlusion import occlusion_by_boxes
from avlabel.geometry.projection import project_boxes
from avlabel.geometry.turning import turn_rates

NO_IMAGE = int(np.iinfo(np.int64).min)
"""Exposure time of an image that is missing; any other time may be a real one."""
FINDINGS = ("image-without-pose",)
"""Rules of what the projection notices."""


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """Options of the projection into images."""

    min_side_px: float = option(1.0, "A clipped 2D box narrower or lower than this makes no row.")
    occlusion: bool = option(True, "Estimate how much of each box other boxes hide.")


def project(
    cuboids: Cuboids,
    rig: Rig,
    trajectory: Trajectory,
    frame_idx: Int32,
    exposure_ns: Mapping[str, Int64],
    config: ProjectConfig | None = None,
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

    Returns:
        One row for each cuboid and image in which something of it is visible, ordered by frame,
        camera and the cuboids' own order; and a finding for each image without an ego pose.

    Raises:
        ValueError: if the cuboids are not in the world, or a camera is not in the rig.
    """
    config = config or ProjectConfig()
    if cuboids.frame != "world":
        raise ValueError(f"project: expected cuboids in the world, got {cuboids.frame}")
    unknown = sorted(set(exposure_ns) - set(rig.cameras))
    if unknown:
        raise ValueError(f"project: camera '{unknown[0]}' is not in the rig")
    turn_rate = turn_rates(cuboids)
    cameras = tuple(rig.cameras)
    poses = {
        name: exposure_poses(trajectory, rig.cameras[name], t) for name, t in exposure_ns.items()
    }
    parts, findings = [Projections.empty(cameras)], []
    for position, rows in enumerate(_rows_of_frames(cuboids, frame_idx)):
        boxes, rates = cuboids.select(rows), turn_rate[rows]
        for code, name in enumerate(cameras):
            if name not in poses or exposure_ns[name][position] == NO_IMAGE:
                continue
            camera, t_ns = rig.cameras[name], int(exposure_ns[name][position])
            pose = poses[name][position]
            if pose is None:
                findings.append(_no_pose(camera, int(frame_idx[position]), t_ns, trajectory))
            else:
                parts.append(
                    _project_image(boxes, rates, camera, code, t_ns, pose, cameras, config)
                )
    return Projections.concatenate(parts), findings


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
    cuboids: Cuboids,
    turn_rate: Float64,
    camera: Camera,
    code: int,
    exposure_ns: int,
    poses: tuple[SE3, SE3],
    cameras: tuple[str, ...],
    config: ProjectConfig,
) -> Projections:
    near = in_reach(cuboids, camera, exposure_ns, poses, turn_rate)
    cuboids, turn_rate = cuboids.select(near), turn_rate[near]
    exposed = expose(cuboids, camera, exposure_ns, poses, turn_rate)
    boxes = project_boxes(exposed.corners_cam, camera.model)
    sides = boxes.uv_box[:, 2:] - boxes.uv_box[:, :2]
    # NaN of a box out of view compares as False.
    rows = np.flatnonzero((sides >= config.min_side_px).all(axis=1))
    occlusion = (
        occlusion_by_boxes(exposed.corners_cam[rows], camera.model)
        if config.occlusion
        else np.full(len(rows), np.nan)
    )
    return Projections(
        cameras=cameras,
        frame_idx=cuboids.frame_idx[rows],
        camera=np.full(len(rows), code, np.int16),
        cuboid_id=cuboids.cuboid_id[rows],
        uv_box=boxes.uv_box[rows].astype(np.float32),
        corners_px=boxes.corners_px[rows].astype(np.float32),
        depth_m=exposed.depth_m[rows].astype(np.float32),
        truncation=boxes.truncation[rows].astype(np.float32),
        occlusion=occlusion.astype(np.float32),
        t_capture_ns=exposed.t_capture_ns[rows],
    )


def _no_pose(camera: Camera, frame: int, t_ns: int, trajectory: Trajectory) -> Finding:
    return Finding(
        FINDINGS[0],
        "warning",
        f"camera '{camera.sensor_id}', frame {frame}: no ego pose at its exposure {t_ns} ns "
        f"(poses span {trajectory.start_ns} to {trajectory.end_ns} ns); nothing projected",
        frame,
    )
