"""Steps and looks that several tests of the window share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from window_driver import Window

from avlabel.scenes.scene import Scene

BRIGHT, MOST = 200, 0.7


def middle(corners: object) -> tuple[float, float]:
    """Pixel between some corners."""
    u, v = np.mean(np.array(corners), axis=0)
    return float(u), float(v)


def select_something(window: Window) -> int:
    """Select the object nearest to the vehicle by key; its track."""
    window.key("Down")
    return int(window.wait(lambda shown: shown["track_id"] >= 0)["track_id"])


def select(window: Window, track_id: int) -> None:
    """Go through the objects of the frame by key until one is selected."""
    for _ in window.shown["boxes_px"]["street"]:
        if window.shown["track_id"] == track_id:
            return
        before = window.shown["track_id"]
        window.key("Down")
        window.wait(lambda shown: shown["track_id"] != before)  # noqa: B023 (called at once)
    raise AssertionError(f"object {track_id} is not in this frame")


def in_corner(window: Window, name: str) -> tuple[float, float]:
    """A pixel of a view where nothing is."""
    left, top, width, _height = window.shown["rects"][name]
    return left + width - 6, top + 6


def in_middle(window: Window, name: str) -> tuple[float, float]:
    """The middle pixel of a view."""
    left, top, width, height = window.shown["rects"][name]
    return left + width / 2, top + height / 2


def placed(scene: Scene, track_id: int, frame_idx: int) -> tuple[np.ndarray, np.ndarray]:
    """Centre and size of a box as it is on the disk now."""
    cuboids = scene.resolved().cuboids
    row = np.flatnonzero((cuboids.track_id == track_id) & (cuboids.frame_idx == frame_idx))[0]
    return cuboids.center[row], cuboids.size_lwh[row]


def is_outlined(picture: np.ndarray, corners: np.ndarray) -> bool:
    """Whether white lines run between four corners, in order; what is behind may be fainter."""
    ends = np.roll(corners, -1, axis=0)
    shares = np.array([0.3, 0.6])[:, None, None]
    at = np.rint(corners + shares * (ends - corners)).astype(int).reshape(-1, 2)
    whitest = [picture[v - 2 : v + 3, u - 2 : u + 3].min(axis=2).max() for u, v in at]
    return float(np.mean(np.array(whitest) > BRIGHT)) >= MOST


def is_recorded(shown: Mapping[str, Any], name: str) -> bool:
    """Whether the last edit has this name and is on the disk."""
    return name in shown["message"] and not shown["unrecorded"]
