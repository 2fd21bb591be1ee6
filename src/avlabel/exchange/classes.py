"""Class names of a format against leaves of the taxonomy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from avlabel.core.taxonomy import Taxonomy
from avlabel.errors import ExportError, ReadError

MAX_NAME = 256
LEFT_OUT = ""
"""The name that leaves a class out."""


def names_of_leaves(
    taxonomy: Taxonomy, usual: Mapping[str, str], wanted: Mapping[str, str]
) -> dict[str, str]:
    """What each leaf is called; ``LEFT_OUT`` for those that are not written.

    Args:
        taxonomy: the scene's.
        usual: the format's own names by leaf; the leaf's own where it has none.
        wanted: the user's names by leaf or by parent, before those; a leaf goes before its parent.

    Raises:
        ExportError: for a wanted class that the taxonomy lacks.
    """
    known = {*taxonomy.leaves, *taxonomy.parents}
    for name in wanted:
        if name not in known:
            listed = ", ".join([*taxonomy.leaves, *taxonomy.parents])
            raise ExportError(f"class '{name}': expected one of {listed}")
    names = {leaf: usual.get(leaf, leaf) for leaf in taxonomy.leaves}
    for i, leaf in enumerate(taxonomy.leaves):
        parent = taxonomy.parents[taxonomy.parent_of[i]]
        names[leaf] = wanted.get(leaf, wanted.get(parent, names[leaf]))
    return names


def check_names(names: Iterable[str], *, one_word: bool) -> None:
    """Refuse class names that files cannot hold.

    Raises:
        ExportError: naming the first.
    """
    for name in names:
        if not name.isprintable() or len(name) > MAX_NAME:
            raise ExportError(f"class name {name[:40]!r}: expected printable text, {MAX_NAME} long")
        if one_word and len(name.split()) > 1:
            raise ExportError(f"class name '{name}': expected one word; blanks part words here")


def leaves_of_names(
    found: Iterable[tuple[str, str]],
    usual: Mapping[str, str],
    wanted: Mapping[str, str],
    taxonomy: Taxonomy,
) -> list[str]:
    """The leaf of each class name found; ``LEFT_OUT`` for those that are not read.

    Args:
        found: names, and where each was found.
        usual: the format's own leaves by name; a leaf's own name stands for itself.
        wanted: the user's, before those.
        taxonomy: the scene's.

    Raises:
        ReadError: for a name that nobody maps, or a leaf that the taxonomy lacks.
    """
    table = {leaf: leaf for leaf in taxonomy.leaves} | dict(usual) | dict(wanted)
    leaves = []
    for name, where in found:
        if name not in table:
            raise ReadError(
                f"{where}: class '{name}': expected {_listed(table)}; "
                f"give it a class with --class '{name}=car', or leave it out with '{name}='"
            )
        if table[name] not in (*taxonomy.leaves, LEFT_OUT):
            listed = ", ".join(taxonomy.leaves)
            raise ReadError(f"class '{name}={table[name]}': expected a class out of {listed}")
        leaves.append(table[name])
    return leaves


def inverse(names: Mapping[str, str], **more: str) -> dict[str, str]:
    """Leaves by name, of names by leaf: the first leaf of each name, and some more."""
    leaves: dict[str, str] = {}
    for leaf, name in names.items():
        leaves.setdefault(name, leaf)
    return leaves | more


def _listed(names: Collection[str], most: int = 12) -> str:
    listed: Sequence[str] = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return f"one of {', '.join(listed[:most])}{more}"
