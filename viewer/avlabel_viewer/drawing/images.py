"""Camera images with the boxes of their frame, each where the camera saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64, UInt8
from avlabel.core.cameras import CameraModel
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3, matrix_from_quat
from avlabel.core.taxonomy import Taxonomy
from avlabel.geometry.projection import ImageBoxes, project_boxes
from avlabel.render.camera import CameraStyle, draw_cuboids
from avlabel.render.ink import blank, draw_text, shade, text_size
from avlabel.render.labels import Box
from avlabel.render.palette import FAINT, PANEL, TEXT
from avlabel.render.shots import SeenBoxes, Shot
from avlabel_viewer.drawing.cut_out import cut_out
from avlabel_viewer.drawing.points_on_photo import CloudOnPhoto, draw_cloud
from avlabel_viewer.viewpoints.image import ImageView

ZOOM_MARGIN = 0.6
"""A zoomed image shows so many times an object's size on each side of it."""
LEAST_ZOOMED_PX = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """What a frame has of one camera.

    Attributes:
        camera: its name.
        model: its optics.
        image: (H, W, 3) uint8 RGB, of the size that the calibration says or smaller; None if
            there is none.
        shot: when and from where; None if unknown, then it shows no boxes.
        note: what is said instead of an image, such as that it is being read.
    """

    camera: str
    model: CameraModel
    image: UInt8 | None
    shot: Shot | None
    note: str = "no image"

    def view(self, width_px: int, height_px: int) -> ImageView:
        """The whole image, as large as fits."""
        return ImageView.whole(self.model, self._cam_from_world, width_px, height_px)

    @property
    def _cam_from_world(self) -> SE3:
        return SE3.identity() if self.shot is None else self.shot.cam_from_world


@dataclass(frozen=True, slots=True, eq=False)
class FrameBoxes:
    """The boxes of a frame.

    Attributes:
        cuboids: N boxes, world.
        turn_rate: (N,) float64 radians a second (``geometry.turning.turn_rates``); None for 0.
        selected: row of the selected one, if any.
    """

    cuboids: Cuboids
    turn_rate: Float64 | None = None
    selected: int | None = None

    def seen(self, photo: Photo) -> SeenBoxes | None:
        """Those that a photo may show; None where nobody knows from where it was taken."""
        return None if photo.shot is None else photo.shot.boxes(self.cuboids, self.turn_rate)

    def selected_in(self, photo: Photo) -> ImageBoxes | None:
        """The selected box in a photo's image; None without either."""
        if self.selected is None or photo.shot is None:
            return None
        row = slice(self.selected, self.selected + 1)
        turning = None if self.turn_rate is None else self.turn_rate[row]
        seen = photo.shot.boxes(self.cuboids.select(row), turning)
        return project_boxes(seen.corners_cam, photo.model) if len(seen.rows) else None


def draw_photo(
    photo: Photo,
    view: ImageView,
    boxes: FrameBoxes,
    taxonomy: Taxonomy,
    *,
    cloud: CloudOnPhoto | None = None,
    tags: bool = True,
    caption: bool = True,
) -> UInt8:
    """Draw what a view shows of a photo, its boxes on it.

    Args:
        photo: the camera's image.
        view: which part of it, how large (``Photo.view``, ``zoomed_view``).
        boxes: of the frame.
        taxonomy: names of the classes.
        cloud: points that are drawn beneath the boxes.
        tags: whether boxes bear their names.
        caption: whether the camera's name is in the corner.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    if photo.image is None:
        return _without_image(photo, view)
    picture = cut_out(photo.image, view)
    if cloud is not None and photo.shot is not None:
        draw_cloud(picture, view, cloud)
    seen = boxes.seen(photo)
    if seen is not None and len(seen.rows):
        selected = np.flatnonzero(seen.rows == (-1 if boxes.selected is None else boxes.selected))
        row = int(selected[0]) if len(selected) else None
        reserved = (_caption_box(view, photo.camera),) if caption else ()
        style = CameraStyle(row, seen.hidden, tags, view.crop, reserved)
        shown = boxes.cuboids.select(seen.rows)
        picture = draw_cuboids(picture, shown, seen.corners_cam, photo.model, taxonomy, style)
    if caption:
        _draw_caption(picture, view, photo.camera)
    return picture


def best_photo(photos: Sequence[Photo], boxes: FrameBoxes) -> Photo | None:
    """The one that shows most of the selected box; None if none shows anything of it."""
    sizes = [_shown_px(boxes.selected_in(photo)) if _has_image(photo) else 0.0 for photo in photos]
    return photos[int(np.argmax(sizes))] if max(sizes, default=0.0) > 0 else None


def zoomed_view(photo: Photo, boxes: FrameBoxes, width_px: int, height_px: int) -> ImageView | None:
    """A view around the selected box with some of what is beside it; None if it is not in view."""
    found = boxes.selected_in(photo)
    if found is None or not found.visible[0]:
        return None
    u0, v0, u1, v1 = found.uv_box[0]
    u, v = (u0 + u1) / 2, (v0 + v1) / 2
    half_u = max((0.5 + ZOOM_MARGIN) * (u1 - u0), LEAST_ZOOMED_PX / 2)
    half_v = max((0.5 + ZOOM_MARGIN) * (v1 - v0), LEAST_ZOOMED_PX / 2)
    rect = (u - half_u, v - half_v, u + half_u, v + half_v)
    whole = photo.view(width_px, height_px)
    around = ImageView.around(whole.model, whole.cam_from_world, rect, width_px, height_px)
    return whole if around.scale < whole.scale else around


def view_of_selected(view: ImageView, photo: Photo, boxes: FrameBoxes) -> ImageView:
    """A view by whose rays the selected box is dragged where the image shows it.

    An object moves between the sweep and the exposure. The camera of this view stands where it
    sees the box as it is stored at the place where the image shows it: in the object's own rest
    frame. Without a selected box in view it is the view itself.
    """
    if boxes.selected is None or photo.shot is None:
        return view
    one = boxes.cuboids.select(slice(boxes.selected, boxes.selected + 1))
    turning = None if boxes.turn_rate is None else boxes.turn_rate[[boxes.selected]]
    seen = photo.shot.boxes(one, turning)
    if not len(seen.rows):
        return view
    rotation = _axes(seen.corners_cam[0]) @ matrix_from_quat(one.quat_wxyz[0]).T
    middle = seen.corners_cam[0].mean(axis=0)
    return replace(view, cam_from_world=SE3(rotation, middle - rotation @ one.center[0]))


def _axes(corners: Float64) -> Float64:
    """(3, 3) columns are the axes of a box of corners (8, 3), made a rotation.

    A rolling shutter shears what moves, a little.
    """
    ways = np.column_stack(
        [corners[0] - corners[3], corners[0] - corners[1], corners[4] - corners[0]]
    )
    u, _, vt = np.linalg.svd(ways / np.linalg.norm(ways, axis=0))
    return np.asarray(u @ vt)


def _has_image(photo: Photo) -> bool:
    return photo.image is not None


def _shown_px(found: ImageBoxes | None) -> float:
    """The root of the area that shows, much less where some of the box is cut off."""
    if found is None or not found.visible[0]:
        return 0.0
    u0, v0, u1, v1 = found.uv_box[0]
    return float(np.sqrt((u1 - u0) * (v1 - v0)) * (1.0 - found.truncation[0]) ** 2)


def _caption_box(view: ImageView, text: str) -> Box:
    """Where the caption stands: the upper left corner."""
    size_px = _caption_px(view)
    return 0, 0, text_size(text, size_px, 500)[0] + size_px, round(1.7 * size_px)


def _caption_px(view: ImageView) -> int:
    return 11 if view.width_px < 500 else 13


def _draw_caption(picture: UInt8, view: ImageView, text: str) -> None:
    size_px = _caption_px(view)
    shade(picture, _caption_box(view, text), PANEL, 0.7)
    draw_text(picture, text, (size_px / 2, 1.2 * size_px), size_px, TEXT, 500)


def _without_image(photo: Photo, view: ImageView) -> UInt8:
    picture = blank(view.height_px, view.width_px, PANEL)
    wide = text_size(photo.note, 13)[0]
    draw_text(picture, photo.note, ((view.width_px - wide) / 2, view.height_px / 2), 13, FAINT)
    _draw_caption(picture, view, photo.camera)
    return picture
