"""Moving, turning and resizing the selected box by keys."""

from __future__ import annotations

import numpy as np

from avlabel_viewer.actions.action import Run, Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.editing.placement import Placement

table = Table()

STEP_M, FAR_M = 0.05, 0.5
STEP_DEG, FAR_DEG = 1.0, 10.0
WAYS = {
    "forward": ("W", (1, 0, 0)),
    "back": ("S", (-1, 0, 0)),
    "left": ("A", (0, 1, 0)),
    "right": ("D", (0, -1, 0)),
    "up": ("Q", (0, 0, 1)),
    "down": ("E", (0, 0, -1)),
}
SIZES = {
    "longer": ("Alt+W", 0, 1),
    "shorter": ("Alt+S", 0, -1),
    "wider": ("Alt+A", 1, 1),
    "narrower": ("Alt+D", 1, -1),
    "taller": ("Alt+Q", 2, 1),
    "lower": ("Alt+E", 2, -1),
}
TURNS = {
    "turn-left": ("Z", 2, 1, "Turn left"),
    "turn-right": ("X", 2, -1, "Turn right"),
    "pitch-up": ("Ctrl+Up", 1, -1, "Pitch the front up"),
    "pitch-down": ("Ctrl+Down", 1, 1, "Pitch the front down"),
    "roll-left": ("Ctrl+Left", 0, -1, "Roll to the left"),
    "roll-right": ("Ctrl+Right", 0, 1, "Roll to the right"),
}


def grown(place: Placement, axis: int, by_m: float) -> Placement:
    """Longer, wider or higher by metres, about its middle; upwards from its floor."""
    size = place.size_lwh.copy()
    size[axis] += by_m
    return place.with_size(size, keeping=(0, 0, -1))


def _mover(way_m: np.ndarray) -> Run:
    return lambda desk: desk.box.change(lambda place: place.moved_along(way_m), "move")


def _turner(angle_deg: float, axis: int) -> Run:
    return lambda desk: desk.box.change(
        lambda place: place.turned(np.radians(angle_deg), axis), "turn"
    )


def _sizer(axis: int, by_m: float) -> Run:
    def grow(desk: Desk) -> None:
        desk.box.change(lambda place: grown(place, axis, by_m), "resize")

    return grow


def _family(axis: int, step_deg: float) -> str:
    return f"{'Turn' if axis == 2 else 'Pitch and roll'} it by {step_deg:.0f}°"


for _name, (_key, _way) in WAYS.items():
    _unit = np.array(_way, np.float64)
    table.add(
        f"box.{_name}",
        (_key,),
        f"Move {_name} by {STEP_M} m",
        _mover(STEP_M * _unit),
        f"Move it by {STEP_M} m",
    )
    table.add(
        f"box.far-{_name}",
        (f"Shift+{_key}",),
        f"Move {_name} by {FAR_M} m",
        _mover(FAR_M * _unit),
        f"Move it by {FAR_M} m",
    )
for _name, (_key, _axis, _sign, _text) in TURNS.items():
    table.add(
        f"box.{_name}",
        (_key,),
        f"{_text} by {STEP_DEG:.0f}°",
        _turner(_sign * STEP_DEG, _axis),
        _family(_axis, STEP_DEG),
    )
    table.add(
        f"box.far-{_name}",
        (f"Shift+{_key}" if "+" not in _key else _key.replace("+", "+Shift+"),),
        f"{_text} by {FAR_DEG:.0f}°",
        _turner(_sign * FAR_DEG, _axis),
        _family(_axis, FAR_DEG),
    )
table.add("box.turn-quarter", ("C",), "Turn left by 90°", _turner(90.0, 2))
for _name, (_key, _axis, _sign) in SIZES.items():
    table.add(
        f"box.{_name}",
        (_key,),
        f"Make it {_name} by {STEP_M} m",
        _sizer(_axis, _sign * STEP_M),
        f"Longer, wider, taller by {STEP_M} m",
    )
