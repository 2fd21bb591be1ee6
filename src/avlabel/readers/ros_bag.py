"""ROS bags through the package ``rosbags`` (extra ``rosbag``): ROS 1, ROS 2 and MCAP."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avlabel.errors import InputError, ReadError

if TYPE_CHECKING:
    from rosbags.highlevel import AnyReader

BAG_SUFFIXES = (".bag", ".mcap", ".db3")
TF_MESSAGE = "geometry_msgs/TransformStamped[] transforms\n"
"""Not among the types that ``rosbags`` brings, and missing in ROS 2 bags before Iron."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a bag's index says of a topic.

    Attributes:
        name: such as ``/points``.
        type_name: of its messages, in the long form ``sensor_msgs/msg/PointCloud2``; "mixed"
            if it has several.
        count: number of messages.
    """

    name: str
    type_name: str
    count: int


@dataclass(frozen=True, slots=True)
class RosBag:
    """One bag on disk, opened anew for every use, so that it can be read by any thread.

    Attributes:
        path: a ``.bag``, ``.mcap`` or ``.db3`` file, or a ROS 2 folder with ``metadata.yaml``.
    """

    path: Path

    @classmethod
    def find(cls, path: Path) -> RosBag:
        """The bag at a path: the bag itself, or a folder that holds exactly one.

        Raises:
            ReadError: if there is none, or several.
        """
        path = path.resolve()
        if (path.is_file() and path.suffix in BAG_SUFFIXES) or (path / "metadata.yaml").is_file():
            return cls(path)
        inner = [p for p in sorted(path.glob("*")) if p.suffix in BAG_SUFFIXES]
        inner += [p.parent for p in sorted(path.glob("*/metadata.yaml"))]
        if len(inner) == 1:
            return cls(inner[0])
        names = ", ".join(p.name for p in inner[:9]) or "none"
        raise ReadError(
            f"{path}: expected one {', '.join(BAG_SUFFIXES)} file or a folder with metadata.yaml, "
            f"got {names}"
        )

    @property
    def folder(self) -> Path:
        """The bag itself, if it is a folder, else the folder that it lies in."""
        return self.path if self.path.is_dir() else self.path.parent

    def topics(self) -> dict[str, Topic]:
        """All topics by name; only the index is read.

        Raises:
            ReadError: if it cannot be.
        """
        with self._open() as reader:
            return {
                name: Topic(name, info.msgtype or "mixed", info.msgcount)
                for name, info in sorted(reader.topics.items())
            }

    def span_ns(self) -> tuple[int, int]:
        """When the first and the last message were received.

        Raises:
            ReadError: if the index cannot be read.
        """
        with self._open() as reader:
            return reader.start_time, reader.end_time

    def messages(
        self, topics: Collection[str], start_ns: int | None = None, stop_ns: int | None = None
    ) -> Iterator[tuple[str, int, Any]]:
        """Topic, time of receipt and content, message by message in order of receipt.

        Args:
            topics: which; not one of them gives nothing.
            start_ns: received then or later.
            stop_ns: received before.

        Raises:
            ReadError: naming the topic, if a message cannot be read.
        """
        with self._open() as reader:
            chosen = [c for c in reader.connections if c.topic in topics]
            if not chosen:
                return
            for connection, received_ns, raw in reader.messages(chosen, start_ns, stop_ns):
                yield (
                    connection.topic,
                    received_ns,
                    self._parsed(reader, raw, connection.msgtype, connection.topic, received_ns),
                )

    def first(self, topic: str) -> Any:
        """The first message of a topic, None if it has none.

        Raises:
            ReadError: if it cannot be read.
        """
        return next((message for _, _, message in self.messages([topic])), None)

    def _parsed(
        self, reader: AnyReader, raw: bytes, type_name: str, topic: str, received_ns: int
    ) -> Any:
        try:
            return reader.deserialize(raw, type_name)
        # A damaged message ends in whatever the generated parser runs into.
        except Exception as error:
            raise ReadError(
                f"{self.path}: topic {topic}: message received at {received_ns} ns: not a "
                f"{type_name}: {error or type(error).__name__}"
            ) from error

    @contextmanager
    def _open(self) -> Iterator[AnyReader]:
        any_reader, store = _rosbags()
        try:
            with any_reader([self.path], default_typestore=store) as reader:
                yield reader
        except InputError:
            raise
        # The package raises what its parts do: of SQLite, of zstd, struct.error, assertions.
        except Exception as error:
            raise ReadError(
                f"{self.path}: cannot be read as a bag: {error or type(error).__name__}"
            ) from error


def _rosbags() -> tuple[type[AnyReader], Any]:
    """The reader's class, and the messages of bags that do not describe theirs."""
    try:
        from rosbags.highlevel import AnyReader
        from rosbags.typesys import Stores, get_types_from_msg, get_typestore
    except ImportError as error:
        raise InputError(
            "ROS bags are read by rosbags, which is not installed: pip install avlabel[rosbag]"
        ) from error
    store = get_typestore(Stores.ROS2_HUMBLE)
    store.register(get_types_from_msg(TF_MESSAGE, "tf2_msgs/msg/TFMessage"))
    return AnyReader, store


def stamp_ns(message: Any, received_ns: int) -> int:
    """The header's time; the time of receipt where drivers left it empty."""
    stamp = message.header.stamp
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec) or received_ns
