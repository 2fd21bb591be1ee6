"""One picture of a frame: a title, the cameras side by side, the bird's-eye view below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.core.cameras import CameraModel
from avlabel.core.rig import Rig
from avlabel.render.ink import draw_text, shade, text_size
from avlabel.render.palette import FAINT, GROUND, PANEL, TEXT

AHEAD_RAD = np.deg2rad(75.0)
TITLE_PX = 34
GAP_PX = 4
MOST_CAMERA_HEIGHT = 0.45
"""Cameras together take up at most this share of the width in height."""


def camera_order(rig: Rig) -> list[str]:
    """Cameras in the order of reading: what looks ahead from left to right, then the others.

    The others run from the left side over the back to the right side.
    """
    axis = {name: camera.ego_from_sensor.rotation[:, 2] for name, camera in rig.cameras.items()}
    azimuth = {name: float(np.arctan2(a[1], a[0])) for name, a in axis.items()}
    ahead = [name for name in azimuth if abs(azimuth[name]) < AHEAD_RAD]
    others = [name for name in azimuth if name not in ahead]
    ahead.sort(key=lambda name: -azimuth[name])
    others.sort(key=lambda name: azimuth[name] % (2 * np.pi))
    return ahead + others


def looks_ahead(rig: Rig) -> str | None:
    """The camera whose optical axis is closest to straight ahead; None without any."""
    ahead = {name: camera.ego_from_sensor.rotation[0, 2] for name, camera in rig.cameras.items()}
    return max(ahead, key=lambda name: float(ahead[name]), default=None)


@dataclass(frozen=True, slots=True)
class CameraGrid:
    """Tiles for cameras above a bird's-eye view.

    Attributes:
        width_px: of the whole picture.
        n_columns: tiles in a row.
        tile_w_px: width of a tile.
        tile_h_px: height of a tile.
    """

    width_px: int
    n_columns: int
    tile_w_px: int
    tile_h_px: int

    @classmethod
    def of(cls, models: Sequence[CameraModel], width_px: int) -> CameraGrid:
        """A grid that fits the images of ``models``, at least one."""
        n_rows = 1 if len(models) <= 3 else 2 if len(models) <= 10 else 3
        n_columns = ceil(len(models) / n_rows)
        aspect = float(np.median([model.height_px / model.width_px for model in models]))
        tile_w = (width_px - GAP_PX * (n_columns - 1)) // n_columns
        tile_h = min(round(tile_w * aspect), round(MOST_CAMERA_HEIGHT * width_px / n_rows))
        return cls(width_px, n_columns, tile_w, tile_h)

    def fit(self, image: UInt8) -> UInt8:
        """The image scaled to fit into a tile."""
        scale = min(self.tile_w_px / image.shape[1], self.tile_h_px / image.shape[0])
        size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)

    def tile(self, name: str, fitted: UInt8 | None) -> UInt8:
        """A captioned tile, empty where the image is missing."""
        tile = np.full((self.tile_h_px, self.tile_w_px, 3), PANEL, np.uint8)
        if fitted is None:
            return add_caption(tile, f"{name}: no image")
        h, w = fitted.shape[:2]
        u0, v0 = (self.tile_w_px - w) // 2, (self.tile_h_px - h) // 2
        tile[v0 : v0 + h, u0 : u0 + w] = add_caption(fitted, name)
        return tile

    def rows(self, tiles: Sequence[UInt8]) -> list[UInt8]:
        """Tiles side by side, row by row."""
        rows = []
        for first in range(0, len(tiles), self.n_columns):
            row = np.full((self.tile_h_px, self.width_px, 3), GROUND, np.uint8)
            for k, tile in enumerate(tiles[first : first + self.n_columns]):
                u0 = k * (self.tile_w_px + GAP_PX)
                row[:, u0 : u0 + self.tile_w_px] = tile
            rows.append(row)
        return rows


def compose(title: str, note: str, rows: Sequence[UInt8]) -> UInt8:
    """Put the parts of a frame's picture together.

    Args:
        title: left in the strip at the top, bright.
        note: right of it, dim.
        rows: (H, W, 3) RGB images of equal width, from top to bottom; at least one.

    Returns:
        (H, W, 3) RGB image of even size, as video codecs want it.
    """
    width_px = rows[0].shape[1]
    gap = np.full((GAP_PX, width_px, 3), GROUND, np.uint8)
    parts = [_title(title, note, width_px)]
    for row in rows:
        parts += [gap, row]
    stacked = np.concatenate(parts)
    return np.ascontiguousarray(stacked[: len(stacked) // 2 * 2, : width_px // 2 * 2])


def add_caption(image: UInt8, text: str) -> UInt8:
    """The image with a small caption in its upper left corner."""
    captioned = image.copy()
    size_px = max(11, round(image.shape[1] / 75))
    pad = size_px // 2
    shade(captioned, (0, 0, text_size(text, size_px, 500)[0] + 2 * pad, 2 * size_px), PANEL, 0.7)
    draw_text(captioned, text, (pad, 1.35 * size_px), size_px, TEXT, 500)
    return captioned


def _title(title: str, note: str, width_px: int) -> UInt8:
    strip = np.full((TITLE_PX, width_px, 3), PANEL, np.uint8)
    end = draw_text(strip, title, (12, 23), 16, TEXT, 600)
    draw_text(strip, note, (end + 18, 23), 14, FAINT)
    return strip
