"""ROS: a camera's ``camera_info``, as calibrators write it or ``rostopic echo`` prints it."""

from __future__ import annotations

from pathlib import Path

from avlabel.core.cameras import DISTORTION_COUNTS
from avlabel_calibration.importers.found import Found
from avlabel_calibration.importers.mapped import Mapped
from avlabel_calibration.importers.options import ImportOptions
from avlabel_calibration.importers.yaml_file import read_yaml

MODELS = {
    "plumb_bob": ("pinhole", (0, 4, 5)),
    "rational_polynomial": ("pinhole", (8, 12, 14)),
    "equidistant": ("fisheye", DISTORTION_COUNTS["fisheye"]),
}
"""avlabel's model and the number of its coefficients, by ``distortion_model``."""
NOTE = (
    "camera_matrix (K) and distortion (D) were taken, which belong to the raw images; for "
    "rectified ones the 3 x 3 part of P belongs in the rig, without distortion"
)


def read(path: Path, options: ImportOptions) -> Found:
    """Read the optics of one camera.

    Raises:
        ReadError: if the file is missing or no YAML.
        CalibrationError: naming file and field.
    """
    info = read_yaml(path)
    _check_whole_image(info)
    name = info.text("distortion_model")
    if name not in MODELS:
        raise info.fail("distortion_model", f"expected one of {', '.join(MODELS)}, got '{name}'")
    model, counts = MODELS[name]
    distortion = info.numbers("distortion_coefficients", "D", "d")
    if len(distortion) not in counts:
        expected = " or ".join(map(str, counts))
        raise info.fail(
            "distortion_coefficients", f"has {len(distortion)} values; {name} needs {expected}"
        )
    k = info.matrix((3, 3), "camera_matrix", "K", "k")
    if not k.any():
        raise info.fail("camera_matrix", "is all zero: the camera is not calibrated")
    size_px = info.integer("image_width", "width"), info.integer("image_height", "height")
    optics = info.camera_model(model, size_px, k, distortion)
    return Found.of_camera(options.camera or _name(info, path), optics, (NOTE,))


def _name(info: Mapped, path: Path) -> str:
    return info.text("camera_name") if info.has("camera_name") else path.stem


def _check_whole_image(info: Mapped) -> None:
    """K and D describe the full sensor; cropped or binned images need others."""
    for name in ("binning_x", "binning_y"):
        if info.has(name) and info.number(name) > 1:
            raise info.fail(name, f"expected no binning, got {info.number(name):g}")
    if info.has("roi"):
        roi = info.at("roi")
        for name in ("x_offset", "y_offset"):
            if roi.has(name) and roi.number(name) != 0:
                raise roi.fail(name, f"expected the whole image, got {roi.number(name):g}")
