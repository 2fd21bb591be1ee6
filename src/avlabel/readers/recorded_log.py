"""The ``Log`` that every reader here fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from avlabel.core.log import ImageIndex, SweepIndex, Truth
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True, eq=False)
class RecordedLog:
    """A recording on disk; see ``avlabel.core.log.Log`` for what the attributes mean.

    Attributes:
        load_sweep: reads the sweep at a position in ``sweeps``.
        load_truth: reads the labels.
    """

    log_id: str
    root: Path
    rig: Rig
    trajectory: Trajectory
    sweeps: SweepIndex
    images: Mapping[str, ImageIndex]
    metadata: Mapping[str, str]
    load_sweep: Callable[[int], Sweep]
    load_truth: Callable[[], Truth | None]

    @property
    def source_uri(self) -> str:
        """The root's own URI."""
        return self.root.absolute().as_uri()

    def read_sweep(self, index: int) -> Sweep:
        """Read sweep ``index``.

        Raises:
            ReadError: if the file is missing, truncated or malformed.
        """
        return self.load_sweep(index)

    def read_truth(self) -> Truth | None:
        """Labels that come with the recording, or None.

        Raises:
            ReadError: if a label file is malformed.
        """
        return self.load_truth()
