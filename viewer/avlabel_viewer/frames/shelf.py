"""Parts of frames in memory, bounded in bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from avlabel.core.arrays import UInt8
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.plan import Part
from avlabel_viewer.frames.reading import ImageData

Item = FrameData | ImageData


class Shelf:
    """Keeps what was read, as far as it fits; its owner locks it.

    What nobody wants goes first, least recently used first; then what is wanted last. The frame
    that is wanted first is never dropped, however large.

    Args:
        max_bytes: of all items together.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.n_bytes = 0
        self._items: dict[Part, Item] = {}
        self._rank: dict[Part, int] = {}
        self._current: int | None = None

    def want(self, parts: Sequence[Part]) -> None:
        """Say what is wanted, the most urgent first."""
        self._rank = {part: rank for rank, part in enumerate(parts)}
        self._current = parts[0].frame_idx if parts else None

    def __contains__(self, part: Part) -> bool:
        """Whether a part is here."""
        return part in self._items

    def get(self, part: Part) -> Item | None:
        """A part, which is then the most recently used one."""
        item = self._items.pop(part, None)
        if item is not None:
            self._items[part] = item
        return item

    def put(self, part: Part, item: Item) -> bool:
        """Keep a part and drop others where it does not fit; False if a wanted one had to go."""
        self.drop(part)
        self._items[part] = item
        self.n_bytes += item.n_bytes
        kept_all = True
        while self.n_bytes > self.max_bytes and (victim := self._victim()) is not None:
            kept_all &= victim not in self._rank
            self.drop(victim)
        return kept_all

    def drop(self, part: Part) -> None:
        """Forget a part, if it is here."""
        item = self._items.pop(part, None)
        if item is not None:
            self.n_bytes -= item.n_bytes

    def _victim(self) -> Part | None:
        wanted: Part | None = None
        for part in self._items:
            if part.frame_idx == self._current:
                continue
            if part not in self._rank:
                return part
            if wanted is None or self._rank[part] > self._rank[wanted]:
                wanted = part
        return wanted


def composed(items: Mapping[Part, Item], pending: frozenset[str]) -> FrameData:
    """A frame of its parts, of which its points are one.

    Args:
        items: what is here; one image a camera.
        pending: cameras whose images are still to come.
    """
    points = next(item for item in items.values() if isinstance(item, FrameData))
    pictures = {p.camera: item for p, item in items.items() if isinstance(item, ImageData)}
    images: dict[str, UInt8] = {
        camera: one.image for camera, one in sorted(pictures.items()) if one.image is not None
    }
    problems = tuple(problem for item in items.values() for problem in item.problems)
    return replace(points, images=images, problems=problems, pending=pending)
