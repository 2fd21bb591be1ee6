"""The 2D detector: letterbox, decoding, suppression, bad models; and a real one, if at hand."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from avlabel.core.taxonomy import default_taxonomy
from avlabel.errors import InputError
from avlabel.stages.camera.detector import (
    ImageDetector,
    decode,
    grid,
    letterbox,
    model_sha256,
    suppress,
)
from avlabel.stages.camera.objects import ImageObjects

TAXONOMY = default_taxonomy()
MODEL = Path(__file__).resolve().parents[3] / "shared" / "models" / "yolox_nano_416.onnx"


@pytest.fixture(scope="module")
def detector() -> ImageDetector:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed (avlabel[onnx])")
    if not MODEL.is_file():
        pytest.skip("no camera model (../shared/models) is here")
    return ImageDetector(MODEL, TAXONOMY)


def test_letterbox_keeps_proportions_and_pads_right_and_below():
    image = np.full((100, 200, 3), (1, 2, 3), np.uint8)
    blob, per_px = letterbox(image, 64, 64)
    assert blob.shape == (1, 3, 64, 64)
    assert blob.dtype == np.float32
    assert blob[0, :, 31, 63].tolist() == [1, 2, 3]
    assert blob[0, :, 32, 0].tolist() == [114, 114, 114]
    assert per_px.tolist() == [0.32, 0.32]


def test_decoding_a_cell_by_hand():
    cells, stride = grid(64, 96)
    assert len(cells) == 8 * 12 + 4 * 6 + 2 * 3
    # The second grid follows the first; its cell in row 1, column 2 has stride 16.
    row = 8 * 12 + 6 + 2
    assert cells[row].tolist() == [2, 1]
    assert stride[row, 0] == 16
    output = np.zeros((len(cells), 85), np.float32)
    output[row, :5] = [0.5, 0.25, np.log(2), np.log(3), 0.5]
    output[row, 5 + 2] = 0.8
    boxes, scores = decode(output, cells, stride)
    np.testing.assert_allclose(boxes[row], [40 - 16, 20 - 24, 40 + 16, 20 + 24], rtol=1e-6)
    np.testing.assert_allclose(scores[row], [0, 0, 0.4, 0, 0, 0], rtol=1e-6)


def test_suppression_within_parents_only():
    leaves = [TAXONOMY.code(leaf) for leaf in ("car", "truck", "pedestrian", "car")]
    boxes = np.array([[0.0, 0, 10, 10], [0, 0, 10, 11], [0, 0, 10, 10], [20, 0, 30, 10]])
    found = ImageObjects(boxes, np.array(leaves, np.int16), np.array([0.5, 0.6, 0.3, 0.2]), 1.0)
    assert suppress(found, TAXONOMY).score.tolist() == [0.6, 0.3, 0.2]


def test_without_onnxruntime_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"pip install avlabel\[onnx\]"):
        ImageDetector(Path("any.onnx"), TAXONOMY)


def test_files_that_are_no_model(tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed (avlabel[onnx])")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(InputError, match=r"broken\.onnx: not an ONNX model"):
        ImageDetector(broken, TAXONOMY)
    with pytest.raises(InputError, match=r"missing\.onnx: camera model cannot be read"):
        ImageDetector(tmp_path / "missing.onnx", TAXONOMY)
    with pytest.raises(InputError, match=r"missing\.onnx: camera model cannot be read"):
        model_sha256(tmp_path / "missing.onnx")


def test_a_real_model_finds_the_cyclist_and_the_van(detector, shared_data):
    path = shared_data / "kitti-tracking" / "training" / "image_02" / "0000" / "000000.png"
    image = cv2.imread(str(path))
    found, again = detector(image), detector(image)
    for a, b in ((found.uv_box, again.uv_box), (found.score, again.score)):
        np.testing.assert_array_equal(a, b)
    sure = found.select(found.score > 0.7)
    assert sorted(TAXONOMY.names(sure.category)) == ["bicycle", "car", "pedestrian"]
    cyclist = sure.uv_box[sure.category == TAXONOMY.code("bicycle")][0]
    np.testing.assert_allclose(cyclist, [775, 167, 883, 373], atol=12)
    assert found.scale == pytest.approx(1 / 3, abs=0.01)
