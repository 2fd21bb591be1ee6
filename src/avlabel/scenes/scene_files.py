"""The files of one commit as tables, and as what tables stand for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa

from avlabel.core.sweep import Sweep
from avlabel.errors import SceneNotFoundError
from avlabel.scenes.commits import Commit, FileEntry
from avlabel.scenes.locate import suggest
from avlabel.scenes.points import sweep_from_table
from avlabel.scenes.reading import converting, read_row_groups, read_small, verify_file
from avlabel.scenes.store import Store
from avlabel.scenes.tables import SWEEPS

T = TypeVar("T")


class SceneFiles:
    """Tables read when asked for, the small ones once; threads may share it.

    Every method raises ``SceneCorruptError``, naming the file, where a file differs from its
    commit or holds what cannot be.

    Args:
        store: the scene's folder, which paths in the commit are relative to.
        commit: names the files.
    """

    def __init__(self, store: Store, commit: Commit) -> None:
        self.store = store
        self._entries = commit.files
        self._small: dict[str, tuple[pa.Table, dict[str, Any]]] = {}

    def entry(self, name: str) -> FileEntry:
        """The file of a table.

        Raises:
            SceneNotFoundError: if there is no such table; the message suggests one.
        """
        try:
            return self._entries[name]
        except KeyError:
            hint = suggest(name, list(self._entries))
            raise SceneNotFoundError(f"{self.store.path()}: no table '{name}'{hint}") from None

    def table(self, name: str) -> pa.Table:
        """A whole table."""
        if name.startswith(("points/", "images/")):
            return read_row_groups(self.store, name, self.entry(name))
        return self._read_small(name)[0]

    def facts(self, name: str) -> dict[str, Any]:
        """The ``avlabel`` metadata of a small table's file."""
        return self._read_small(name)[1]

    def converted(self, name: str, convert: Callable[..., T], *arguments: Any) -> T:
        """A small table as what it stands for; ``convert`` is called with it."""
        table = self.table(name)
        with self.converting(name):
            return convert(table, *arguments)

    def converting(self, name: str) -> Any:
        """A ``with`` block in which errors of values are a table's damage."""
        return converting(f"{self.store.path()}: table '{name}'")

    def sweep(self, frame_idx: int, lidar: str) -> Sweep:
        """One sweep; reads only its own row group.

        Raises:
            SceneNotFoundError: if there is no such sweep or LiDAR.
        """
        name = f"points/{lidar}"
        entry, row = self.entry(name), self._sweep_row(lidar, frame_idx)
        row_groups = [row["row_group"]] if row["n_points"] else []
        points = read_row_groups(self.store, name, entry, row_groups)
        with self.converting(name):
            return sweep_from_table(
                points,
                frame_idx=frame_idx,
                sensor_id=lidar,
                ref_ns=row["ref_ns"],
                compensated=row["compensated"],
            )

    def verify(self) -> int:
        """Hash every file, however large, and return their number."""
        for entry in self._entries.values():
            verify_file(self.store, entry)
        return len(self._entries)

    def _read_small(self, name: str) -> tuple[pa.Table, dict[str, Any]]:
        if name not in self._small:
            self._small[name] = read_small(self.store, name, self.entry(name))
        return self._small[name]

    @cached_property
    def _sweep_rows(self) -> dict[tuple[str, int], dict[str, Any]]:
        def rows(table: pa.Table) -> dict[tuple[str, int], dict[str, Any]]:
            found = table.select([column.name for column in SWEEPS.columns]).to_pylist()
            return {(row["sensor_id"], row["frame_idx"]): row for row in found}

        return self.converted("sweeps", rows)

    def _sweep_row(self, lidar: str, frame_idx: int) -> dict[str, Any]:
        row = self._sweep_rows.get((lidar, frame_idx))
        if row is None:
            frames = sorted(frame for sensor, frame in self._sweep_rows if sensor == lidar)
            there = f"{len(frames)}, {frames[0]} to {frames[-1]}" if frames else "none"
            raise SceneNotFoundError(
                f"{self.store.path()}: no sweep {frame_idx} of lidar '{lidar}'; it has {there}"
            )
        return row
