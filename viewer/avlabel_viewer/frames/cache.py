"""Frames read ahead by background threads."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import cast

import numpy as np

from avlabel.errors import SceneError
from avlabel.scenes.images import SHRINKS, Shrink
from avlabel.scenes.scene import Scene
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.plan import POINTS, Part, frame_parts, frames_ahead
from avlabel_viewer.frames.reading import read_image, read_points, shrink_to
from avlabel_viewer.frames.shelf import Item, Shelf, composed

MAX_BYTES = 1 << 30
CLOSE_S = 10.0
"""Threads that wait for a network longer are left behind; they end with the process."""
STRIP_PX = 960
"""Images are decoded this wide or wider; whole ones take four times the memory."""


class FrameCache:
    """Sensor data of a scene, as it is needed; every method may be called from any thread.

    Points and each image are read, kept and dropped for themselves, so that a frame shows as soon
    as its points are here. What cannot be read is a problem of its frame and costs nothing else.

    Args:
        scene: an opened scene.
        max_bytes: most that is kept; the current frame is kept in any case.
        threads: that read.
        ahead: frames read in the direction of travel.
        behind: frames read against it.
        strip_px: width that images are decoded to, at least, where they are not wanted whole.
    """

    def __init__(
        self,
        scene: Scene,
        max_bytes: int = MAX_BYTES,
        *,
        threads: int = 2,
        ahead: int = 10,
        behind: int = 3,
        strip_px: int = STRIP_PX,
    ) -> None:
        self._scene = scene
        self._reach = ahead, behind
        self._numbers: list[int] = scene.frames.frame_idx.tolist()
        widths = {name: scene.rig.cameras[name].model.width_px for name in scene.cameras}
        self._small = {name: shrink_to(width, strip_px) for name, width in widths.items()}
        self._sharp: frozenset[str] = frozenset()
        # Held for moments only, never while reading.
        self._changed = threading.Condition()
        self._shelf = Shelf(max_bytes)
        self._wanted: list[Part] = []
        self._reading: set[Part] = set()
        self._arrived: set[int] = set()
        self._problems: dict[Part, tuple[str, ...]] = {}
        self._full = self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"frames-{k}", daemon=True)
            for k in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    # -- asking -------------------------------------------------------------------------------

    def want(
        self,
        frame_idx: int,
        direction: int = 1,
        sharp: Iterable[str] = (),
        points_of: Iterable[int] = (),
    ) -> None:
        """Make a frame current: it is read first, then its neighbours; all else is dropped.

        Args:
            frame_idx: the recording's own frame number.
            direction: of travel; negative for backwards.
            sharp: cameras whose images are wanted whole, not shrunk.
            points_of: frames whose points are wanted, without images, before the neighbours.

        Raises:
            ValueError: if the scene has no such frame.
        """
        frames = frames_ahead(self._numbers, frame_idx, direction, *self._reach)
        with self._changed:
            self._sharp = frozenset(sharp)
            shrinks = self._shrinks()
            now, *next_ones = (frame_parts(one, shrinks) for one in frames)
            points = [Part(self._known(one)) for one in points_of]
            ordered = [*now, *points, *(part for parts in next_ones for part in parts)]
            self._wanted = list(dict.fromkeys(ordered))
            self._shelf.want(self._wanted)
            self._full = False
            self._changed.notify_all()

    def get(self, frame_idx: int) -> FrameData:
        """A whole frame; waits for it, or reads in this thread what no other is reading.

        Raises:
            ValueError: if the scene has no such frame.
            SceneError: if the cache is closed meanwhile.
        """
        with self._changed:
            parts = frame_parts(self._known(frame_idx), self._shrinks())
        return composed({part: self._obtain(part) for part in parts}, frozenset())

    def points(self, frame_idx: int) -> FrameData:
        """A frame without its images; otherwise as ``get``."""
        return cast(FrameData, self._obtain(Part(self._known(frame_idx))))

    def peek(self, frame_idx: int) -> FrameData | None:
        """What of a frame is here, at once; None before its points are."""
        with self._changed:
            items = {}
            pending = set()
            for part in frame_parts(frame_idx, self._shrinks()):
                near = [part, *(part._replace(shrink=s) for s in SHRINKS)]
                found = next((p for p in near if p in self._shelf), None)
                if found is not None:
                    items[found] = cast(Item, self._shelf.get(found))
                if found != part:
                    pending.add(part.camera)
        return None if POINTS in pending else composed(items, frozenset(pending))

    # -- telling ------------------------------------------------------------------------------

    def arrivals(self) -> set[int]:
        """Frames of which something has been read since this was last called."""
        with self._changed:
            arrived, self._arrived = self._arrived, set()
            return arrived

    @property
    def ready(self) -> list[int]:
        """Frames whose points are here, ascending."""
        with self._changed:
            return [number for number in self._numbers if Part(number) in self._shelf]

    @property
    def problems(self) -> Mapping[int, tuple[str, ...]]:
        """What could not be read, by frame; also of frames that have been dropped since."""
        with self._changed:
            found: dict[int, tuple[str, ...]] = {}
            for part in sorted(self._problems):
                said = found.get(part.frame_idx, ())
                new = tuple(p for p in self._problems[part] if p not in said)
                found[part.frame_idx] = said + new
            return found

    @property
    def progress(self) -> tuple[int, int]:
        """How many parts of what is wanted are here, and how many are wanted."""
        with self._changed:
            return sum(part in self._shelf for part in self._wanted), len(self._wanted)

    @property
    def n_bytes(self) -> int:
        """Bytes kept."""
        return self._shelf.n_bytes

    def retry(self) -> None:
        """Read again what could not be read: a disk may be back."""
        with self._changed:
            for part in self._problems:
                self._shelf.drop(part)
            self._problems.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """Stop reading and forget everything; what is being read is finished first."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(CLOSE_S)
        with self._changed:
            self._shelf = Shelf(0)

    def __enter__(self) -> FrameCache:
        """For a ``with`` block, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    # -- reading ------------------------------------------------------------------------------

    def _work(self) -> None:
        while (part := self._claim_next()) is not None:
            self._fetch(part)

    def _claim_next(self) -> Part | None:
        """Wait for a part to read; None once closed."""
        with self._changed:
            while not self._closed:
                if (part := self._next()) is not None:
                    self._reading.add(part)
                    return part
                self._changed.wait()
            return None

    def _next(self) -> Part | None:
        """The most urgent part that is neither here nor being read."""
        if self._full:
            return None
        found = (p for p in self._wanted if p not in self._shelf and p not in self._reading)
        return next(found, None)

    def _obtain(self, part: Part) -> Item:
        """A part: kept, or being read by another thread, or else read by this one."""
        with self._changed:
            while part in self._reading:
                self._changed.wait()
            if self._closed:
                raise SceneError(f"{self._scene.path}: closed; frame {part.frame_idx} is not read")
            if (kept := self._shelf.get(part)) is not None:
                return kept
            self._reading.add(part)
        return self._fetch(part)

    def _fetch(self, part: Part) -> Item:
        """Read a part that this thread has claimed."""
        try:
            item = self._read(part)
            with self._changed:
                self._keep(part, item)
            return item
        finally:
            with self._changed:
                self._reading.discard(part)
                self._changed.notify_all()

    def _read(self, part: Part) -> Item:
        if part.camera == POINTS:
            return read_points(self._scene, part.frame_idx)
        return read_image(self._scene, part.frame_idx, part.camera, part.shrink)

    def _keep(self, part: Part, item: Item) -> None:
        self._arrived.add(part.frame_idx)
        self._problems.pop(part, None)
        if item.problems:
            self._problems[part] = item.problems
        if not self._shelf.put(part, item):
            self._full = True

    def _shrinks(self) -> dict[str, Shrink]:
        return {name: 1 if name in self._sharp else s for name, s in self._small.items()}

    def _known(self, frame_idx: int) -> int:
        self._scene.frames.positions(np.array([frame_idx]))
        return frame_idx
