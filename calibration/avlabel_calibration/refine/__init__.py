"""Refine where a camera sits and when it exposes, from a drive without targets."""

from __future__ import annotations

from avlabel_calibration.refine.camera import CameraRefinement, RefineConfig, refine_camera

__all__ = ["CameraRefinement", "RefineConfig", "refine_camera"]
