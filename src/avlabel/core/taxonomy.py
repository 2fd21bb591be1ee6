"""Classes: leaves under coarse parents, with size priors."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from avlabel.core.arrays import Float64, Int16, IntArray
from avlabel.errors import ConfigError


@dataclass(frozen=True, slots=True, eq=False)
class Taxonomy:
    """Classes by code; a cuboid's ``category`` indexes ``leaves``.

    Attributes:
        version: of the class list, stored with every scene.
        parents: coarse class names.
        leaves: L fine class names.
        parent_of: (L,) int16 index into ``parents``.
        size_m: (L, 3) float64 mean length, width, height.
        size_std_m: (L, 3) float64 their standard deviations.
        frequency: (L,) float64 in 0..1, how common each leaf is.
        max_speed_mps: (L,) float64.
    """

    version: str
    parents: tuple[str, ...]
    leaves: tuple[str, ...]
    parent_of: Int16
    size_m: Float64
    size_std_m: Float64
    frequency: Float64
    max_speed_mps: Float64

    def code(self, leaf: str) -> int:
        """Code of a leaf.

        Raises:
            ConfigError: if the taxonomy has no such leaf.
        """
        try:
            return self.leaves.index(leaf)
        except ValueError:
            raise ConfigError(f"class '{leaf}': expected one of {', '.join(self.leaves)}") from None

    def names(self, codes: IntArray) -> list[str]:
        """Leaf names of codes (N,)."""
        return [self.leaves[code] for code in codes]

    def coarse(self, codes: IntArray) -> Int16:
        """(N,) int16 index into ``parents`` of leaf codes (N,)."""
        return self.parent_of[np.asarray(codes)]

    def table(self) -> dict[str, Any]:
        """The nested table that the taxonomy's TOML spells out."""
        leaves = {
            leaf: {
                "parent": self.parents[self.parent_of[i]],
                "size_m": self.size_m[i].tolist(),
                "size_std_m": self.size_std_m[i].tolist(),
                "frequency": float(self.frequency[i]),
                "max_speed_mps": float(self.max_speed_mps[i]),
            }
            for i, leaf in enumerate(self.leaves)
        }
        return {"version": self.version, "parents": list(self.parents), "leaves": leaves}


def taxonomy_from_table(table: Mapping[str, Any], where: str) -> Taxonomy:
    """Build from the nested table that its TOML spells out.

    Raises:
        ConfigError: if a leaf lacks a field or names an unknown parent; ``where`` is named.
    """
    try:
        parents = tuple(table["parents"])
        leaves = list(table["leaves"].values())
        return Taxonomy(
            version=str(table["version"]),
            parents=parents,
            leaves=tuple(table["leaves"]),
            parent_of=np.array([parents.index(leaf["parent"]) for leaf in leaves], np.int16),
            size_m=np.array([leaf["size_m"] for leaf in leaves], float).reshape(-1, 3),
            size_std_m=np.array([leaf["size_std_m"] for leaf in leaves], float).reshape(-1, 3),
            frequency=np.array([float(leaf["frequency"]) for leaf in leaves]),
            max_speed_mps=np.array([float(leaf["max_speed_mps"]) for leaf in leaves]),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{where}: not a taxonomy: {error!r}") from error


def load_taxonomy(path: Path) -> Taxonomy:
    """Read a taxonomy TOML.

    Raises:
        ConfigError: if it is no TOML, or a leaf lacks a field or names an unknown parent.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not a taxonomy: {error}") from error
    return taxonomy_from_table(table, str(path))


@lru_cache(maxsize=1)
def default_taxonomy() -> Taxonomy:
    """The classes avlabel ships with."""
    return load_taxonomy(Path(str(files("avlabel.core") / "taxonomy.toml")))
