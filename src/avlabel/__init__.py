"""avlabel: autonomous-driving logs in, reviewed 3D labels out."""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("avlabel")
