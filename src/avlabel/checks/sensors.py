"""What rules ask of a recording besides its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from avlabel.core.arrays import Float64, Int32, Int64
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What images say of D places.

    Attributes:
        frame_idx: (D,) int32 frame numbers.
        place_ego: (D, 3) float64 metres, ego frame of the frame.
        likelihood: (D, P) float64 log likelihood of each coarse class there.
    """

    frame_idx: Int32
    place_ego: Float64
    likelihood: Float64


class Sensors(Protocol):
    """Sweeps and images of a scene, or of a log."""

    @property
    def rig(self) -> Rig:
        """Where the sensors sit."""
        ...

    @property
    def trajectory(self) -> Trajectory:
        """Ego poses, in the labels' world."""
        ...

    @property
    def exposures_ns(self) -> Mapping[str, Int64]:
        """By camera, (F,) int64 exposure of each frame's image, ``NO_IMAGE`` where none is."""
        ...

    def sweep(self, frame_idx: int) -> Sweep | None:
        """The main LiDAR's motion-compensated sweep of a frame; None if there is none."""
        ...

    def said(self) -> Said | None:
        """What images show, whatever the labels; None where nobody asked them."""
        ...
