"""Pictures and videos of a committed scene, as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.errors import InputError, SceneWriteError
from avlabel.render.frame import FramePainter, FramePictures, RenderStyle
from avlabel.render.ledger import Ledger
from avlabel.render.video import VideoFile, write_image, write_webp
from avlabel.scenes.scene import Labels, Scene

MOVIE_WIDTH_PX = 960
"""Tags are still legible, and VP9 encodes four frames a second rather than two."""

WEBP_MOST_FRAMES = 40
"""An animation for a README is held in memory and loaded by every reader; the MP4 has it all."""

Warn = Callable[[str], None]
Progress = Callable[[str, int, int], None]


def render_scene(
    scene: Scene,
    out_dir: Path,
    *,
    first: int | None = None,
    last: int | None = None,
    every: int = 1,
    video: bool = True,
    style: RenderStyle | None = None,
    progress: Progress | None = None,
    warn: Warn = lambda _message: None,
    labels: Labels = "resolved",
) -> list[Path]:
    """Draw a scene's frames into a folder.

    Writes ``cameras/<camera>/000040.jpg``, ``bev/000040.png``, ``mosaic/000040.jpg`` and
    ``perspective/000040.jpg``, as the style wants, and, with ``video``, ``drive.mp4`` and
    ``drive.webp`` of the mosaics and ``perspective.mp4`` and ``perspective.webp``, in real time.
    What an earlier rendering wrote there is removed, so that no picture of other frames, or of
    another scene, stays between the new ones.

    Args:
        scene: a committed scene.
        out_dir: made if absent.
        first: first frame number, None for the scene's first.
        last: frame number before which to stop, None for all.
        every: draw only every n-th frame.
        video: also write the moving pictures.
        style: how pictures look.
        progress: called with ``"render"``, frames done and frames in all.
        warn: told of each image that cannot be read or decoded; it is left out.
        labels: as people left them, or as the pipeline made them.

    Returns:
        Files written, in order.

    Raises:
        InputError: if no frame is in the range, or ``every`` is below 1.
        SceneWriteError: if a file cannot be written.
    """
    wanted = _wanted(scene, first, last, every)
    painter = FramePainter(scene, style, warn, labels=labels)
    fps = _frames_a_second(scene, every)
    with _write_errors(out_dir), Ledger(out_dir) as ledger:
        movies = [_Movie(ledger, name, fps, len(wanted)) for name in ("drive", "perspective")]
        for done, frame_idx in enumerate(wanted, start=1):
            pictures = painter.paint(frame_idx)
            _write_pictures(pictures, ledger, f"{frame_idx:06d}")
            if video:
                for movie, picture in zip(movies, _moving(pictures), strict=True):
                    movie.add(picture)
            if progress:
                progress("render", done, len(wanted))
        for movie in movies:
            movie.close()
    return list(ledger.files)


class _Movie:
    """Pictures, smaller, as an MP4 and as an animated WebP of fewer frames; nothing if none."""

    def __init__(self, ledger: Ledger, name: str, fps: float, n_frames: int) -> None:
        self._ledger, self._name, self._fps = ledger, name, fps
        self._stride = -(-n_frames // WEBP_MOST_FRAMES)
        self._count = 0
        self._kept: list[UInt8] = []
        self._file: VideoFile | None = None

    def add(self, picture: UInt8 | None) -> None:
        if picture is None:
            return
        high, wide = picture.shape[:2]
        size = MOVIE_WIDTH_PX, round(high * MOVIE_WIDTH_PX / wide) // 2 * 2
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        if self._file is None:
            self._file = VideoFile(self._ledger.add(f"{self._name}.mp4"), self._fps, size)
        self._file.add(small)
        if self._count % self._stride == 0:
            self._kept.append(small)
        self._count += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            webp = self._ledger.add(f"{self._name}.webp")
            write_webp(webp, self._kept, self._fps / self._stride)


def _wanted(scene: Scene, first: int | None, last: int | None, every: int) -> list[int]:
    if every < 1:
        raise InputError(f"every: expected at least 1, got {every}")
    numbers = scene.frames.frame_idx
    low = int(numbers.min()) if first is None else first
    high = int(numbers.max()) + 1 if last is None else last
    wanted = numbers[(numbers >= low) & (numbers < high)][::every]
    if not len(wanted):
        raise InputError(
            f"{scene.path}: no frame in {low}:{high}; the scene has {numbers.min()} to "
            f"{numbers.max()}"
        )
    return [int(number) for number in wanted]


def _frames_a_second(scene: Scene, every: int) -> float:
    """So that the movie runs as fast as the drive did; 10 for a single frame."""
    steps_ns = np.diff(scene.frames.ref_ns)
    return 1e9 / (float(np.median(steps_ns)) * every) if len(steps_ns) else 10.0


def _moving(pictures: FramePictures) -> tuple[UInt8 | None, UInt8 | None]:
    """What the movies ``drive`` and ``perspective`` show."""
    return pictures.mosaic, pictures.perspective


def _write_pictures(pictures: FramePictures, ledger: Ledger, name: str) -> None:
    files = {
        f"cameras/{camera}/{name}.jpg": image for camera, image in pictures.cameras.items()
    } | {
        f"bev/{name}.png": pictures.bev,
        f"mosaic/{name}.jpg": pictures.mosaic,
        f"perspective/{name}.jpg": pictures.perspective,
    }
    for relative, image in files.items():
        if image is not None:
            write_image(ledger.add(relative), image)


@contextmanager
def _write_errors(out_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SceneWriteError(f"{out_dir}: cannot write pictures: {error}") from error
