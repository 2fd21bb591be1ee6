"""How things are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from avlabel_viewer.actions.action import Run, Table
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.session.display import COLOR_BY, SWEEPS
from avlabel_viewer.viewpoints.orbit import Orbit

table = Table()
T = TypeVar("T")

FAR_M = (None, 80.0, 50.0, 30.0)
MOST_POINT_PX = 8.0
WORDS = {True: "on", False: "off"}


def _next(values: Sequence[T], now: T) -> T:
    return values[(values.index(now) + 1) % len(values)] if now in values else values[0]


def _switch(name: str, what: str) -> Run:
    def switch(desk: Desk) -> None:
        value = not getattr(desk.session.display, name)
        desk.session.show(**{name: value})
        desk.session.say(f"{what}: {WORDS[value]}")

    return switch


@table("view.behind", "1")
def behind(desk: Desk) -> None:
    """Look along the street."""
    desk.look_along_street()


@table("view.above", "2")
def above(desk: Desk) -> None:
    """Look straight down."""
    orbit = desk.views.orbit
    desk.look(
        Orbit(
            orbit.target, max(orbit.distance_m, 45.0), desk.sensors.vehicle.yaw + np.pi, np.pi / 2
        )
    )


@table("view.object", "3", "R")
def at_object(desk: Desk) -> None:
    """Fly to the object."""
    desk.fly_to_object()


@table("view.object-side", "4")
def beside_object(desk: Desk) -> None:
    """Look at its right side."""
    place = desk.box.placement or desk.sensors.vehicle
    desk.look(Orbit.behind(place.center, place.yaw + np.pi / 2, 12.0, np.radians(12.0)))


@table("view.object-rear", "5")
def behind_object(desk: Desk) -> None:
    """Look at it from behind."""
    place = desk.box.placement or desk.sensors.vehicle
    desk.look(Orbit.behind(place.center, place.yaw, 14.0, np.radians(14.0)))


@table("view.color", "O")
def color(desk: Desk) -> None:
    """Colour points by something else."""
    chosen = _next(COLOR_BY, desk.session.display.color_by)
    desk.session.show(color_by=chosen)
    desk.session.say(f"points coloured by {chosen}")


table.add("view.ground", ("H",), "Ground on or off", _switch("ground", "ground"))
table.add("view.trails", ("T",), "Ways on or off", _switch("trails", "trails"))
table.add("view.labels", ("L",), "Names on or off", _switch("labels", "labels"))
table.add(
    "view.zoom-images",
    ("I",),
    "Images cut out around it",
    _switch("zoom_images", "cut-outs"),
)
table.add(
    "view.points-on-image",
    ("Shift+I",),
    "Points on the cut-out, on or off",
    _switch("points_on_image", "points on the cut-out"),
)
table.add(
    "view.with-object",
    ("Shift+P",),
    "Sweeps moved along with it",
    _switch("moved_with_object", "sweeps moved with the object"),
)


@table("view.sweeps", "P")
def sweeps(desk: Desk) -> None:
    """1, 5, 20 or all sweeps."""
    chosen = _next(SWEEPS, desk.session.display.sweeps)
    desk.session.show(sweeps=chosen)
    desk.session.say(f"{chosen or 'all'} sweeps together" if chosen != 1 else "one sweep")


@table("view.far", "J")
def far(desk: Desk) -> None:
    """Hide what is far: 80, 50, 30 m."""
    chosen = _next(FAR_M, desk.session.display.far_m)
    desk.session.show(far_m=chosen)
    desk.session.say(f"nothing beyond {chosen:.0f} m" if chosen else "everything, however far")


def _point_size(factor: float) -> Run:
    def change(desk: Desk) -> None:
        size = float(np.clip(desk.session.display.point_px * factor, 1.0, MOST_POINT_PX))
        desk.session.show(point_px=size)

    return change


table.add("view.larger-points", ("=",), "Larger points", _point_size(1.5), "Larger, smaller points")
table.add(
    "view.smaller-points", ("-",), "Smaller points", _point_size(1 / 1.5), "Larger, smaller points"
)


@table("view.film", "V")
def film(desk: Desk) -> None:
    """The object in many frames."""
    desk.show_film(not desk.film)
