"""Intrinsics that do not fit their images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avlabel.core.cameras import CameraModel
from avlabel.core.encoded_images import size_in_header
from avlabel.errors import ReadError
from avlabel.readers.files import read_bytes
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided

IMAGES_LOOKED_AT = 3
SCALES = (0.25, 1 / 3, 0.5, 2 / 3, 1.5, 2.0, 3.0, 4.0)
"""Factors by which images are usually resized without their intrinsics."""
SCALE_TOLERANCE = 0.12
GRID = 33
ROUND_TRIP_PX = 0.5
CIRCLE_SHARE = 0.25
"""Share of a square around the image circle of a fisheye that lies outside of it: 1 - pi / 4."""
BAD_FOLD_FACTOR = 20.0


@rule("image-size", "error", "image files are not as large as the calibration says", "fast")
def image_files_size(evidence: Evidence) -> Iterator[Answer]:
    """Compare the size that a few images state with the camera model's."""
    for camera in evidence.log.rig.cameras.values():
        frames = evidence.frames(IMAGES_LOOKED_AT, camera.sensor_id)
        expected = camera.model.width_px, camera.model.height_px
        sizes = [size for k in frames if (size := _size(evidence, camera.sensor_id, int(k)))]
        if not sizes:
            yield undecided("no image that can be read", camera.sensor_id)
            continue
        wrong = [size for size in sizes if size != expected]
        numbers = {"width_px": float(sizes[0][0]), "height_px": float(sizes[0][1])}
        if wrong:
            yield found(
                f"images have {wrong[0][0]} x {wrong[0][1]} px; the calibration is for "
                f"{expected[0]} x {expected[1]}",
                camera.sensor_id,
                numbers,
                # A single odd image is that image's fault; it is left out when labels are drawn.
                "error" if len(wrong) > len(sizes) / 2 else "warning",
            )
        else:
            yield fine(f"{expected[0]} x {expected[1]} px in files too", camera.sensor_id, numbers)


@rule("principal-point", "warning", "the principal point is far from the image's middle", "fast")
def principal_point(evidence: Evidence) -> Iterator[Answer]:
    """Where the optical axis meets the image; intrinsics of another image size show here."""
    limit = evidence.config.max_principal_off
    for camera in evidence.log.rig.cameras.values():
        if camera.model.panoramic:
            yield undecided("a panorama may begin anywhere", camera.sensor_id)
            continue
        size = np.array([camera.model.width_px, camera.model.height_px], np.float64)
        center = np.asarray(camera.model.intrinsics[2:4], np.float64)
        off = (center - (size - 1) / 2) / size
        numbers = {"off_u": float(off[0]), "off_v": float(off[1])}
        where = f"({center[0]:.0f}, {center[1]:.0f}) of {size[0]:.0f} x {size[1]:.0f} px"
        if np.abs(off).max() <= limit:
            yield fine(f"principal point at {where}", camera.sensor_id, numbers)
            continue
        scale = _scale(2 * (center + 0.5) / size)
        outside = bool(np.any((center < 0) | (center > size - 1)))
        hint = f"; the intrinsics may be for an image {scale:.3g} times as large" if scale else ""
        yield found(
            f"principal point at {where}, expected near the middle{hint}",
            camera.sensor_id,
            numbers,
            "error" if outside or scale else "warning",
        )


@rule("distortion-fold", "warning", "the lens model is not monotonic within the image", "fast")
def distortion_fold(evidence: Evidence) -> Iterator[Answer]:
    """Pixels that no ray of the model's valid field of view comes back to."""
    for camera in evidence.log.rig.cameras.values():
        share = folded_share(camera.model)
        limit = evidence.config.max_folded_share
        if camera.model.name != "pinhole":
            limit = max(limit, CIRCLE_SHARE)
        if share <= limit:
            yield fine("valid over the whole image", camera.sensor_id, {"share": share})
        else:
            bad = share > BAD_FOLD_FACTOR * limit
            yield found(
                f"{share:.1%} of the image lies where the distortion folds back; nothing is "
                "projected there",
                camera.sensor_id,
                {"share": share},
                "error" if bad else "warning",
            )


def folded_share(model: CameraModel) -> float:
    """Share of an image's pixels whose ray does not project back to them."""
    u, v = np.meshgrid(
        np.linspace(0, model.width_px - 1, GRID), np.linspace(0, model.height_px - 1, GRID)
    )
    pixels = np.column_stack([u.ravel(), v.ravel()])
    rays = model.unproject(pixels)
    seen = np.asarray(np.isfinite(rays).all(axis=1))
    back, valid = model.project(np.where(seen[:, None], rays, 0.0))
    near = np.abs(back - pixels).max(axis=1) < ROUND_TRIP_PX
    return float(1.0 - np.asarray(seen & valid & near).mean())


def _size(evidence: Evidence, camera_id: str, frame: int) -> tuple[int, int] | None:
    uri = evidence.log.images[camera_id].uris[int(evidence.schedule.image[camera_id][frame])]
    try:
        return size_in_header(read_bytes(evidence.log.root / uri))
    except ReadError:
        return None


def _scale(ratio: np.ndarray) -> float | None:
    """The usual factor that both of (2,) principal point over middle are near, or None."""
    for scale in SCALES:
        if np.abs(ratio / scale - 1).max() < SCALE_TOLERANCE:
            return scale
    return None
