"""Pairs of a point and the pixel it must fall on, which a rig file may carry as its own test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64, FloatArray
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.toml_table import TomlTable, toml_string

EGO = "ego"


@dataclass(frozen=True, slots=True, eq=False)
class PixelPair:
    """A point whose place in an image is known.

    Attributes:
        name: for people; may be empty.
        frame: ``ego``, or the id of the sensor in whose frame the point is given.
        point_m: (3,) float64.
        camera: which image.
        uv_px: (2,) float64 expected pixel.
        tolerance_px: how far off the rig's pixel may lie.
    """

    name: str
    frame: str
    point_m: Float64
    camera: str
    uv_px: Float64
    tolerance_px: float


def read_pair(table: TomlTable, rig: Rig) -> PixelPair:
    """Read a pair of a rig file and check the rig against it.

    Raises:
        CalibrationError: naming the pair, the expected pixel and that of the rig.
    """
    pair = _read(table, rig)
    _check(table.where, pair, rig)
    return pair


def dump_pair(pair: PixelPair) -> str:
    """The pair as a table of TOML."""
    name = f"name = {toml_string(pair.name)}\n" if pair.name else ""
    return (
        f"[[pairs]]\n{name}"
        f'frame = "{pair.frame}"\n'
        f"point_m = {pair.point_m.tolist()}\n"
        f'camera = "{pair.camera}"\n'
        f"uv_px = {pair.uv_px.tolist()}\n"
        f"tolerance_px = {pair.tolerance_px!r}\n"
    )


def _read(table: TomlTable, rig: Rig) -> PixelPair:
    pair = PixelPair(
        table.text("name", default=""),
        table.choice("frame", (EGO, *rig.lidars, *rig.cameras)),
        table.numbers("point_m", (3,)),
        table.choice("camera", tuple(rig.cameras)),
        table.numbers("uv_px", (2,)),
        table.number("tolerance_px"),
    )
    table.finish()
    if pair.tolerance_px <= 0:
        raise table.fail("tolerance_px", f"expected more than 0, got {pair.tolerance_px:g}")
    return pair


def _check(where: str, pair: PixelPair, rig: Rig) -> None:
    camera = rig.cameras[pair.camera]
    with np.errstate(over="ignore", invalid="ignore"):
        point_ego = _ego_from(pair.frame, rig).apply(pair.point_m[None])
        got = _pixel(camera, camera.ego_from_sensor.inverse(), point_ego)
        inverted = _pixel(camera, camera.ego_from_sensor, point_ego)
    if got is not None and np.linalg.norm(got - pair.uv_px) <= pair.tolerance_px:
        return
    seen = "none (outside its field of view)" if got is None else _text(got)
    fits = inverted is not None and np.linalg.norm(inverted - pair.uv_px) <= pair.tolerance_px
    raise CalibrationError(
        f"{where}: camera '{pair.camera}': expected pixel {_text(pair.uv_px)} within "
        f"{pair.tolerance_px:g} px, got {seen}"
        + ("; the camera's pose fits if it is inverted" if fits else "")
    )


def _ego_from(frame: str, rig: Rig) -> SE3:
    if frame == EGO:
        return SE3.identity()
    return (rig.lidars.get(frame) or rig.cameras[frame]).ego_from_sensor


def _pixel(camera: Camera, cam_from_ego: SE3, point_ego: FloatArray) -> Float64 | None:
    pixels, valid = camera.model.project(cam_from_ego.apply(point_ego))
    return np.asarray(pixels[0], np.float64) if valid[0] else None


def _text(uv_px: Float64) -> str:
    return f"{uv_px[0]:.2f}, {uv_px[1]:.2f}"
