"""A recording that was fetched from an object store, and speaks of where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from avlabel.core.log import ImageIndex, Log, SweepIndex, Truth
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class FetchedLog:
    """A ``Log`` read from a copy; nothing it says depends on where the copy lies.

    Attributes:
        log: what the reader made of the copy.
        copy: the copy's folder.
        uri: what the copy was made of.
    """

    log: Log
    copy: Path
    uri: str

    @property
    def log_id(self) -> str:
        """Name of the drive."""
        return self.log.log_id

    @property
    def root(self) -> Path:
        """Folder in the copy that image URIs are relative to."""
        return self.log.root

    @property
    def source_uri(self) -> str:
        """The same folder in the store."""
        root, copy = self.log.root.resolve(), self.copy.resolve()
        if root == copy.parent:  # A recording that is a single file.
            return self.uri.rpartition("/")[0]
        relative = root.relative_to(copy).as_posix()
        return self.uri if relative == "." else f"{self.uri}/{relative}"

    @property
    def rig(self) -> Rig:
        """Sensors."""
        return self.log.rig

    @property
    def trajectory(self) -> Trajectory:
        """Ego poses in the recording's own world."""
        return self.log.trajectory

    @property
    def sweeps(self) -> SweepIndex:
        """Sweeps of the chosen LiDAR."""
        return self.log.sweeps

    @property
    def images(self) -> Mapping[str, ImageIndex]:
        """Images by camera."""
        return self.log.images

    @property
    def metadata(self) -> Mapping[str, str]:
        """Facts worth keeping."""
        return self.log.metadata

    def read_sweep(self, index: int) -> Sweep:
        """Read sweep ``index``.

        Raises:
            ReadError: if the file is missing, truncated or malformed.
        """
        with speaking_of(self.uri, self.copy):
            return self.log.read_sweep(index)

    def read_truth(self) -> Truth | None:
        """Labels that come with the recording, or None.

        Raises:
            ReadError: if a label file is malformed.
        """
        with speaking_of(self.uri, self.copy):
            return self.log.read_truth()


@contextmanager
def speaking_of(uri: str, copy: Path) -> Iterator[None]:
    """Put a store's URI in place of the copy's path into what a reader complains about."""
    try:
        yield
    except InputError as error:
        message = str(error)
        for path in (str(copy.resolve()), str(copy)):
            message = message.replace(path, uri)
        raise type(error)(message) from error
