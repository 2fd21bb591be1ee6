"""What an evaluation counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from avlabel.core.options import option
from avlabel.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """Which truth counts, and how results are broken down.

    Raises:
        ConfigError: if range edges do not increase strictly within (0, max_range_m).
    """

    max_range_m: float = option(60.0, "truth counts within this BEV distance of the ego origin")
    min_points: int = option(10, "truth counts with at least this many LiDAR points inside")
    range_edges_m: tuple[float, ...] = option(
        (20.0, 40.0), "where results by range are split, between 0 and max_range_m"
    )
    moving_mps: float = option(0.5, "faster than this is moving, slower is static")
    speed_window_s: float = option(
        1.0, "boxes without velocity get the speed of their track over this stretch of time"
    )
    ignore_overlap: float = option(
        0.5, "share of a projected box inside an ignored image region from which it is ignored"
    )
    classes: tuple[str, ...] = option(
        ("vehicle", "pedestrian", "cyclist"), "coarse classes that are evaluated"
    )
    leaves: bool = option(False, "evaluate the leaves of these classes instead")

    def __post_init__(self) -> None:
        edges = (0.0, *self.range_edges_m, self.max_range_m)
        if any(low >= high for low, high in pairwise(edges)):
            raise ConfigError(
                f"range_edges_m: expected values increasing between 0 and {self.max_range_m:g}, "
                f"got {list(self.range_edges_m)}"
            )
