"""Whether a window can be opened here, said in words before Open3D is asked."""

from __future__ import annotations

import os
import sys

from avlabel.errors import AvlabelError

INSTALL = "pip install 'avlabel[viewer]'"
PACKAGES = "libgl1 libegl1 libgl1-mesa-dri libvulkan1 mesa-vulkan-drivers libusb-1.0-0 libgomp1"


class NoWindowError(AvlabelError):
    """The review window cannot be opened on this machine."""


def need_graphics() -> None:
    """Import Open3D and look for a screen.

    Raises:
        NoWindowError: saying what is missing and how to get it.
    """
    # Without a screen Open3D would go on unseen, and keep a core busy.
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise NoWindowError(
            "no screen: DISPLAY is not set. Work at a desktop, through ssh -X, or start a screen "
            "without a monitor: Xvfb :1 -screen 0 1600x1000x24 & export DISPLAY=:1"
        )
    try:
        import open3d.visualization.gui  # noqa: F401
    except ModuleNotFoundError as error:
        raise NoWindowError(f"Open3D is not installed ({error}): {INSTALL}") from error
    except (ImportError, OSError) as error:
        raise NoWindowError(
            f"Open3D cannot be loaded: {error}. It needs libraries of OpenGL and Vulkan; on "
            f"Debian and Ubuntu: sudo apt-get install {PACKAGES}"
        ) from error
