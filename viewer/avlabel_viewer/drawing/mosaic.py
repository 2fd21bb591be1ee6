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
LARGE_PART = 0.6
"""Of the width that the large one takes at most."""
TAGS_FROM_PX = 360
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
        tiles: the large one first, if there is one, then in the order of the cameras given.
        width_px: of the picture.
        height_px: of the picture.
    """

    tiles: tuple[Tile, ...]
    width_px: int
    height_px: int

    @classmethod
    def of(
        cls, photos: Sequence[Photo], width_px: int, height_px: int, large: str | None = None
    ) -> Mosaic:
        """Rows of equal tiles, as large as fits; the whole is centred.

        Args:
            photos: in the order of reading.
            width_px: of the picture.
            height_px: of the picture.
            large: a camera that takes up the whole height, left of the others.
        """
        size = width_px, height_px
        first = [photo for photo in photos if photo.camera == large and len(photos) > 1]
        if not first:
            return cls(_grid(photos, (0, 0), size), *size)
        wide = min(round(height_px * _aspect(first)), round(LARGE_PART * width_px))
        rest = [photo for photo in photos if photo.camera != large]
        others = _grid(rest, (wide + GAP_PX, 0), (max(width_px - wide - GAP_PX, 1), height_px))
        return cls(_grid(first, (0, 0), (wide, height_px)) + others, *size)

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


def _grid(
    photos: Sequence[Photo], corner: tuple[int, int], size: tuple[int, int]
) -> tuple[Tile, ...]:
    """Equal tiles in rows, in the middle of a rectangle."""
    if not photos:
        return ()
    n, aspect = len(photos), _aspect(photos)
    n_rows = max(range(1, n + 1), key=lambda rows: _tile_size(n, rows, aspect, *size)[0])
    wide, high = _tile_size(n, n_rows, aspect, *size)
    columns = -(-n // n_rows)
    left = corner[0] + (size[0] - columns * (wide + GAP_PX) + GAP_PX) // 2
    top = corner[1] + (size[1] - n_rows * (high + GAP_PX) + GAP_PX) // 2
    return tuple(
        Tile(
            photo,
            left + (i % columns) * (wide + GAP_PX),
            top + (i // columns) * (high + GAP_PX),
            photo.view(wide, high),
        )
        for i, photo in enumerate(photos)
    )


def _aspect(photos: Sequence[Photo]) -> float:
    """Width by height that most images have, about."""
    return float(np.median([p.model.width_px / p.model.height_px for p in photos]))


def _tile_size(
    n: int, n_rows: int, aspect: float, width_px: int, height_px: int
) -> tuple[int, int]:
    """Width and height of each of ``n`` tiles in so many rows; at least a pixel."""
    columns = -(-n // n_rows)
    wide = (width_px - GAP_PX * (columns - 1)) / columns
    high = (height_px - GAP_PX * (n_rows - 1)) / n_rows
    wide = min(wide, high * aspect)
    return max(1, int(wide)), max(1, int(wide / aspect))
