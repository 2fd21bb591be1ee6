"""What is to be read, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from avlabel.scenes.images import Shrink

POINTS = ""


class Part(NamedTuple):
    """What is read, kept and dropped at once.

    Attributes:
        frame_idx: the recording's own frame number.
        camera: whose image; ``POINTS`` for the points of all LiDARs.
        shrink: what the image's sides are divided by.
    """

    frame_idx: int
    camera: str = POINTS
    shrink: Shrink = 1


def frame_parts(frame_idx: int, shrinks: Mapping[str, Shrink]) -> list[Part]:
    """Parts of one frame: points, then the largest images, which are looked at, then the rest."""
    cameras = sorted(shrinks, key=lambda camera: shrinks[camera])
    return [Part(frame_idx), *(Part(frame_idx, camera, shrinks[camera]) for camera in cameras)]


def frames_ahead(
    numbers: Sequence[int], frame_idx: int, direction: int, ahead: int, behind: int
) -> list[int]:
    """The frame itself, then those in the direction of travel, then those behind, nearest first.

    Args:
        numbers: all frames of the scene, ascending.
        frame_idx: one of them.
        direction: negative for backwards.
        ahead: number of frames in the direction of travel.
        behind: number of frames against it.

    Raises:
        ValueError: if the scene has no such frame.
    """
    here = numbers.index(frame_idx)
    later = list(numbers[here + 1 :])
    earlier = list(reversed(numbers[:here]))
    front, back = (earlier, later) if direction < 0 else (later, earlier)
    return [frame_idx, *front[:ahead], *back[:behind]]
