"""Classes: leaves under coarse parents, with size priors."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

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
        max_speed_mps: (L,) float64.
    """

    version: str
    parents: tuple[str, ...]
    leaves: tuple[str, ...]
    parent_of: Int16
    size_m: Float64
    size_std_m: Float64
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


def load_taxonomy(path: Path) -> Taxonomy:
    """Read a taxonomy TOML.

    Raises:
        ConfigError: if it is no TOML, or a leaf lacks a field or names an unknown parent.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        parents = tuple(table["parents"])
        leaves = table["leaves"]
        return Taxonomy(
            version=str(table["version"]),
            parents=parents,
            leaves=tuple(leaves),
            parent_of=np.array(
                [parents.index(leaf["parent"]) for leaf in leaves.values()], np.int16
            ),
            size_m=np.array([leaf["size_m"] for leaf in leaves.values()], float).reshape(-1, 3),
            size_std_m=np.array([leaf["size_std_m"] for leaf in leaves.values()], float).reshape(
                -1, 3
            ),
            max_speed_mps=np.array([leaf["max_speed_mps"] for leaf in leaves.values()], float),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise ConfigError(f"{path}: not a taxonomy: {error}") from error


@lru_cache(maxsize=1)
def default_taxonomy() -> Taxonomy:
    """The classes avlabel ships with."""
    return load_taxonomy(Path(str(files("avlabel.core") / "taxonomy.toml")))
