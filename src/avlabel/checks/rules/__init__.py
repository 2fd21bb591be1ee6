"""The rules; importing this package registers them, in the order in which they run."""

from avlabel.checks.registry import RULES, chosen

from avlabel.checks.rules import (  # isort: skip
    identity as identity,
    sizes as sizes,
    places as places,
    headings as headings,
    motion as motion,
    points as points,
    images as images,
)

__all__ = ["RULES", "chosen"]
