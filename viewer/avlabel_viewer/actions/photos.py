"""The camera images of the current frame: where each is, and what lies under a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.errors import SceneError
from avlabel.geometry.turning import turn_rates
from avlabel.render.mosaic import camera_order, looks_ahead
from avlabel.render.palette import GROUND
from avlabel.render.shots import Shots
from avlabel.scenes.scene import Scene
from avlabel_viewer.drawing.image_picking import boxes_under
from avlabel_viewer.drawing.images import (
    FrameBoxes,
    Photo,
    best_photo,
    draw_photo,
    view_of_selected,
    zoomed_view,
)
from avlabel_viewer.drawing.mosaic import Mosaic, Tile, draw_mosaic
from avlabel_viewer.drawing.points_on_photo import CloudOnPhoto
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.viewpoints.shifted import ShiftedView

ZOOMED_PART = 0.4
"""Of the picture's width, for the cut-out around the selected object."""


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """The images of a frame, hung into a picture.

    Attributes:
        boxes: of the frame.
        mosaic: all images.
        zoomed: cut-out around the selected object, left of them; None if there is none.
        left_px: column at which the mosaic begins.
    """

    boxes: FrameBoxes
    mosaic: Mosaic
    zoomed: Tile | None
    left_px: int

    def at(self, u_px: float, v_px: float) -> tuple[Tile, int, int] | None:
        """The image under a pixel, and the column and row of its corner; None beside them."""
        if self.zoomed is not None and u_px < self.left_px:
            return self.zoomed, 0, 0
        found = self.mosaic.at(u_px - self.left_px, v_px)
        return found and (found[0], self.left_px + found[0].left_px, found[0].top_px)

    def view(self, u_px: float, v_px: float) -> ShiftedView | None:
        """The view by whose rays the selected box is dragged under a pixel."""
        found = self.at(u_px, v_px)
        if found is None:
            return None
        tile, left, top = found
        return ShiftedView(view_of_selected(tile.view, tile.photo, self.boxes), left, top)

    def box_under(self, u_px: float, v_px: float) -> int | None:
        """Row of the frame's box under a pixel; None if there is none."""
        found = self.at(u_px, v_px)
        if found is None:
            return None
        tile, left, top = found
        rows = boxes_under(tile.photo, tile.view, self.boxes, u_px - left, v_px - top)
        return int(rows[0]) if len(rows) else None


class Photos:
    """Finds and draws the images of a scene's frames.

    Args:
        scene: whose cameras.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene, self._shots = scene, Shots(scene)
        self._cameras = [name for name in camera_order(scene.rig) if name in scene.cameras]
        self._ahead = looks_ahead(scene.rig)
        self._turning: tuple[Cuboids | None, Float64] = (None, np.zeros(0))

    def wall(
        self,
        data: FrameData | None,
        frame_idx: int,
        labels: Cuboids,
        shown: Cuboids,
        selected: int | None,
        size_px: tuple[int, int],
        *,
        zoom: bool,
    ) -> Wall:
        """Hang the images of a frame.

        Args:
            data: of the frame; None while it is read.
            frame_idx: its number.
            labels: all boxes of the scene, for how fast each turns.
            shown: those of the frame as they look now, in the rows' order.
            selected: row of ``shown``.
            size_px: width and height of the picture.
            zoom: whether the selected object is cut out beside the images.
        """
        turning = self._turn_rates(labels)[labels.frame_idx == frame_idx]
        boxes = FrameBoxes(shown, turning, selected)
        photos = [self._photo(name, frame_idx, data) for name in self._cameras]
        width, height = size_px
        zoomed = self._zoomed(photos, boxes, int(width * ZOOMED_PART), height) if zoom else None
        left = 0 if zoomed is None else int(width * ZOOMED_PART) + 2
        large = None if zoomed else self._large(photos, boxes)
        return Wall(boxes, Mosaic.of(photos, width - left, height, large), zoomed, left)

    def draw(
        self, wall: Wall, size_px: tuple[int, int], cloud: CloudOnPhoto | None = None
    ) -> UInt8:
        """(H, W, 3) uint8 RGB of a wall, with points on its cut-out if given."""
        width, height = size_px
        picture = np.full((height, width, 3), GROUND, np.uint8)
        taxonomy, current = self._scene.taxonomy, None
        if wall.zoomed is not None:
            tile = wall.zoomed
            current = tile.photo.camera
            picture[:, : tile.view.width_px] = draw_photo(
                tile.photo, tile.view, wall.boxes, taxonomy, cloud=cloud
            )
        picture[:, wall.left_px :] = draw_mosaic(wall.mosaic, wall.boxes, taxonomy, current)
        return picture

    def _large(self, photos: list[Photo], boxes: FrameBoxes) -> str | None:
        """The camera that shows most of the selected object, or else looks ahead."""
        best = best_photo(photos, boxes)
        return self._ahead if best is None else best.camera

    def _zoomed(
        self, photos: list[Photo], boxes: FrameBoxes, width_px: int, height_px: int
    ) -> Tile | None:
        photo = best_photo(photos, boxes)
        view = photo and zoomed_view(photo, boxes, width_px, height_px)
        return Tile(photo, 0, 0, view) if photo and view else None

    def _photo(self, name: str, frame_idx: int, data: FrameData | None) -> Photo:
        image = None if data is None else data.images.get(name)
        is_coming = data is None or name in data.pending
        note = "reading" if is_coming else "no image"
        model = self._scene.rig.cameras[name].model
        try:
            shot = self._shots.of(frame_idx, name)
        except SceneError:
            # One camera's damaged table must not keep the others from being seen.
            return Photo(name, model, None, None, "its table is damaged")
        return Photo(name, model, image, shot, note)

    def _turn_rates(self, labels: Cuboids) -> Float64:
        if self._turning[0] is not labels:
            self._turning = labels, turn_rates(labels)
        return self._turning[1]
