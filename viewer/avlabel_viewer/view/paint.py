"""What each view shows, as arrays; knows nothing of the window."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64, UInt8
from avlabel.render.ink import draw_outline
from avlabel.render.palette import SELECTED
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.drawing.film import draw_film
from avlabel_viewer.drawing.handles import Handles
from avlabel_viewer.drawing.object_view import ObjectStyle, draw_object_view
from avlabel_viewer.drawing.points_on_photo import CloudOnPhoto
from avlabel_viewer.drawing.timeline import draw_timeline
from avlabel_viewer.editing.handles import Handle, Kind, handles_of
from avlabel_viewer.session.timeline import timeline_marks
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

NO_LINE = np.zeros((0, 2))
TITLES = {"top": "TOP", "side": "SIDE", "rear": "REAR"}


def paint_plane(desk: Desk, name: str) -> UInt8:
    """``top``, ``side`` or ``rear`` of the selected object, (H, W, 3) uint8."""
    cuboids, selected = desk.box.boxes()
    place = desk.box.placement
    view = desk.views.plane(name, desk.anchor)
    cloud = desk.cloud
    picture = draw_object_view(
        view,
        cloud.points,
        cloud.colors,
        cuboids,
        selected,
        desk.session.scene.taxonomy,
        handles=None if place is None else drawn_handles(desk, name, view),
        style=ObjectStyle(name=TITLES[name]),
    )
    if desk.rectangle is not None:
        draw_outline(picture, view.project(desk.rectangle), SELECTED, 1)
    return picture


def drawn_handles(desk: Desk, name: str, view: Viewpoint) -> Handles:
    """Handles of the selected box in a view, the one under the mouse marked."""
    place = desk.box.placement
    handles = [] if place is None else handles_of(place, view, tilt=desk.tilt)
    knobs = [handle for handle in handles if handle.kind is not Kind.BODY]
    over_view, over = desk.hot
    under_mouse = (over.kind, over.signs) if over is not None and over_view == name else None
    hot = next((one for one in handles if (one.kind, one.signs) == under_mouse), None)
    return Handles(
        uv_px=np.array([one.px for one in knobs]).reshape(-1, 2),
        turns=np.array([one.kind is Kind.KNOB for one in knobs], np.bool_),
        hot=None if hot is None or hot.kind is Kind.BODY else knobs.index(hot),
        hot_line_px=NO_LINE if hot is None else _outlined(hot),
    )


def _outlined(handle: Handle) -> Float64:
    """(P, 2) what of a box glows under the mouse: a face's edge, or its whole outline."""
    if handle.kind is Kind.BODY:
        return np.concatenate([handle.outline_px, handle.outline_px[:1]])
    return handle.outline_px if handle.kind is Kind.FACE else NO_LINE


def paint_images(desk: Desk) -> UInt8:
    """All camera images, (H, W, 3) uint8."""
    wall = desk.wall()
    desk.sensors.want_sharp(None if wall.zoomed is None else wall.zoomed.photo.camera)
    cloud, on_image = desk.cloud, desk.session.display.points_on_image
    points = CloudOnPhoto(cloud.points, cloud.colors) if on_image else None
    return desk.sensors.photos.draw(wall, desk.views.size("images"), points)


def paint_film(desk: Desk) -> UInt8:
    """The selected object in many frames, (H, W, 3) uint8."""
    session = desk.session
    frames = session.scene.frames.frame_idx
    accepted = frames[session.verdicts.reviewed].tolist()
    taxonomy = session.scene.taxonomy
    return draw_film(desk.film_strip(), taxonomy, current=session.frame_idx, accepted=accepted)


def paint_timeline(desk: Desk) -> UInt8:
    """The frames of the scene, (H, W, 3) uint8."""
    session = desk.session
    ready = desk.sensors.frames.ready
    marks = timeline_marks(
        session.labels, session.verdicts, session.queue.items, session.track_id, ready
    )
    return draw_timeline(desk.timeline(), marks, session.frame_idx)
