"""What the window shows, as lines of JSON: for bug reports, measurements and tests."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.actions.facts import status_line
from avlabel_viewer.actions.photos import Wall
from avlabel_viewer.actions.pointer import Pointer
from avlabel_viewer.actions.views import PLANES
from avlabel_viewer.drawing.mosaic import Tile
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.session.changed import Changed

CORNERS = np.array([[x, y, z] for z in (-1, 1) for x, y in ((1, 1), (1, -1), (-1, -1), (-1, 1))])


class Trace:
    """Appends a line after each time that something was drawn, and for what the mouse did.

    Args:
        path: of the file; it is made anew.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._n = 0

    def note(self, desk: Desk, changed: Changed, took_s: float) -> None:
        """Write down what is shown now.

        Args:
            desk: what is shown.
            changed: why it was drawn.
            took_s: seconds that our own drawing took.
        """
        self._n += 1
        session = desk.session
        facts = {
            "n": self._n,
            "time_s": time.monotonic(),
            "took_ms": round(took_s * 1e3, 2),
            "changed": [one.name for one in changed],
            "scene": session.scene.path.rstrip("/").rpartition("/")[2],
            "frame_idx": session.frame_idx,
            "has_data": desk.sensors.data is not None,
            "track_id": session.track_id,
            "unrecorded": desk.box.is_held,
            "mode": desk.mode,
            "dialog": session.prompt.title if session.prompt else desk.sheet,
            "choices": session.prompt.choices if session.prompt else (),
            "message": session.message,
            "rects": desk.views.rects,
            "hot": desk.hot[0],
            "film": _film_px(desk) if desk.film else None,
            "status": status_line(desk),
            "boxes_px": _boxes_px(desk),
        }
        self._write(facts)

    def hear(self, desk: Desk, name: str, pointer: Pointer) -> None:
        """Write down what the mouse did, and where in the window."""
        left, top = desk.views.rects[name][:2]
        self._write({"heard": pointer.kind, "at": [pointer.u_px + left, pointer.v_px + top]})

    def _write(self, facts: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(facts) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _boxes_px(desk: Desk) -> dict[str, Any]:
    """Corners of the boxes in the window: in the street, the images, and the selected one's views.

    Of images it is by camera and track; ``cut-out`` is the image around the selected one.
    """
    cuboids, selected = desk.box.boxes()
    street = {
        str(int(cuboids.track_id[row])): _in_window(desk, "street", Placement.of(cuboids, row))
        for row in range(len(cuboids))
    }
    found = {"street": street, "images": _in_images(desk)}
    if selected is None:
        return found
    chosen = Placement.of(cuboids, selected)
    return {**found, **{name: _in_window(desk, name, chosen) for name in PLANES}}


def _in_window(desk: Desk, name: str, place: Placement) -> list[list[float]] | None:
    view, rect = desk.view_under(name), desk.views.rects.get(name)
    if view is None or rect is None:
        return None
    uv = view.project(place.point(CORNERS)) + np.array(rect[:2])
    return np.round(uv, 1).tolist() if np.isfinite(uv).all() else None


def _in_images(desk: Desk) -> dict[str, dict[str, Any]]:
    left, top = desk.views.rects.get("images", (0, 0))[:2]
    wall = desk.wall()
    places = {
        tile.photo.camera: (tile, left + wall.left_px + tile.left_px, top + tile.top_px)
        for tile in wall.mosaic.tiles
    }
    if wall.zoomed is not None:
        places["cut-out"] = (wall.zoomed, left, top)
    return {name: _in_tile(wall, *place) for name, place in places.items()}


def _film_px(desk: Desk) -> dict[str, list[float]]:
    """Middles of the film's pictures in the window, by frame."""
    left, top = desk.views.rects["film"][:2]
    return {
        str(tile.frame.frame_idx): [
            left + tile.left_px + tile.width_px / 2,
            top + tile.top_px + tile.height_px / 2,
        ]
        for tile in desk.film_strip().tiles
    }


def _in_tile(wall: Wall, tile: Tile, left: int, top: int) -> dict[str, Any]:
    """Boxes that the image shows wholly, by track."""
    seen = wall.boxes.seen(tile.photo)
    if seen is None or not len(seen.rows):
        return {}
    corner, corners = np.array([left, top]), seen.corners_cam
    uv = tile.view.to_view(tile.photo.model.project(corners.reshape(-1, 3))[0]).reshape(-1, 8, 2)
    inside = ((uv >= 0) & (uv < [tile.view.width_px, tile.view.height_px])).all(axis=(1, 2))
    return {
        str(int(wall.boxes.cuboids.track_id[row])): np.round(at + corner, 1).tolist()
        for row, at, shows in zip(seen.rows, uv, inside & ~seen.hidden, strict=True)
        if shows
    }
