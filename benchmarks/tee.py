"""Text to several streams: what a benchmark prints is kept in a file as well."""

from __future__ import annotations

from typing import TextIO


class Tee:
    """Standard output, say, and a file."""

    def __init__(self, *streams: TextIO) -> None:
        self.streams = streams

    def write(self, text: str) -> int:
        """Write to all."""
        for stream in self.streams:
            stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush all."""
        for stream in self.streams:
            stream.flush()
