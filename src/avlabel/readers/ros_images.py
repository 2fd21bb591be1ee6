"""Images and cameras of ROS bags: encoded files, and camera models."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from avlabel.core.cameras import CameraModel, camera_model
from avlabel.core.encoded_images import JPEG_START, PNG_START
from avlabel.errors import CalibrationError, ReadError

CHANNELS = {"rgb8": 3, "bgr8": 3, "8UC3": 3, "mono8": 1, "8UC1": 1, "rgba8": 4, "bgra8": 4}
TO_BGR = {"rgb8": cv2.COLOR_RGB2BGR, "rgba8": cv2.COLOR_RGBA2BGR, "bgra8": cv2.COLOR_BGRA2BGR}
BAYER = {
    "bayer_rggb8": cv2.COLOR_BayerRGGB2BGR,
    "bayer_bggr8": cv2.COLOR_BayerBGGR2BGR,
    "bayer_gbrg8": cv2.COLOR_BayerGBRG2BGR,
    "bayer_grbg8": cv2.COLOR_BayerGRBG2BGR,
}
MAX_SIDE_PX = 65_535
DISTORTIONS = {
    "plumb_bob": ("pinhole", (0, 4, 5)),
    "rational_polynomial": ("pinhole", (8, 12, 14)),
    "equidistant": ("fisheye", (4,)),
    "fisheye": ("fisheye", (4,)),
    "": ("pinhole", (0,)),
}
"""avlabel's model and the number of its coefficients, by ``distortion_model``."""


def encoded_image(message: Any, where: str) -> tuple[bytes, str]:
    """A message as the content of an image file, and the file's suffix.

    JPEG and PNG pass as they are; raw images become PNG, without loss.

    Raises:
        ReadError: if it is another kind of image, or its sizes do not fit its data.
    """
    if hasattr(message, "format"):
        data = bytes(memoryview(message.data))
        for start, suffix in ((JPEG_START, ".jpg"), (PNG_START, ".png")):
            if data.startswith(start):
                return data, suffix
        raise ReadError(
            f"{where}: expected JPEG or PNG, got format '{message.format}' beginning with "
            f"0x{data[:4].hex()}"
        )
    done, png = cv2.imencode(".png", _bgr(message, where), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise ReadError(f"{where}: cannot be written as PNG")
    return png.tobytes(), ".png"


def _bgr(message: Any, where: str) -> NDArray[np.uint8]:
    """(H, W) or (H, W, 3)."""
    encoding = str(message.encoding)
    if encoding not in CHANNELS and encoding not in BAYER:
        known = ", ".join([*CHANNELS, *BAYER])
        raise ReadError(f"{where}: encoding: expected one of {known}, got '{encoding}'")
    channels = CHANNELS.get(encoding, 1)
    width, height, step = int(message.width), int(message.height), int(message.step)
    if not (1 <= width <= MAX_SIDE_PX and 1 <= height <= MAX_SIDE_PX):
        raise ReadError(f"{where}: expected 1 to {MAX_SIDE_PX} px, got {width} x {height}")
    needed = (height - 1) * step + width * channels
    if step < width * channels or len(message.data) < needed:
        raise ReadError(
            f"{where}: expected rows of {width * channels} bytes or more and {needed} bytes, got "
            f"rows of {step} and {len(message.data)}"
        )
    data = np.frombuffer(message.data, np.uint8)
    shape, strides = (height, width, channels), (step, channels, 1)
    pixels: NDArray[np.uint8] = np.ndarray(shape, np.uint8, data, strides=strides)
    if encoding in BAYER:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels[..., 0]), BAYER[encoding]))
    if encoding in TO_BGR:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), TO_BGR[encoding]))
    return np.ascontiguousarray(pixels)


def model_of(info: Any, rectified: bool, where: str) -> CameraModel:
    """The camera model that a ``CameraInfo`` describes.

    Args:
        info: the message.
        rectified: images are rectified: P counts and there is no distortion, else K and D.
        where: for messages.

    Raises:
        CalibrationError: if it is uncalibrated, cropped, binned, or of an unknown model.
    """
    _check_whole(info, where)
    k, p, d = (_numbers(info, name) for name in "kpd")
    if rectified:
        name, intrinsics, d = "pinhole", p.reshape(3, 4)[[0, 1, 0, 1], [0, 1, 2, 2]], d[:0]
    else:
        name, intrinsics = _checked(info, d, where), k.reshape(3, 3)[[0, 1, 0, 1], [0, 1, 2, 2]]
    if not intrinsics.any():
        raise CalibrationError(f"{where}: {'P' if rectified else 'K'} is all zero: uncalibrated")
    try:
        return camera_model(name, int(info.width), int(info.height), intrinsics, d)
    except CalibrationError as error:
        raise type(error)(f"{where}: {error}") from error


def _numbers(info: Any, name: str) -> NDArray[np.float64]:
    """K, D or P: upper case in ROS 1, lower case in ROS 2."""
    values = getattr(info, name, None)
    return np.asarray(getattr(info, name.upper(), values) if values is None else values, np.float64)


def _checked(info: Any, d: NDArray[np.float64], where: str) -> str:
    stated = str(info.distortion_model)
    if stated not in DISTORTIONS:
        known = ", ".join(name for name in DISTORTIONS if name)
        raise CalibrationError(f"{where}: distortion_model: expected {known}, got '{stated}'")
    name, counts = DISTORTIONS[stated]
    if len(d) not in counts:
        expected = " or ".join(map(str, counts))
        raise CalibrationError(f"{where}: D has {len(d)} values; {stated} needs {expected}")
    return name


def _check_whole(info: Any, where: str) -> None:
    """K and D describe the full sensor; cropped or binned images need others."""
    cropped = info.roi.x_offset or info.roi.y_offset
    if cropped or info.binning_x > 1 or info.binning_y > 1:
        raise CalibrationError(
            f"{where}: expected the whole image, got binning {info.binning_x} x {info.binning_y}, "
            f"roi at {info.roi.x_offset}, {info.roi.y_offset}; give the cropped camera in a rig"
        )
