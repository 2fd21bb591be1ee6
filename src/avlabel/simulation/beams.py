"""Where the beams of well-known spinning LiDARs point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64


@dataclass(frozen=True, slots=True, eq=False)
class BeamTable:
    """Geometry and reach of one LiDAR model, turning clockwise at 10 Hz.

    Attributes:
        elevation_rad: (B,) float64, top beam first.
        azimuth_offset_rad: (B,) float64 of each beam to its column's azimuth.
        columns: firings a turn.
        min_range_m: nearer returns are blanked.
        max_range_m: no return is reported from beyond.
        signal_floor: reflectivity over squared range at which half of the returns are lost.
    """

    elevation_rad: Float64
    azimuth_offset_rad: Float64
    columns: int
    min_range_m: float
    max_range_m: float
    signal_floor: float

    def __len__(self) -> int:
        """Number of beams."""
        return len(self.elevation_rad)


def _table(
    elevation_deg: Float64,
    columns: int,
    max_range_m: float,
    *,
    min_range_m: float = 1.0,
    azimuth_offset_deg: tuple[float, ...] = (0.0,),
) -> BeamTable:
    """Offsets repeat over the beams; the floor lets a 10 % target answer to half the range."""
    order = np.sort(elevation_deg)[::-1]
    offsets = np.resize(np.array(azimuth_offset_deg), len(order))
    floor = 0.1 / (0.75 * max_range_m) ** 2
    return BeamTable(
        np.deg2rad(order), np.deg2rad(offsets), columns, min_range_m, max_range_m, floor
    )


def _pandar64_elevation() -> Float64:
    """Dense (1/6 degree) from -6 to +2, coarser up to +15 and down to -25."""
    above = [15.0, 11.0, 8.0, 5.0, 3.0]
    dense = list(np.linspace(2.0, -6.0, 49))
    below = [-7.0, -8.0, -9.0, -10.0, -11.0, -12.0, -13.0, -14.0, -19.0, -25.0]
    return np.array(above + dense + below)


def _vlp32_elevation() -> Float64:
    """-25 to +15 degrees, 1/3 degree apart around the horizon (the VLP-32C's own table)."""
    coarse = [15.0, 10.333, 7.0, 4.667, 3.333, 2.333, 1.667]
    dense = list(np.arange(4, -13, -1) / 3.0)
    below = [-4.667, -5.333, -6.148, -7.254, -8.843, -11.31, -15.639, -25.0]
    return np.array(coarse + dense + below)


def _hdl64_elevation() -> Float64:
    """Upper block +2 to -8.33 degrees, 1/3 apart; lower block -8.83 to -24.33, 1/2 apart."""
    return np.concatenate([2.0 - np.arange(32) / 3.0, -8.83 - np.arange(32) / 2.0])


BEAM_TABLES: dict[str, BeamTable] = {
    "hdl64": _table(_hdl64_elevation(), 2083, 120.0),
    "pandar64": _table(
        _pandar64_elevation(), 1800, 200.0, azimuth_offset_deg=(-1.042, 1.042, 3.125, -3.125)
    ),
    "os1-64": _table(
        np.linspace(22.5, -22.5, 64), 1024, 120.0, azimuth_offset_deg=(3.1, 1.0, -1.0, -3.1)
    ),
    "os1-128": _table(
        np.linspace(22.5, -22.5, 128), 1024, 120.0, azimuth_offset_deg=(3.1, 1.0, -1.0, -3.1)
    ),
    "vlp32": _table(
        _vlp32_elevation(), 1800, 200.0, azimuth_offset_deg=(1.4, -1.4, 1.4, -1.4, 4.2, -4.2)
    ),
    "vlp16": _table(np.linspace(15.0, -15.0, 16), 1800, 100.0),
}
"""By name. Elevations, resolution and range as the makers' data sheets give them; azimuth
offsets follow each maker's pattern and are rounded."""
