"""Parts of images at another size."""

from __future__ import annotations

import cv2
import numpy as np

from avlabel.core.arrays import Float64, UInt8
from avlabel.render.palette import PANEL
from avlabel_viewer.viewpoints.image import ImageView

SHRINKS_BELOW = 0.7
"""Images that shrink more are sampled twice as dense and averaged: no moire, and fast."""


def cut_out(image: UInt8, view: ImageView) -> UInt8:
    """What a view shows of its camera's image.

    Args:
        image: (H, W, 3) RGB, of the size that the camera's calibration says or smaller.
        view: which part, how large.

    Returns:
        A new (height_px, width_px, 3) RGB image, plain where the view reaches beyond the image.
    """
    size = view.width_px, view.height_px
    placed = _view_from_array(image, view)
    if placed[0, 0] >= SHRINKS_BELOW:
        return _warped(image, placed, size, cv2.INTER_LINEAR)
    # Pixel centres lie at integers: twice the size takes u to 2 u + 0.5.
    twice = np.column_stack([2 * placed[:, :2], 2 * placed[:, 2] + 0.5])
    dense = _warped(image, twice, (2 * size[0], 2 * size[1]), cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(dense, size, interpolation=cv2.INTER_AREA), np.uint8)


def _view_from_array(image: UInt8, view: ImageView) -> Float64:
    """(2, 3) affine map from the array's pixels to the view's."""
    per_px = image.shape[1] / view.model.width_px
    first = view.to_view(np.full(2, 0.5 / per_px - 0.5))
    scale = view.scale / per_px
    return np.column_stack([scale * np.eye(2), first])


def _warped(image: UInt8, placed: Float64, size: tuple[int, int], how: int) -> UInt8:
    return np.asarray(cv2.warpAffine(image, placed, size, flags=how, borderValue=PANEL), np.uint8)
