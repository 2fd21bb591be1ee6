"""2D detection by a YOLOX network (Ge et al., 2021) stored as ONNX; needs the extra ``onnx``."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from avlabel.core.arrays import Float32, Float64, UInt8
from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import InputError
from avlabel.stages.camera.objects import ImageObjects, join_riders

COCO_LEAVES = {
    0: "pedestrian",
    1: "bicycle",
    2: "car",
    3: "motorcycle",
    5: "bus",
    7: "truck",
}
"""Leaf of each COCO class that is a road user."""

N_COCO = 80
STRIDES = (8, 16, 32)
PADDING = 114
MIN_SCORE = 0.1
MAX_OVERLAP = 0.5


class ImageDetector:
    """A YOLOX network, ready to run on one thread.

    Input ``(1, 3, H, W)`` float32: BGR, 0..255, letterboxed to the top left. Output
    ``(1, cells, 85)``, undecoded: offset and log size in cells, objectness, COCO's 80 classes.

    Args:
        path: the ONNX file.
        taxonomy: whose leaves the objects take.

    Raises:
        InputError: without onnxruntime, or for a file that is not such a network.
    """

    def __init__(self, path: Path, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._session = _open(path)
        self._input, (self._height, self._width) = _check_layout(self._session, path)
        self._cells, self._stride = grid(self._height, self._width)
        self._leaves = np.array([taxonomy.code(leaf) for leaf in COCO_LEAVES.values()], np.int16)

    def __call__(self, image_bgr: UInt8) -> ImageObjects:
        """Road users in an image (H, W, 3) uint8, riders joined with what they ride."""
        height, width = image_bgr.shape[:2]
        blob, per_px = letterbox(image_bgr, self._height, self._width)
        output = self._session.run(None, {self._input: blob})[0][0]
        xyxy, scores = decode(output, self._cells, self._stride)
        # Box edges lie between pixels, whose centres are at integers.
        uv_box = xyxy / np.tile(per_px, 2) - 0.5
        uv_box = np.clip(uv_box, 0.0, np.tile([width - 1.0, height - 1.0], 2))
        best = scores.argmax(axis=1)
        found = ImageObjects(uv_box, self._leaves[best], scores.max(axis=1), float(per_px.min()))
        wide = (uv_box[:, 2:] - uv_box[:, :2] > 1.0).all(axis=1)
        found = found.select((found.score >= MIN_SCORE) & wide)
        return join_riders(suppress(found, self._taxonomy), self._taxonomy)


def model_sha256(path: Path) -> str:
    """Hex SHA-256 of a model file.

    Raises:
        InputError: if it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: camera model cannot be read: {error.strerror}") from error


def letterbox(image_bgr: UInt8, height_px: int, width_px: int) -> tuple[Float32, Float64]:
    """Fit an image into the top left of the network's input, keeping its proportions.

    Returns:
        (1, 3, height, width) float32, padded with grey, and (2,) float64 input pixels for one
        pixel of the image, in u and v (equal but for rounding).
    """
    rows, columns = image_bgr.shape[:2]
    ratio = min(height_px / rows, width_px / columns)
    fitted = max(int(columns * ratio), 1), max(int(rows * ratio), 1)
    canvas = np.full((height_px, width_px, 3), PADDING, np.uint8)
    canvas[: fitted[1], : fitted[0]] = cv2.resize(image_bgr, fitted, interpolation=cv2.INTER_LINEAR)
    blob = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], dtype=np.float32)
    return blob, np.array([fitted[0] / columns, fitted[1] / rows])


def grid(height_px: int, width_px: int) -> tuple[Float64, Float64]:
    """(cells, 2) column and row and (cells, 1) stride of the cells, in the order of the output."""
    cells, strides = [], []
    for stride in STRIDES:
        v, u = np.mgrid[: height_px // stride, : width_px // stride]
        cells.append(np.column_stack([u.ravel(), v.ravel()]))
        strides.append(np.full((u.size, 1), stride))
    return np.concatenate(cells).astype(np.float64), np.concatenate(strides).astype(np.float64)


def decode(output: Float32, cells: Float64, stride: Float64) -> tuple[Float64, Float64]:
    """Boxes and scores of every cell.

    Args:
        output: (cells, 85) of the network.
        cells: column and row of each cell.
        stride: input pixels of each cell.

    Returns:
        (cells, 4) float64 u0, v0, u1, v1 in input pixels; (cells, 6) float64 objectness times
        class, in the order of ``COCO_LEAVES``.
    """
    raw = output.astype(np.float64)
    center = (raw[:, :2] + cells) * stride
    half = np.exp(np.clip(raw[:, 2:4], None, 10.0)) * stride / 2
    scores = raw[:, 4:5] * raw[:, 5 + np.array(list(COCO_LEAVES))]
    return np.hstack([center - half, center + half]), scores


def suppress(objects: ImageObjects, taxonomy: Taxonomy) -> ImageObjects:
    """The best of overlapping objects of one parent: a pickup is not a car and a truck as well."""
    if not len(objects):
        return objects
    corner_and_size = objects.uv_box.copy()
    corner_and_size[:, 2:] -= corner_and_size[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(
        corner_and_size.tolist(),
        objects.score.tolist(),
        taxonomy.coarse(objects.category).tolist(),
        MIN_SCORE,
        MAX_OVERLAP,
    )
    return objects.select(np.sort(np.asarray(kept, np.int64)))


def require_runtime() -> None:
    """Check that the extra that runs models is installed.

    Raises:
        InputError: if it is not.
    """
    if find_spec("onnxruntime") is None:
        raise InputError(
            "a camera model needs onnxruntime, which is not installed: pip install avlabel[onnx]"
        )


def _open(path: Path) -> Any:
    require_runtime()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except OSError as error:
        raise InputError(f"{path}: camera model cannot be read: {error.strerror}") from error
    # onnxruntime's exceptions share no public base but Exception.
    except Exception as error:
        raise InputError(f"{path}: not an ONNX model: {str(error).splitlines()[0]}") from error


def _check_layout(session: Any, path: Path) -> tuple[str, tuple[int, int]]:
    """Name, height and width of the input, once input and output are known to fit."""
    given, made = session.get_inputs(), session.get_outputs()
    shape = given[0].shape if len(given) == 1 else []
    square = len(shape) == 4 and shape[:2] == [1, 3] and all(isinstance(n, int) for n in shape)
    if not square or any(n <= 0 or n % max(STRIDES) for n in shape[2:]):
        raise InputError(
            f"{path}: expected one input (1, 3, H, W), H and W multiples of {max(STRIDES)}, "
            f"got {[i.shape for i in given]}"
        )
    cells = sum((shape[2] // s) * (shape[3] // s) for s in STRIDES)
    expected = [1, cells, 5 + N_COCO]
    if not made or made[0].shape != expected:
        raise InputError(
            f"{path}: expected a YOLOX output {expected}, got {[o.shape for o in made]}"
        )
    return given[0].name, (shape[2], shape[3])
