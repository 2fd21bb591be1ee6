"""Colours, all RGB: classes from Okabe and Ito's colour-blind safe set, on a dark ground."""

from __future__ import annotations

import colorsys

from avlabel.core.taxonomy import Taxonomy

Rgb = tuple[int, int, int]

GROUND: Rgb = (15, 18, 23)
PANEL: Rgb = (24, 28, 35)
GRID: Rgb = (52, 59, 70)
FAINT: Rgb = (120, 130, 145)
TEXT: Rgb = (232, 236, 241)
EGO: Rgb = (240, 244, 248)
GOLDEN_PART = 0.6180339887
SELECTED: Rgb = (255, 255, 255)
ERROR: Rgb = (255, 92, 82)
WARNING: Rgb = (255, 176, 32)
ACCEPTED: Rgb = (96, 200, 110)

_LEAVES: dict[str, Rgb] = {
    "car": (86, 180, 233),
    "van": (150, 215, 240),
    "truck": (0, 190, 140),
    "trailer": (120, 220, 185),
    "bus": (225, 135, 185),
    "other_vehicle": (190, 175, 240),
    "motorcycle": (235, 110, 45),
    "bicycle": (240, 170, 40),
    "pedestrian": (245, 230, 80),
}
_PARENTS: dict[str, Rgb] = {
    "vehicle": (86, 180, 233),
    "cyclist": (240, 170, 40),
    "pedestrian": (245, 230, 80),
}
_OTHER: Rgb = (175, 182, 192)


def class_colors(taxonomy: Taxonomy) -> list[Rgb]:
    """One colour a leaf, by code; leaves that have none of their own take their parent's."""
    parents = [taxonomy.parents[parent] for parent in taxonomy.parent_of]
    return [
        _LEAVES.get(leaf, _PARENTS.get(parent, _OTHER))
        for leaf, parent in zip(taxonomy.leaves, parents, strict=True)
    ]


def track_color(track_id: int) -> Rgb:
    """A bright colour by which neighbouring numbers are told apart; always the same for one."""
    # The golden angle spreads hues evenly, however many there are.
    hue = (track_id * GOLDEN_PART) % 1.0
    lightness = (0.62, 0.72, 0.8)[track_id % 3]
    r, g, b = colorsys.hls_to_rgb(hue, lightness, 0.75)
    return round(255 * r), round(255 * g), round(255 * b)


def dimmed(color: Rgb, part: float, ground: Rgb = GROUND) -> Rgb:
    """``part`` of a colour over ``ground``."""
    r, g, b = (round(part * c + (1 - part) * d) for c, d in zip(color, ground, strict=True))
    return r, g, b
