"""Camera models by the name under which rig files and scenes store them."""

from __future__ import annotations

from collections.abc import Callable

from avlabel.core.arrays import Float64
from avlabel.core.cameras.cylindrical import Cylindrical
from avlabel.core.cameras.equirectangular import Equirectangular
from avlabel.core.cameras.fisheye import Fisheye
from avlabel.core.cameras.mei import Mei
from avlabel.core.cameras.model import CameraModel
from avlabel.core.cameras.pinhole import Pinhole
from avlabel.errors import CalibrationError

MODELS: dict[str, Callable[[int, int, Float64, Float64], CameraModel]] = {
    "pinhole": Pinhole,
    "fisheye": Fisheye,
    "mei": Mei,
    "equirectangular": Equirectangular,
    "cylindrical": Cylindrical,
}
"""Each is called with width, height, intrinsics and distortion."""

DISTORTION_COUNTS: dict[str, tuple[int, ...]] = {
    "pinhole": Pinhole.counts,
    "fisheye": Fisheye.counts,
    "mei": Mei.counts,
    "equirectangular": Equirectangular.counts,
    "cylindrical": Cylindrical.counts,
}
"""How many distortion coefficients each model may have."""


def camera_model(
    name: str, width_px: int, height_px: int, intrinsics: Float64, distortion: Float64
) -> CameraModel:
    """Build a camera model by name.

    Raises:
        CalibrationError: for an unknown name, or values the model refuses.
    """
    if name not in MODELS:
        raise CalibrationError(f"camera model '{name}': expected one of {', '.join(MODELS)}")
    return MODELS[name](width_px, height_px, intrinsics, distortion)
