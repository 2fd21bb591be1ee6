"""The folder in which the logs of a scene lie, wherever that is."""

from __future__ import annotations

from typing import Any, Protocol


class Folder(Protocol):
    """What edits ask of a scene's store; ``scenes.store.Store`` has it."""

    @property
    def is_local(self) -> bool:
        """Whether files can be appended to."""

    def path(self, relative: str = "") -> str:
        """Full path of a file, for the operating system and for messages."""

    def sizes(self, relative: str = "") -> dict[str, int]:
        """Bytes of every file in the folder and below; none if it is not there."""

    def read(self, relative: str) -> Any:
        """A whole file, as a buffer."""

    def create_if_absent(self, relative: str, content: bytes) -> bool:
        """Publish a whole file at once, unless one of that name is there; whether it did."""
