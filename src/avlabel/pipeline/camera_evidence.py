"""Every image past the 2D detector, once, and what it says to the detections of its frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.core.detections import Detections
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.log import Log
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ConfigError
from avlabel.stages.camera.detector import ImageDetector, model_sha256, require_runtime
from avlabel.stages.camera.fuse import FuseConfig, Fused, fuse
from avlabel.stages.camera.sightings import View
from avlabel.stages.images import image_fault
from avlabel.stages.project import exposure_poses
from avlabel.stages.synchronize import MISSING, Schedule


def with_model_hash(config: FuseConfig) -> FuseConfig:
    """The same configuration with its model's hash, so that another model is another config.

    Raises:
        InputError: if the model cannot be read.
        ConfigError: if its hash is not the one that the configuration asks for.
    """
    if not config.camera_model:
        return config
    require_runtime()
    found = model_sha256(Path(config.camera_model))
    if config.camera_model_sha256 not in ("", found):
        raise ConfigError(
            f"{config.camera_model}: SHA-256 is {found}, "
            f"expected fuse.camera_model_sha256 {config.camera_model_sha256}"
        )
    return replace(config, camera_model_sha256=found)


@dataclass(frozen=True, slots=True)
class _Image:
    """One image of one frame, not read yet."""

    frame: int
    camera: Camera
    path: Path
    exposure_ns: int
    world_from_ego: tuple[SE3, SE3]


def add_camera_evidence(
    detections: Detections,
    log: Log,
    schedule: Schedule,
    frames: Frames,
    trajectory: Trajectory,
    taxonomy: Taxonomy,
    config: FuseConfig,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Fused, list[Finding]]:
    """Let the images of a log vote on its detections.

    Args:
        detections: of the whole log, ego frame.
        log: whose images are read.
        schedule: which image belongs to which frame.
        frames: the same frames, with poses.
        trajectory: ``world_from_ego`` over time.
        taxonomy: classes.
        config: the model and the weights.
        progress: told how many frames are done, and of how many.

    Returns:
        Detections in order of frames, and a finding for each image that is whole but shows
        nothing of use. Images that are missing or broken are for the stage that stores them.

    Raises:
        InputError: if the model cannot be run.
    """
    detector = ImageDetector(Path(config.camera_model), taxonomy)
    images = list(_images(log, schedule, trajectory))
    parts, findings = [Fused.unseen(Detections.empty("ego"), taxonomy)], []
    for k, frame_idx in enumerate(frames.frame_idx):
        views = []
        for image in (image for image in images if image.frame == k):
            decoded, fault = _decode(image)
            if decoded is not None:
                views.append(_view(image, detector, decoded))
            elif fault:
                findings.append(Finding("image-unusable", "warning", fault, int(frame_idx)))
        part = detections.select(detections.cuboids.frame_idx == frame_idx)
        parts.append(fuse(part, frames.world_from_ego[k], views, taxonomy, config))
        progress(k + 1, len(frames))
    return Fused.concatenate(parts), findings


def _images(log: Log, schedule: Schedule, trajectory: Trajectory) -> Iterator[_Image]:
    """Images that belong to a frame and have an ego pose."""
    for name, chosen in schedule.image.items():
        camera, index = log.rig.cameras[name], log.images[name]
        present = np.flatnonzero(chosen != MISSING)
        times_ns = index.timestamp_ns[chosen[present]]
        # A pose is interpolated only: evidence is not worth a guess.
        poses = exposure_poses(trajectory, camera, times_ns, extrapolate_ns=0)
        for frame, t_ns, pose in zip(present, times_ns, poses, strict=True):
            if pose is not None:
                path = log.root / index.uris[chosen[frame]]
                yield _Image(int(frame), camera, path, int(t_ns), pose)


def _decode(image: _Image) -> tuple[UInt8 | None, str]:
    """Pixels (H, W, 3) BGR, or None and what is wrong if nobody else will say so."""
    try:
        encoded = image.path.read_bytes()
    except OSError:
        return None, ""
    model = image.camera.model
    if image_fault(encoded, model.width_px, model.height_px):
        return None, ""
    decoded = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None or decoded.shape[:2] != (model.height_px, model.width_px):
        return None, f"{image.path.name} cannot be decoded: no camera evidence from it"
    return np.asarray(decoded, np.uint8), ""


def _view(image: _Image, detector: ImageDetector, pixels: UInt8) -> View:
    return View(image.camera, image.exposure_ns, image.world_from_ego, detector(pixels))
