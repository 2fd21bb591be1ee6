"""What the window shows, as lines of JSON: for bug reports, measurements and tests."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.actions.views import PLANES
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.session.changed import Changed

CORNERS = np.array([[x, y, z] for z in (-1, 1) for x, y in ((1, 1), (1, -1), (-1, -1), (-1, 1))])


class Trace:
    """Appends a line after each time that something was drawn.

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
            "message": session.message,
            "rects": desk.views.rects,
            "boxes_px": _boxes_px(desk),
        }
        self._file.write(json.dumps(facts) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _boxes_px(desk: Desk) -> dict[str, Any]:
    """Corners of the boxes in the street, and of the selected one in its views, in the window."""
    cuboids, selected = desk.box.boxes()
    street = {
        str(int(cuboids.track_id[row])): _in_window(desk, "street", Placement.of(cuboids, row))
        for row in range(len(cuboids))
    }
    if selected is None:
        return {"street": street}
    chosen = Placement.of(cuboids, selected)
    return {"street": street, **{name: _in_window(desk, name, chosen) for name in PLANES}}


def _in_window(desk: Desk, name: str, place: Placement) -> list[list[float]] | None:
    view, rect = desk.view_under(name), desk.views.rects.get(name)
    if view is None or rect is None:
        return None
    uv = view.project(place.point(CORNERS)) + np.array(rect[:2])
    return np.round(uv, 1).tolist() if np.isfinite(uv).all() else None
