"""What a simulated drive is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from avlabel.core.options import option
from avlabel.errors import ConfigError
from avlabel.simulation.beams import BEAM_TABLES
from avlabel.simulation.lenses import LENSES

Maneuver = Literal["auto", "cruise", "stop", "turn-left", "turn-right"]
MANEUVERS: tuple[Maneuver, ...] = ("auto", "cruise", "stop", "turn-left", "turn-right")


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """One drive; equal configurations give equal bytes.

    Raises:
        ConfigError: for a value no street can have, naming the field.
    """

    seed: int = option(0, "seed of everything random")
    frames: int = option(30, "number of sweeps, 10 a second")
    beams: str = option("hdl64", f"LiDAR model: {', '.join(BEAM_TABLES)}")
    columns: int = option(0, "firings a turn; 0 takes the LiDAR model's own number")
    lidar_height_m: float = option(1.8, "height of the LiDAR above the ground")
    range_noise_m: float = option(0.02, "standard deviation of measured ranges")
    clutter_rate: float = option(2e-5, "share of rays that return from nothing (dust, rain)")
    maneuver: Maneuver = option("auto", f"what the ego vehicle does: {', '.join(MANEUVERS)}")
    density: float = option(1.0, "traffic, parked cars and pedestrians; 0 is an empty street")
    clutter: float = option(1.0, "street furniture and vegetation; 0 is none")
    slope: float = option(0.03, "steepest grade of the road, rise over run")
    curvature: float = option(1.0, "bends of the road; 0 is straight")
    label_range_m: float = option(100.0, "objects further than this carry no label")
    cameras: bool = option(True, "whether cameras record too")
    lens: str = option("pinhole", f"lens of the cameras: {', '.join(LENSES)}")
    image_width_px: int = option(960, "width of the images")
    image_height_px: int = option(600, "height of the images")
    rolling_readout_ms: float = option(25.0, "first to last image row; 0 is a global shutter")

    def __post_init__(self) -> None:
        self._require("beams", self.beams in BEAM_TABLES, f"one of {', '.join(BEAM_TABLES)}")
        self._require("lens", self.lens in LENSES, f"one of {', '.join(LENSES)}")
        self._require("maneuver", self.maneuver in MANEUVERS, f"one of {', '.join(MANEUVERS)}")
        self._require("seed", self.seed >= 0, "0 or more")
        self._require("frames", self.frames >= 1, "1 or more")
        self._require("columns", self.columns == 0 or self.columns >= 8, "0, or 8 or more")
        self._require("slope", abs(self.slope) <= 0.15, "at most 0.15")
        self._require("lidar_height_m", 0.3 <= self.lidar_height_m <= 4.0, "0.3 to 4")
        self._require("clutter_rate", 0 <= self.clutter_rate <= 1, "0 to 1")
        self._require("image_width_px", self.image_width_px >= 16, "16 or more")
        self._require("image_height_px", self.image_height_px >= 16, "16 or more")
        for name in ("range_noise_m", "label_range_m", "rolling_readout_ms"):
            self._require(name, getattr(self, name) >= 0, "0 or more")
        for name in ("density", "clutter", "curvature"):
            self._require(name, 0 <= getattr(self, name) <= 3, "0 to 3")

    def _require(self, name: str, fits: bool, expected: str) -> None:
        if not fits:
            raise ConfigError(f"simulation: {name}: expected {expected}, got {getattr(self, name)}")
