"""The images of one camera of a committed scene."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from avlabel.core.arrays import UInt8
from avlabel.errors import ReadError, SceneError
from avlabel.scenes.commits import FileEntry
from avlabel.scenes.images import Shrink, decode, digest
from avlabel.scenes.paths import contained
from avlabel.scenes.reading import read_columns, read_row_groups
from avlabel.scenes.store import Store
from avlabel.scenes.tables import IMAGES

MAX_IMAGE_BYTES = 256 << 20


class CameraImages:
    """A table ``images/<camera>`` and what it refers to.

    Args:
        store: the scene's folder.
        table: full name.
        entry: its file.
        source_root: the recording's folder, or None if the scene names none.
    """

    def __init__(
        self, store: Store, table: str, entry: FileEntry, source_root: str | Path | None
    ) -> None:
        self._store, self._table, self._entry = store, table, entry
        self._source_root = source_root

    def read(self, frame_idx: int, shrink: Shrink = 1) -> UInt8 | None:
        """One image, (H, W, 3) uint8 RGB, its sides divided; None if the frame has none.

        Raises:
            ReadError: if the recording's file is gone, has changed or is no image.
            SceneCorruptError: if the table is damaged, or a URI leaves the recording's folder.
        """
        file = self.file(frame_idx)
        if file is None:
            return None
        row = self._rows[frame_idx]
        return decode(file[1], f"image {row['uri']}", (row["width"], row["height"]), shrink)

    def file(self, frame_idx: int) -> tuple[str, bytes] | None:
        """Name and content of one image's file as it was recorded; None if the frame has none.

        Raises:
            ReadError: if the recording's file is gone or has changed.
            SceneCorruptError: if the table is damaged, or a URI leaves the recording's folder.
        """
        row = self._rows.get(frame_idx)
        if row is None:
            return None
        encoded = self._embedded(row["row"]) if self._is_embedded else self._referred(row["uri"])
        if digest(encoded) != row["sha256"]:
            raise ReadError(f"image {row['uri']}: has changed since the scene was written")
        return str(row["uri"]).rpartition("/")[2], encoded

    @cached_property
    def exposures_ns(self) -> dict[int, int]:
        """Exposure of the middle row of each image, ns, by frame number; reads no image."""
        return {frame: row["timestamp_ns"] for frame, row in self._rows.items()}

    @cached_property
    def _is_embedded(self) -> bool:
        return "encoded" in read_columns(self._store, self._entry)

    @cached_property
    def _rows(self) -> dict[int, dict[str, Any]]:
        names = [column.name for column in IMAGES.columns]
        table = read_row_groups(self._store, self._table, self._entry, columns=names)
        return {row["frame_idx"]: {**row, "row": i} for i, row in enumerate(table.to_pylist())}

    def _embedded(self, row: int) -> bytes:
        # One image a row group.
        table = read_row_groups(self._store, self._table, self._entry, [row], ["encoded"])
        encoded: bytes = table.column("encoded")[0].as_py()
        return encoded

    def _referred(self, uri: str) -> bytes:
        if not self._source_root:
            raise ReadError(f"image {uri}: the scene does not say where its recording lies")
        root = Store.at(self._source_root)
        try:
            inside = contained(uri, self._store.path(self._entry.path))
            content: bytes = root.read(inside, MAX_IMAGE_BYTES).to_pybytes()
        except ConnectionError as error:
            raise SceneError(f"image {root.path(uri)}: cannot be reached: {error}") from error
        except OSError as error:
            raise ReadError(
                f"image {root.path(uri)}: cannot be read; if the recording has moved, "
                "say where with source_root (on the command line --source)"
            ) from error
        return content
