"""Which classes are told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Int16
from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import ConfigError

NOT_EVALUATED = -1


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedClasses:
    """The classes of an evaluation, coarse or fine.

    Attributes:
        names: C class names.
        of_leaf: (L,) int16 class of each leaf of the taxonomy, or ``NOT_EVALUATED``.
    """

    names: tuple[str, ...]
    of_leaf: Int16


def evaluated_classes(
    taxonomy: Taxonomy, parents: tuple[str, ...], *, leaves: bool
) -> EvaluatedClasses:
    """Take the given coarse classes of a taxonomy, or all of their leaves.

    Raises:
        ConfigError: if the taxonomy lacks one of ``parents``.
    """
    for parent in parents:
        if parent not in taxonomy.parents:
            raise ConfigError(f"class '{parent}': expected one of {', '.join(taxonomy.parents)}")
    parent_names = [taxonomy.parents[code] for code in taxonomy.parent_of]
    if not leaves:
        codes = [parents.index(p) if p in parents else NOT_EVALUATED for p in parent_names]
        return EvaluatedClasses(parents, np.array(codes, np.int16))
    names = tuple(
        leaf for leaf, p in zip(taxonomy.leaves, parent_names, strict=True) if p in parents
    )
    codes = [names.index(leaf) if leaf in names else NOT_EVALUATED for leaf in taxonomy.leaves]
    return EvaluatedClasses(names, np.array(codes, np.int16))
