"""OpenCV: one camera's calibration as its FileStorage writes it (YAML, XML or JSON)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import Float64
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.files import read_text
from avlabel_calibration.importers.found import Found, FoundCamera
from avlabel_calibration.importers.mapped import Mapped
from avlabel_calibration.importers.options import ImportOptions

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
        ReadError: if the file is missing or not readable as FileStorage.
        CalibrationError: naming file and field.
    """
    storage = _open(path)
    try:
        k = _array(storage, path, MATRIX)
        if k.shape != (3, 3):
            raise CalibrationError(f"{path}: {MATRIX[0]}: expected 3 x 3, got {_shape(k)}")
        distortion = _array(storage, path, DISTORTION).ravel()
        size_px = options.size_px or (_whole(storage, path, WIDTH), _whole(storage, path, HEIGHT))
        fisheye = _node(storage, ("fisheye_model",))
        model = "fisheye" if fisheye is not None and fisheye.real() != 0 else "pinhole"
        name = _node(storage, ("camera_name",))
        given = name.string() if name is not None and name.isString() else path.stem
    finally:
        storage.release()
    optics = Mapped(str(path), {}).camera_model(model, size_px, k, distortion)
    return Found({}, {options.camera or given: FoundCamera(optics)})


def _open(path: Path) -> cv2.FileStorage:
    """From memory: OpenCV takes suffixes of its own from a file's name."""
    text = read_text(path)
    try:
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    except (cv2.error, SystemError) as error:
        raise ReadError(f"{path}: not readable by OpenCV's FileStorage: {_line(error)}") from error
    if not storage.isOpened():
        raise ReadError(f"{path}: not readable by OpenCV's FileStorage; expected %YAML:1.0")
    return storage


def _node(storage: cv2.FileStorage, names: tuple[str, ...]) -> cv2.FileNode | None:
    nodes = (storage.getNode(name) for name in names)
    return next((node for node in nodes if not node.empty()), None)


def _array(storage: cv2.FileStorage, path: Path, names: tuple[str, ...]) -> Float64:
    """A matrix of finite numbers."""
    node = _node(storage, names)
    if node is None:
        raise CalibrationError(f"{path}: expected '{names[0]}' (or {', '.join(names[1:])})")
    try:
        array = node.mat()
    except (cv2.error, SystemError) as error:
        raise CalibrationError(f"{path}: {names[0]}: no matrix: {_line(error)}") from error
    if array is None or array.ndim != 2 or not np.all(np.isfinite(array)):
        raise CalibrationError(f"{path}: {names[0]}: expected a matrix of finite numbers")
    return np.asarray(array, np.float64)


def _whole(storage: cv2.FileStorage, path: Path, names: tuple[str, ...]) -> int:
    node = _node(storage, names)
    if node is None or not node.isInt() or int(node.real()) <= 0:
        raise CalibrationError(
            f"{path}: expected '{names[0]}', a whole number above 0; where the file does not say, "
            "give --image-size"
        )
    return int(node.real())


def _shape(array: Float64) -> str:
    return " x ".join(map(str, array.shape))


def _line(error: BaseException) -> str:
    return str(error).strip().replace("\n", " ")
