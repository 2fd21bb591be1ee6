"""All cameras of a frame in one picture, and which of them is under a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.core.taxonomy import Taxonomy
from avlabel.render.ink import blank, draw_outline
from avlabel.render.palette import GROUND, SELECTED
from avlabel_viewer.drawing.images import FrameBoxes, Photo, draw_photo
from avlabel_viewer.viewpoints.image import ImageView

GAP_PX = 4
TAGS_FROM_PX = 480
"""Tiles narrower than that have no room for names."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One camera's place.

    Attributes:
        photo: the camera's image.
        left_px: first column; ``top_px`` first row.
        top_px: see ``left_px``.
        view: of the whole image; its pixels begin at the tile's own corner.
    """

    photo: Photo
    left_px: int
    top_px: int
    view: ImageView


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """Where each camera is in the picture.

    Attributes:
        tiles: in the order of the cameras given.
        width_px: of the picture.
        height_px: of the picture.
    """

    tiles: tuple[Tile, ...]
    width_px: int
    height_px: int

    @classmethod
    def of(cls, photos: Sequence[Photo], width_px: int, height_px: int) -> Mosaic:
        """Rows of equal tiles, as large as fits; the whole is centred."""
        if not photos:
            return cls((), width_px, height_px)
        aspect = float(np.median([p.model.width_px / p.model.height_px for p in photos]))
        n_rows = max(
            range(1, len(photos) + 1),
            key=lambda n: _tile_size(len(photos), n, aspect, width_px, height_px)[0],
        )
        wide, high = _tile_size(len(photos), n_rows, aspect, width_px, height_px)
        columns = -(-len(photos) // n_rows)
        left = (width_px - columns * (wide + GAP_PX) + GAP_PX) // 2
        top = (height_px - n_rows * (high + GAP_PX) + GAP_PX) // 2
        tiles = tuple(
            Tile(
                photo,
                left + (i % columns) * (wide + GAP_PX),
                top + (i // columns) * (high + GAP_PX),
                photo.view(wide, high),
            )
            for i, photo in enumerate(photos)
        )
        return cls(tiles, width_px, height_px)

    def at(self, u_px: float, v_px: float) -> tuple[Tile, float, float] | None:
        """The tile under a pixel, and the pixel in the tile's view; None between tiles."""
        for tile in self.tiles:
            u, v = u_px - tile.left_px, v_px - tile.top_px
            if -0.5 <= u < tile.view.width_px - 0.5 and -0.5 <= v < tile.view.height_px - 0.5:
                return tile, u, v
        return None


def draw_mosaic(
    mosaic: Mosaic, boxes: FrameBoxes, taxonomy: Taxonomy, current: str | None = None
) -> UInt8:
    """Draw all cameras, the current one framed.

    Returns:
        (height_px, width_px, 3) uint8 RGB.
    """
    picture = blank(mosaic.height_px, mosaic.width_px, GROUND)
    for tile in mosaic.tiles:
        view, left, top = tile.view, tile.left_px, tile.top_px
        drawn = draw_photo(tile.photo, view, boxes, taxonomy, tags=view.width_px >= TAGS_FROM_PX)
        picture[top : top + view.height_px, left : left + view.width_px] = drawn
        if tile.photo.camera == current:
            corner = np.array([left, top]) - 1.0
            size = np.array([view.width_px, view.height_px]) + 1.0
            square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
            draw_outline(picture, corner + square * size, SELECTED, 2)
    return picture


def _tile_size(
    n: int, n_rows: int, aspect: float, width_px: int, height_px: int
) -> tuple[int, int]:
    """Width and height of each of ``n`` tiles in so many rows; at least a pixel."""
    columns = -(-n // n_rows)
    wide = (width_px - GAP_PX * (columns - 1)) / columns
    high = (height_px - GAP_PX * (n_rows - 1)) / n_rows
    wide = min(wide, high * aspect)
    return max(1, int(wide)), max(1, int(wide / aspect))
