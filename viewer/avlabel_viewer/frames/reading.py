"""Reading one frame of a scene: what cannot be read becomes a problem, never an exception."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, UInt8
from avlabel.core.sweep import Sweep
from avlabel.errors import AvlabelError, SceneNotFoundError
from avlabel.scenes.images import SHRINKS, Shrink
from avlabel.scenes.scene import Scene
from avlabel.stages.detection.ground import GroundConfig, estimate_ground
from avlabel_viewer.frames.data import FrameData

GROUND_M = 0.25
"""Points lower than this above the ground belong to it, as they do to the detector."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageData:
    """One image of a frame.

    Attributes:
        image: (H, W, 3) uint8 RGB; None if the frame has none, or it cannot be read.
        problems: why it cannot be read.
    """

    image: UInt8 | None
    problems: tuple[str, ...] = ()

    @property
    def n_bytes(self) -> int:
        """Bytes that the image takes."""
        return 0 if self.image is None else self.image.nbytes


def read_points(scene: Scene, frame_idx: int) -> FrameData:
    """The points of all LiDARs in a frame, and the ground beneath them.

    A sweep that cannot be read is left out and becomes a problem; the others are kept.
    """
    try:
        sweeps, problems = _read_sweeps(scene, frame_idx)
        return _in_world(scene, frame_idx, sweeps, problems)
    except Exception as error:  # whatever a damaged file makes of itself: the frame must show
        return FrameData.empty(frame_idx, (f"frame {frame_idx}: points: {_said(error)}",))


def read_image(scene: Scene, frame_idx: int, camera: str, shrink: Shrink) -> ImageData:
    """One image of a frame, its sides divided by ``shrink``."""
    try:
        return ImageData(scene.image(frame_idx, camera, shrink))
    except Exception as error:  # as above
        return ImageData(None, (f"frame {frame_idx}: camera '{camera}': {_said(error)}",))


def shrink_to(width_px: int, wanted_px: int) -> Shrink:
    """The most that an image may be shrunk and still be ``wanted_px`` wide."""
    return max((s for s in SHRINKS if width_px >= s * wanted_px), default=1)


def _read_sweeps(scene: Scene, frame_idx: int) -> tuple[list[Sweep], tuple[str, ...]]:
    sweeps, problems = [], []
    for lidar in scene.lidars:
        try:
            sweeps.append(scene.sweep(frame_idx, lidar))
        except SceneNotFoundError:
            continue  # This LiDAR has no sweep in this frame.
        except Exception as error:  # one damaged sweep must not cost the others
            problems.append(f"frame {frame_idx}: lidar '{lidar}': {_said(error)}")
    return sweeps, tuple(problems)


def _in_world(
    scene: Scene, frame_idx: int, sweeps: list[Sweep], problems: tuple[str, ...]
) -> FrameData:
    if not sweeps:
        return FrameData.empty(frame_idx, problems)
    row = scene.frames.positions(np.array([frame_idx]))[0]
    points_ego = np.concatenate([sweep.points_ego for sweep in sweeps])
    height = height_above_ground(points_ego)
    # Of sweeps at other moments than the frame's own, times are told from the frame's.
    ref_ns = int(scene.frames.ref_ns[row])
    world_from_ego = scene.frames.world_from_ego[int(row)]
    seconds = [(s.t_offset_ns + np.float64(s.ref_ns - ref_ns)) * 1e-9 for s in sweeps]
    return FrameData(
        frame_idx,
        points=_moved(points_ego, world_from_ego.rotation, world_from_ego.translation),
        intensity=np.concatenate([sweep.intensity for sweep in sweeps]),
        ring=np.concatenate([sweep.ring for sweep in sweeps]),
        time_s=np.concatenate(seconds).astype(np.float32),
        height_m=height,
        is_ground=height < GROUND_M,
        problems=problems,
    )


def height_above_ground(points_ego: Float32) -> Float32:
    """(N,) float32 metres above the detector's own ground, of points (N, 3) in the ego frame."""
    return points_ego[:, 2] - estimate_ground(points_ego, GroundConfig()).at(points_ego)


@njit(cache=True, nogil=True)
def _moved(points, rotation, translation):  # type: ignore[no-untyped-def]
    """What ``SE3.apply`` gives in float64, rounded to float32 at the end."""
    out = np.empty_like(points)
    for p in range(len(points)):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        for row in range(3):
            r = rotation[row]
            out[p, row] = r[0] * x + r[1] * y + r[2] * z + translation[row]
    return out


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, AvlabelError) else f"{type(error).__name__}: {error}"
