"""OpenCV: one camera's calibration as its FileStorage writes it (YAML or JSON).

OpenCV's own reader is not used: where ``rows`` and ``cols`` of a matrix do not fit its ``data``
it writes beyond its memory, and a damaged file ends the process.
"""

from __future__ import annotations

from pathlib import Path

from avlabel.core.arrays import Float64
from avlabel_calibration.importers.found import Found
from avlabel_calibration.importers.mapped import Mapped
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.yaml_file import read_yaml

MATRIX = ("camera_matrix", "Camera_Matrix", "cameraMatrix", "K", "M", "M1")
DISTORTION = (
    "distortion_coefficients",
    "Distortion_Coefficients",
    "distCoeffs",
    "dist_coeffs",
    "D",
    "D1",
)
WIDTH, HEIGHT = ("image_width", "image_Width"), ("image_height", "image_Height")


def read(path: Path, options: ImportOptions) -> Found:
    """Read the optics of one camera.

    Names are those of OpenCV's own calibration programs, or ``K`` and ``D``. The model is the
    fisheye if ``fisheye_model`` is 1, else the pinhole.

    Raises:
        ReadError: if the file is missing or no YAML.
        CalibrationError: naming file and field.
    """
    root = read_yaml(path)
    k = _array(root, MATRIX)
    if k.shape != (3, 3):
        raise root.fail(MATRIX[0], f"expected 3 x 3, got {k.shape[0]} x {k.shape[1]}")
    distortion = _array(root, DISTORTION).ravel()
    fisheye = root.has("fisheye_model") and root.number("fisheye_model") != 0
    model = root.camera_model(
        "fisheye" if fisheye else "pinhole", _size(root, options), k, distortion
    )
    name = root.text("camera_name") if root.has("camera_name") else path.stem
    return Found.of_camera(options.camera or name, model)


def _array(root: Mapped, names: tuple[str, ...]) -> Float64:
    """(rows, cols) finite numbers."""
    name = next((name for name in names if root.has(name)), names[0])
    matrix = root.at(name)
    shape = matrix.integer("rows"), matrix.integer("cols")
    return matrix.matrix(shape, "data")


def _size(root: Mapped, options: ImportOptions) -> tuple[int, int]:
    if options.size_px:
        return options.size_px
    if not any(root.has(name) for name in WIDTH):
        raise root.fail(WIDTH[0], "missing; where the file does not say it, give --image-size")
    return root.integer(*WIDTH), root.integer(*HEIGHT)
