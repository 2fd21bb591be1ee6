"""Cameras that the rig names and the images do not, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided


@rule("camera-named-once", "error", "a camera is named by the rig or by the images only", "fast")
def camera_named_once(evidence: Evidence) -> Iterator[Answer]:
    """Images without calibration are an error, a camera without images is worth a warning."""
    in_rig, with_images = evidence.log.rig.cameras, evidence.log.images
    for name in sorted({*in_rig, *with_images}):
        if name not in in_rig:
            known = ", ".join(in_rig) or "none"
            yield found(f"has images, but the rig knows {known}", name)
        elif name in with_images and len(with_images[name]):
            yield fine("in the rig and among the images", name)
        elif not with_images:
            yield undecided("the recording has no images at all", name)
        else:
            others = ", ".join(with_images)
            yield found(
                f"is in the rig but has no image; images are of {others}", name, severity="warning"
            )
