"""Images of a bag, unpacked once: scenes refer to images by file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from avlabel.core.log import ImageIndex
from avlabel.errors import ReadError
from avlabel.readers.files import folder_name
from avlabel.readers.ros_bag import RosBag, stamp_ns
from avlabel.readers.ros_images import encoded_image

FOLDER = "avlabel_images"
"""Beside a bag, or in a bag that is a folder."""


@dataclass(slots=True)
class ImagePass:
    """Unpacks the images of one camera as they go by; what is unpacked already stays.

    Attributes:
        bag: where they are.
        topic: which they are.
        files: by time, relative to the bag's folder.
        faults: what could not be unpacked; those images are left out.
    """

    bag: RosBag
    topic: str
    files: dict[int, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def take(self, message: Any, received_ns: int) -> None:
        """Unpack one image."""
        time_ns = stamp_ns(message, received_ns)
        here = f"{FOLDER}/{folder_name(self.bag.path.stem)}/{folder_name(self.topic)}"
        try:
            self.files[time_ns] = self._unpacked(message, f"{here}/{time_ns}", time_ns)
        except ReadError as error:
            self.faults.append(str(error))

    def _unpacked(self, message: Any, stem: str, time_ns: int) -> str:
        for suffix in (".jpg", ".png"):
            if (self.bag.folder / (stem + suffix)).is_file():
                return stem + suffix
        where = f"{self.bag.path}: topic {self.topic}: {time_ns} ns"
        encoded, suffix = encoded_image(message, where)
        _write(self.bag.folder / (stem + suffix), encoded)
        return stem + suffix

    def index(self, sensor_id: str, offset_ns: int) -> ImageIndex:
        """The images by time; exposed ``offset_ns`` later than their headers say."""
        times = sorted(self.files)
        exposed_ns = np.array(times, np.int64) + offset_ns
        return ImageIndex(sensor_id, exposed_ns, [self.files[time] for time in times])


def _write(path: Path, encoded: bytes) -> None:
    """Whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(encoded)
        part.replace(path)
    except OSError as error:
        raise ReadError(
            f"{path}: images of a bag are unpacked beside it, which failed: {error.strerror}"
        ) from error
