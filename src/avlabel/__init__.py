"""avlabel: autonomous-driving logs in, 3D labels ready for review out."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avlabel.scenes.scene import Scene, open_scene

__all__ = ["Scene", "__version__", "open_scene"]
__version__ = version("avlabel")


def __getattr__(name: str) -> Any:
    """Import the scene store at first use, so that ``import avlabel`` stays cheap."""
    if name in {"Scene", "open_scene"}:
        from avlabel.scenes import scene

        return getattr(scene, name)
    raise AttributeError(f"module 'avlabel' has no attribute '{name}'")
