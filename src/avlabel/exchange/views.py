"""Labels as cameras see them, made anew from the labels that go out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.projections import Projections
from avlabel.core.rig import Camera, Rig
from avlabel.exchange.job import ExportJob
from avlabel.geometry.sweep_depth import SweepDepth
from avlabel.pipeline.depths import depth_of
from avlabel.pipeline.exposures import exposures
from avlabel.stages.project import NO_IMAGE, project


def projections(
    job: ExportJob, cameras: Mapping[str, Camera] | None = None, *, always: bool = False
) -> Projections:
    """Every box of a job in every image of its frame, at the image's own exposure.

    The scene's stored projections are of automatic labels only, so they are not used.

    Args:
        job: the labels.
        cameras: in place of the scene's, by the same names.
        always: project at a frame's own time where it has no image.
    """
    cameras = job.scene.rig.cameras if cameras is None else cameras
    times = {name: times_ns for name, times_ns in exposure_times(job).items() if name in cameras}
    if always:
        missing = np.full(len(job.frames), NO_IMAGE, np.int64)
        times = {name: times.get(name, missing) for name in cameras}
        times = {name: np.where(t == NO_IMAGE, job.frames.ref_ns, t) for name, t in times.items()}
    rig = Rig(job.scene.rig.lidars, dict(cameras))
    trajectory, frame_idx = job.scene.trajectory, job.frames.frame_idx
    seen, findings = project(job.cuboids, rig, trajectory, frame_idx, times, None, _depths(job))
    for finding in findings:
        job.account.note(finding.message)
    return seen


def exposure_times(job: ExportJob) -> dict[str, Int64]:
    """By camera, (F,) int64 exposure of the image in each of the job's frames, or ``NO_IMAGE``."""
    rows = job.scene.frames.positions(job.frames.frame_idx)
    return {name: times_ns[rows] for name, times_ns in exposures(job.scene).items()}


def unseen(cuboids: Cuboids, camera: Camera, job: ExportJob) -> tuple[Cuboids, Cuboids]:
    """Boxes that an image does not show: those behind the camera, and those beside the image."""
    rows = job.frames.positions(cuboids.frame_idx)
    cam_from_world = (job.frames.world_from_ego[rows] @ camera.ego_from_sensor).inverse()
    behind = cam_from_world.apply(cuboids.center)[:, 2] <= 0
    return cuboids.select(behind), cuboids.select(~behind)


def of_camera(seen: Projections, camera: str) -> Projections:
    """The rows of one camera."""
    return seen.select(seen.camera == seen.cameras.index(camera))


def rows_of(cuboids: Cuboids, cuboid_id: Int64) -> Int64:
    """(M,) rows of the boxes with given ids (M,)."""
    if not len(cuboids):
        return np.zeros(0, np.int64)
    order = np.argsort(cuboids.cuboid_id)
    return np.asarray(order[np.searchsorted(cuboids.cuboid_id, cuboid_id, sorter=order)])


def _depths(job: ExportJob) -> Iterator[SweepDepth | None]:
    has_sweeps = bool(job.scene.lidars)
    for frame_idx in job.frames.frame_idx.tolist():
        yield depth_of(job.scene.sweep(frame_idx), job.scene.rig) if has_sweeps else None
