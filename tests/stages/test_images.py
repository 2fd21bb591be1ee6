"""Image files that are whole, cut, of another size, or no images."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avlabel.stages.images import image_fault


def encoded(extension, width=64, height=48):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(extension, pixels)[1].tobytes()


@pytest.mark.parametrize("extension", [".jpg", ".png", ".bmp", ".tiff", ".webp"])
def test_whole_images_of_the_right_size_are_fine(extension):
    assert image_fault(encoded(extension), 64, 48) is None


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_other_sizes_and_cut_files_are_found(extension):
    content = encoded(extension)
    assert "has 64 x 48 px" in image_fault(content, 960, 600)
    assert "truncated" in image_fault(content[: len(content) // 2], 64, 48)
    # Trailing bytes after the end, as some cameras write them.
    assert image_fault(content + b"\x00" * 20, 64, 48) is None


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x1f\x8b\x08"])
def test_other_files_are_no_images(content):
    assert image_fault(content, 64, 48) is not None
