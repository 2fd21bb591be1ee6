"""A refinement on paper: one JSON file with all numbers, one picture a camera."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from avlabel_calibration.alignment import AXES, Features
from avlabel_calibration.refine.camera import CameraRefinement
from avlabel_calibration.refine.overlay import before_and_after

UNITS = ("deg", "deg", "deg", "m", "m", "m", "ms")
FACTORS = np.array([180 / np.pi] * 3 + [1.0] * 3 + [1e3])


def as_table(refinements: Mapping[str, CameraRefinement]) -> dict[str, object]:
    """Everything that was found, by camera, in degrees, metres and milliseconds."""
    return {sensor_id: _camera(found) for sensor_id, found in refinements.items()}


def _camera(found: CameraRefinement) -> dict[str, object]:
    estimate, sigma, moved = (x * FACTORS for x in (found.estimate, found.sigma, found.delta))
    parameters = {
        name: {
            "estimate": float(estimate[k]),
            "sigma": float(sigma[k]) if np.isfinite(sigma[k]) else None,
            "unit": UNITS[k],
            "moved": float(moved[k]) if found.moved[k] else None,
            "left_because": found.reasons.get(name) or found.reasons.get("camera"),
        }
        for k, name in enumerate(AXES)
    }
    return {
        "images": found.n_images,
        "lidar_edges": found.n_edges,
        "score_before": found.score_before,
        "score_after": found.score_after,
        "score_sigma": found.score_sigma if np.isfinite(found.score_sigma) else None,
        "parameters": parameters,
    }


def write_numbers(folder: Path, refinements: Mapping[str, CameraRefinement]) -> None:
    """Write ``refinement.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_table(refinements), indent=1) + "\n"
    (folder / "refinement.json").write_text(text, encoding="utf-8")


def write_picture(folder: Path, root: Path, features: Features, found: CameraRefinement) -> Path:
    """Write ``<camera>.jpg``: LiDAR edges over an image, given left, refined right."""
    folder.mkdir(parents=True, exist_ok=True)
    sensor_id = features.camera.sensor_id
    picture = before_and_after(root, features, found.delta, sensor_id)
    path = folder / f"{sensor_id}.jpg"
    encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1]
    path.write_bytes(encoded.tobytes())
    return path
