"""One object over many frames side by side: a box that jumps, turns or shrinks stands out."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from avlabel.core.arrays import Float64, UInt8
from avlabel.core.cuboids import Source
from avlabel.core.taxonomy import Taxonomy
from avlabel.render.ink import blank, draw_fill, draw_outline, draw_text, shade, text_size
from avlabel.render.palette import ACCEPTED, FAINT, GROUND, PANEL, SELECTED, TEXT, class_colors
from avlabel_viewer.drawing.film_layout import HEAD_PX, Film, FilmTile, Section
from avlabel_viewer.drawing.images import FrameBoxes, draw_photo
from avlabel_viewer.drawing.object_view import ObjectStyle, draw_object_view
from avlabel_viewer.viewpoints.ortho import OrthoView

TEXT_PX = 11
SOURCES = {Source.AUTO: "auto", Source.INTERPOLATED: "interp", Source.HUMAN: "human"}


def draw_film(
    film: Film,
    taxonomy: Taxonomy,
    *,
    current: int | None = None,
    chosen: Collection[int] = (),
    accepted: Collection[int] = (),
) -> UInt8:
    """Draw each frame's points and box, its number and where the box comes from.

    Args:
        film: what and where.
        taxonomy: classes, for colours.
        current: frame that is framed in white.
        chosen: frames that are framed too, thinner: what is done next is done to all of them.
        accepted: frames whose box was reviewed, marked green.

    Returns:
        (height_px, width_px, 3) uint8 RGB.
    """
    picture = blank(film.height_px, film.width_px, GROUND)
    for tile in film.tiles:
        for section in tile.sections:
            _paste(picture, _drawn(tile, section, taxonomy), section.left_px, section.top_px)
        _paste(picture, _head(tile, taxonomy, accepted), tile.left_px, tile.top_px)
    for tile in film.tiles:
        if tile.frame.frame_idx in chosen:
            draw_outline(picture, _border(tile), FAINT, 1)
        if tile.frame.frame_idx == current:
            draw_outline(picture, _border(tile), SELECTED, 2)
    return picture


def _drawn(tile: FilmTile, section: Section, taxonomy: Taxonomy) -> UInt8:
    frame, view = tile.frame, section.view
    boxes = frame.box if frame.is_there else frame.box.select(slice(0, 0))
    row = 0 if frame.is_there else None
    if isinstance(view, OrthoView):
        style = ObjectStyle(dims=False, scale_bar=False)
        args = frame.points, frame.colors, boxes, row, taxonomy
        return draw_object_view(view, *args, style=style)
    if frame.photo is None:
        return blank(view.height_px, view.width_px, PANEL)
    shown = FrameBoxes(boxes, selected=row)
    return draw_photo(frame.photo, view, shown, taxonomy, tags=False, caption=False)


def _head(tile: FilmTile, taxonomy: Taxonomy, accepted: Collection[int]) -> UInt8:
    """Number on the left; on the right the source, in words if there is room."""
    frame = tile.frame
    head = blank(HEAD_PX, tile.width_px, PANEL)
    end = draw_text(head, str(frame.frame_idx), (5, HEAD_PX - 4), TEXT_PX, TEXT, 600)
    if frame.frame_idx in accepted:
        shade(head, (0, 0, 3, HEAD_PX), ACCEPTED, 1.0)
    if not frame.is_there:
        draw_text(head, "none", (end + 6, HEAD_PX - 4), TEXT_PX, FAINT)
        return head
    source = Source(int(frame.box.source[0]))
    right = _draw_source(head, source, class_colors(taxonomy)[frame.box.category[0]])
    wide = text_size(SOURCES[source], TEXT_PX)[0]
    if right - wide - 6 > end + 6:
        draw_text(head, SOURCES[source], (right - wide - 6, HEAD_PX - 4), TEXT_PX, FAINT)
    return head


def _draw_source(head: UInt8, source: Source, color: tuple[int, int, int]) -> int:
    """The same mark as in the timeline; returns its left border."""
    right, middle = head.shape[1] - 5, HEAD_PX / 2 - 0.5
    if source == Source.HUMAN:
        x = right - 5.0
        diamond = [[x - 5, middle], [x, middle - 5], [x + 5, middle], [x, middle + 5]]
        draw_fill(head, np.array(diamond), SELECTED)
    else:
        step = 2 if source == Source.AUTO else 4
        for left in range(right - 12, right, step):
            shade(head, (left, 5, left + 2, HEAD_PX - 5), color, 1.0)
    return int(right - 12)


def _border(tile: FilmTile) -> Float64:
    left, top = tile.left_px, tile.top_px
    right, bottom = left + tile.width_px - 1, top + tile.height_px - 1
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _paste(picture: UInt8, part: UInt8, left: int, top: int) -> None:
    """Put a part into the picture, as far as it reaches."""
    room = picture[top : top + part.shape[0], left : left + part.shape[1]]
    room[:] = part[: room.shape[0], : room.shape[1]]
