"""Where the tiles of a film are: one object over many frames, each frame a tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import FloatArray, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat
from avlabel_viewer.drawing.images import FrameBoxes, Photo, zoomed_view
from avlabel_viewer.viewpoints.around_box import (
    ViewOf,
    fitting_scale_of,
    rear,
    side,
    top,
    top_upright,
)
from avlabel_viewer.viewpoints.image import ImageView
from avlabel_viewer.viewpoints.ortho import OrthoView

GAP_PX = 3
HEAD_PX = 16
LEAST_PX = 8
MORE_M = 0.5
"""A tile shows so much more than the box."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmFrame:
    """The object in one frame.

    Attributes:
        frame_idx: the recording's own frame number.
        box: one row, world: where the object is, or would be.
        is_there: whether it has a box in this frame.
        points: (N, 3) metres, world; near the object is enough.
        colors: (N, 3) uint8 RGB.
        photo: an image that shows it, if one is wanted.
    """

    frame_idx: int
    box: Cuboids
    is_there: bool
    points: FloatArray
    colors: UInt8
    photo: Photo | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One view in a tile.

    Attributes:
        left_px: first column in the film; ``top_px`` first row.
        top_px: see ``left_px``.
        view: its pixels begin at the section's own corner.
    """

    left_px: int
    top_px: int
    view: OrthoView | ImageView


@dataclass(frozen=True, slots=True, eq=False)
class FilmTile:
    """One frame's place.

    Attributes:
        frame: what is shown.
        left_px: first column; ``top_px`` first row.
        top_px: see ``left_px``.
        width_px: of the tile, its head included.
        height_px: see ``width_px``.
        sections: its views from top to bottom.
    """

    frame: FilmFrame
    left_px: int
    top_px: int
    width_px: int
    height_px: int
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """Where each frame is in the picture.

    Attributes:
        tiles: in the order of the frames.
        width_px: of the picture.
        height_px: of the picture.
    """

    tiles: tuple[FilmTile, ...]
    width_px: int
    height_px: int

    @classmethod
    def of(
        cls,
        frames: Sequence[FilmFrame],
        width_px: int,
        height_px: int,
        *,
        three_views: bool = False,
    ) -> Film:
        """Tiles in rows, all at one scale, as large as fits.

        Args:
            frames: in order of time.
            width_px: of the picture.
            height_px: of the picture.
            three_views: from the side and from behind as well as from above.
        """
        if not frames:
            return cls((), width_px, height_px)
        size_m = np.max([frame.box.size_lwh[0] for frame in frames], axis=0)
        photos = any(frame.photo is not None for frame in frames)
        plans = _plans(len(frames), size_m, (width_px, height_px), three_views, photos)
        plan = max(plans, key=lambda plan: plan.px_per_m)
        tiles = [_tile(frame, i, plan) for i, frame in enumerate(frames)]
        return cls(tuple(tiles), width_px, height_px)

    def at(self, u_px: float, v_px: float) -> FilmTile | None:
        """The tile under a pixel; None between tiles."""
        for tile in self.tiles:
            across, down = u_px - tile.left_px, v_px - tile.top_px
            if -0.5 <= across < tile.width_px - 0.5 and -0.5 <= down < tile.height_px - 0.5:
                return tile
        return None


@dataclass(frozen=True, slots=True)
class _Plan:
    """Tiles of one size: how many side by side, and what each shows from top to bottom."""

    n_columns: int
    tile_px: tuple[int, int]
    views: tuple[ViewOf, ...]
    photos: bool
    px_per_m: float

    @property
    def section_px(self) -> int:
        """Height of each view."""
        n_sections = len(self.views) + self.photos
        return max(LEAST_PX, (self.tile_px[1] - HEAD_PX) // n_sections)


def _plans(
    n: int, size_m: FloatArray, film_px: tuple[int, int], three_views: bool, photos: bool
) -> list[_Plan]:
    """All numbers of columns, with cars that drive to the right or upwards."""
    kinds: list[tuple[ViewOf, ...]] = (
        [(top, side, rear)] if three_views else [(top,), (top_upright,)]
    )
    plans = []
    for n_columns in range(1, n + 1):
        n_rows = -(-n // n_columns)
        wide = max(LEAST_PX, (film_px[0] - GAP_PX * (n_columns - 1)) // n_columns)
        high = max(HEAD_PX + LEAST_PX, (film_px[1] - GAP_PX * (n_rows - 1)) // n_rows)
        for views in kinds:
            draft = _Plan(n_columns, (wide, high), views, photos, 0.0)
            scales = (fitting_scale_of(v, size_m, wide, draft.section_px, MORE_M) for v in views)
            plans.append(replace(draft, px_per_m=min(scales)))
    return plans


def _tile(frame: FilmFrame, i: int, plan: _Plan) -> FilmTile:
    wide, high = plan.tile_px
    left = (i % plan.n_columns) * (wide + GAP_PX)
    above = (i // plan.n_columns) * (high + GAP_PX)
    rotation = matrix_from_quat(frame.box.quat_wxyz[0])
    size = plan.px_per_m, wide, plan.section_px
    views: list[OrthoView | ImageView] = [
        view_of(frame.box.center[0], rotation, *size) for view_of in plan.views
    ]
    if frame.photo is not None:
        boxes = FrameBoxes(frame.box, selected=0)
        photo_px = wide, plan.section_px
        views.append(zoomed_view(frame.photo, boxes, *photo_px) or frame.photo.view(*photo_px))
    sections = tuple(
        Section(left, above + HEAD_PX + k * plan.section_px, view) for k, view in enumerate(views)
    )
    return FilmTile(frame, left, above, wide, high, sections)
