"""Boxes and ways as line segments, for the view in perspective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, FloatArray
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.taxonomy import Taxonomy
from avlabel.geometry.boxes import corners
from avlabel.render.labels import tag_names
from avlabel.render.palette import GROUND, SELECTED, Rgb, class_colors
from avlabel.render.segments import dashed, edges_of
from avlabel.render.trails import Trail

DASH_M, GAP_M = 0.22, 0.16
ARROW_OF_WIDTH, LONGEST_ARROW_M = 0.55, 1.2
FAINT_PART = 0.35
OLDEST_PART = 0.15
"""Of its colour that the oldest end of a trail has."""


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """M line segments.

    Attributes:
        segments: (M, 2, 3) float32 metres, world.
        colors: (M, 3) float32 RGB in 0..1.
    """

    segments: Float32
    colors: Float32

    @classmethod
    def of(cls, segments: FloatArray, colors: FloatArray) -> Lines:
        """From segments (M, 2, 3) and colours (M, 3) in 0..255."""
        return cls(segments.astype(np.float32), (colors / 255.0).astype(np.float32))

    def __len__(self) -> int:
        """Number of segments."""
        return len(self.segments)


@dataclass(frozen=True, slots=True, eq=False)
class BoxLines:
    """The boxes of a frame; each kind is drawn in a width of its own.

    Attributes:
        thin: of the machine; interpolated ones dashed.
        thick: of people.
        selected: the selected one, in white.
    """

    thin: Lines
    thick: Lines
    selected: Lines


def box_lines(
    cuboids: Cuboids,
    taxonomy: Taxonomy,
    selected: int | None = None,
    faint: BoolArray | None = None,
) -> BoxLines:
    """Boxes in the colours of their classes, an arrow on the floor before each front.

    Args:
        cuboids: N boxes, world.
        taxonomy: classes, for colours.
        selected: row of the selected one, if any.
        faint: (N,) boxes drawn fainter.
    """
    rgb = np.array(class_colors(taxonomy), np.float64)[cuboids.category]
    if faint is not None:
        rgb = np.where(faint[:, None], FAINT_PART * rgb + (1 - FAINT_PART) * np.array(GROUND), rgb)
    is_selected = np.zeros(len(cuboids), np.bool_)
    if selected is not None:
        is_selected[selected] = True
        rgb[selected] = SELECTED
    wires = _wires(corners(cuboids))
    by_hand = cuboids.source == Source.HUMAN
    gaps = cuboids.source == Source.INTERPOLATED
    return BoxLines(
        thin=_lines(wires, rgb, ~is_selected & ~by_hand, gaps),
        thick=_lines(wires, rgb, ~is_selected & by_hand, gaps),
        selected=_lines(wires, rgb, is_selected, gaps),
    )


def trail_lines(trails: Sequence[Trail], taxonomy: Taxonomy) -> Lines:
    """Ways of tracks in the colours of their classes, darker the older."""
    colors = class_colors(taxonomy)
    parts = [_trail(trail, colors[trail.category]) for trail in trails if len(trail.points) > 1]
    if not parts:
        return Lines.of(np.zeros((0, 2, 3)), np.zeros((0, 3)))
    return Lines.of(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def label_anchors(cuboids: Cuboids, above_m: float = 0.25) -> Float64:
    """(N, 3) metres, world: where the names of boxes are written, above the middle of each."""
    return np.asarray(corners(cuboids)[:, 4:].mean(axis=1) + np.array([0.0, 0.0, above_m]))


def label_texts(cuboids: Cuboids, taxonomy: Taxonomy) -> list[str]:
    """Class, number and, unless it is the machine's own, source: ``car 12 interpolated``."""
    sources = {Source.INTERPOLATED: " interpolated", Source.HUMAN: " human"}
    return [
        f"{name}{sources.get(Source(source), '')}"
        for name, source in zip(tag_names(cuboids, taxonomy), cuboids.source, strict=True)
    ]


def _wires(corners_world: Float64) -> Float64:
    """(N, 14, 2, 3) the edges of each box, and an arrow on the floor before its front."""
    left, right, rear_left = (corners_world[:, i] for i in (0, 1, 3))
    length = np.linalg.norm(left - rear_left, axis=1, keepdims=True)
    width = np.linalg.norm(left - right, axis=1, keepdims=True)
    ahead = (left - rear_left) / np.maximum(length, 1e-9)
    tip = (left + right) / 2 + np.minimum(ARROW_OF_WIDTH * width, LONGEST_ARROW_M) * ahead
    arrow = np.stack([np.stack([left, tip], axis=1), np.stack([right, tip], axis=1)], axis=1)
    return np.concatenate([edges_of(corners_world), arrow], axis=1)


def _lines(wires: Float64, rgb: Float64, chosen: BoolArray, gaps: BoolArray) -> Lines:
    """Of the chosen boxes (N,); dashed where there are gaps (N,)."""
    solid, n_wires = chosen & ~gaps, wires.shape[1]
    dashes, owner = dashed(wires[chosen & gaps].reshape(-1, 2, 3), DASH_M, GAP_M)
    return Lines.of(
        np.concatenate([wires[solid].reshape(-1, 2, 3), dashes]),
        np.concatenate(
            [np.repeat(rgb[solid], n_wires, axis=0), rgb[chosen & gaps][owner // n_wires]]
        ),
    )


def _trail(trail: Trail, color: Rgb) -> tuple[Float64, Float64]:
    n = len(trail.points) - 1
    part = np.linspace(OLDEST_PART, 1.0, n)[:, None]
    rgb = part * np.array(color) + (1 - part) * np.array(GROUND)
    return np.stack([trail.points[:-1], trail.points[1:]], axis=1), rgb
