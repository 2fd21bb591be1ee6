"""Pictures of the review window in use, for README and guide; needs what its tests need.

python docs/screenshots.py    opens the demo on a screen that is none, and works there by mouse
                              and keys; writes docs/images/review*.jpg
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests" / "viewer"))

import window_driver  # noqa: E402 (found only now)

from avlabel_viewer.demo import demo_scene  # noqa: E402

SIZE = (1600, 950)


def main() -> None:
    """Take every picture."""
    window_driver.SCREEN = SIZE
    with window_driver.virtual_screen() as screen, tempfile.TemporaryDirectory() as folder:
        scene = Path(demo_scene())
        copy = Path(shutil.copytree(scene, Path(folder) / scene.name))
        shutil.rmtree(copy / "edits", ignore_errors=True)
        window = window_driver.Window(copy, screen, Path(folder))
        try:
            take_all(window)
        finally:
            window.kill()


def take_all(window: window_driver.Window) -> None:
    """Work through a scene, and keep what the screen shows on the way."""
    window.key("Right", "Right", "Right", "Right")
    window.wait(lambda shown: shown["frame_idx"] == 4 and shown["has_data"])
    left, top, width, height = window.shown["rects"]["images"]
    window.click(left + 0.7 * width, top + 0.62 * height)  # the car before the camera
    window.wait(lambda shown: shown["track_id"] >= 0)
    window.key("r", "i", "t")
    window.wait(lambda shown: "trails" in shown["message"])
    window.key("w", "z")
    window.wait(lambda shown: shown["message"] == "turn" and not shown["unrecorded"])
    front = np.array(window.shown["boxes_px"]["top"])[[0, 1, 4, 5]].mean(axis=0)
    window.point(*front)
    take(window, "review")

    window.key("v")
    take(window, "review-film")
    window.key("v", "o", "o", "o", "p")
    window.wait(lambda shown: "sweeps together" in shown["message"])
    take(window, "review-sweeps")
    window.key("shift+slash")
    window.wait(lambda shown: shown["dialog"] == "help")
    take(window, "review-keys")


def take(window: window_driver.Window, name: str) -> None:
    """Keep the screen once it rests."""
    picture = window.resting_picture()
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    path = IMAGES / f"{name}.jpg"
    cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
