"""How well edges meet as one axis of the extrinsic or the time is moved, as small SVG charts."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from avlabel.core.arrays import Float64
from avlabel_calibration.alignment.features import Features
from avlabel_calibration.alignment.score import AXES, curve
from avlabel_calibration.check.optimum import LEVEL

WIDTH, HEIGHT = 230, 130
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 22, 26
POINTS = 41


@dataclass(frozen=True, slots=True)
class Axis:
    """How one axis is drawn: half the span, and what a unit of the chart is."""

    name: str
    reach: float
    unit: float
    symbol: str


CHARTS = tuple(
    [Axis(name, float(np.deg2rad(2.0)), float(np.deg2rad(1.0)), "°") for name in AXES[:3]]
    + [Axis(name, 0.5, 1.0, "m") for name in AXES[3:6]]
    + [Axis(AXES[6], 0.08, 1e-3, "ms")]
)


def curve_charts(features: Features) -> str:
    """An SVG chart for each axis; the given value is in the middle."""
    return "\n".join(_chart(features, axis) for axis in CHARTS)


def _chart(features: Features, axis: Axis) -> str:
    values = np.linspace(-axis.reach, axis.reach, POINTS)
    scores = curve(features, axis.name, values, LEVEL)
    top = max(float(scores.max()) * 1.1, 0.1)
    bottom = min(float(scores.min()), 0.0)
    x = LEFT + (values / axis.reach + 1) / 2 * (WIDTH - LEFT - RIGHT)
    y = _height(scores, bottom, top)
    best = int(scores.argmax())
    off = values[best] / axis.unit
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="score against {axis.name}, best at {off:+.2f} {axis.symbol}">'
        f'<text x="{LEFT}" y="14" class="name">{escape(axis.name)}</text>'
        f'<text x="{WIDTH - RIGHT}" y="14" class="best">best {off:+.2f} {axis.symbol}</text>'
        f"{_frame(axis, bottom, top)}"
        f'<polyline points="{_path(x, y)}" class="curve"/>'
        f'<circle cx="{x[best]:.1f}" cy="{y[best]:.1f}" r="3.5" class="peak"/>'
        "</svg>"
    )


def _frame(axis: Axis, bottom: float, top: float) -> str:
    middle, floor = (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM
    zero = float(_height(np.zeros(1), bottom, top)[0])
    reach = axis.reach / axis.unit
    ticks = "".join(
        f'<text x="{px:.0f}" y="{HEIGHT - 10}" class="tick" text-anchor="{anchor}">{text}</text>'
        for px, anchor, text in (
            (LEFT, "start", f"-{reach:g}"),
            (middle, "middle", "given"),
            (WIDTH - RIGHT, "end", f"+{reach:g} {axis.symbol}"),
        )
    )
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{zero:.1f}" y2="{zero:.1f}" class="axis"/>'
        f'<line x1="{middle}" x2="{middle}" y1="{TOP}" y2="{floor}" class="given"/>'
        f'<text x="{LEFT - 4}" y="{TOP + 8}" class="tick" text-anchor="end">{top:.1f}</text>'
        f'<text x="{LEFT - 4}" y="{zero:.1f}" class="tick" text-anchor="end">0</text>{ticks}'
    )


def _height(scores: Float64, bottom: float, top: float) -> Float64:
    return np.asarray(TOP + (top - scores) / (top - bottom) * (HEIGHT - TOP - BOTTOM))


def _path(x: Float64, y: Float64) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
