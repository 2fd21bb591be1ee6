"""Whether a window can be opened here, said in words before Open3D is asked."""

from __future__ import annotations

import ctypes
import os
import sys

from avlabel.errors import AvlabelError

INSTALL = "pip install 'avlabel[viewer]', or in a checkout pip install -e '.[viewer]'"
SCREENS = (
    "Work at a desktop, through ssh -X, or start a screen without a monitor: "
    "Xvfb :1 -screen 0 1600x1000x24 & export DISPLAY=:1"
)
PACKAGES = "libgl1 libegl1 libgl1-mesa-dri libvulkan1 mesa-vulkan-drivers libusb-1.0-0 libgomp1"


class NoWindowError(AvlabelError):
    """The review window cannot be opened on this machine."""


def need_graphics() -> None:
    """Import Open3D and look for a screen.

    Raises:
        NoWindowError: saying what is missing and how to get it.
    """
    if sys.platform.startswith("linux"):
        _need_screen(os.environ.get("DISPLAY", ""))
    try:
        import open3d.visualization.gui
    except ModuleNotFoundError as error:
        raise NoWindowError(f"Open3D is not installed ({error}): {INSTALL}") from error
    except (ImportError, OSError) as error:
        raise NoWindowError(
            f"Open3D cannot be loaded: {error}. It needs libraries of OpenGL and Vulkan; on "
            f"Debian and Ubuntu: sudo apt-get install {PACKAGES}"
        ) from error
    quiet = open3d.utility.VerbosityLevel.Warning
    open3d.utility.set_verbosity_level(quiet)


def _need_screen(display: str) -> None:
    """Without a screen Open3D would go on unseen and keep a core busy, or end the process."""
    if not display:
        raise NoWindowError(f"no screen: DISPLAY is not set. {SCREENS}")
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return  # Open3D's own import says what is missing.
    x11.XOpenDisplay.restype = ctypes.c_void_p
    opened = x11.XOpenDisplay(display.encode())
    if not opened:
        raise NoWindowError(f"no screen: DISPLAY is '{display}', and nothing is there. {SCREENS}")
    x11.XCloseDisplay(ctypes.c_void_p(opened))
