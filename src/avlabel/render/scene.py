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

    Writes ``cameras/<camera>/000040.jpg``, ``bev/000040.png``, ``mosaic/000040.jpg`` and, with
    ``video``, ``drive.mp4`` and ``drive.webp``, both in real time.

    Args:
        scene: a committed scene.
        out_dir: made if absent; files of an earlier rendering are replaced.
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
    written: list[Path] = []
    mosaics = _Movie(out_dir, _frames_a_second(scene, every), len(wanted)) if video else None
    with _write_errors(out_dir):
        for done, frame_idx in enumerate(wanted, start=1):
            pictures = painter.paint(frame_idx)
            written += _write_pictures(pictures, out_dir, frame_idx)
            if mosaics:
                mosaics.add(pictures.mosaic)
            if progress:
                progress("render", done, len(wanted))
        if mosaics:
            written += mosaics.close()
    return written


class _Movie:
    """The mosaics, smaller, as an MP4 and as an animated WebP of fewer frames."""

    def __init__(self, out_dir: Path, fps: float, n_frames: int) -> None:
        self._out_dir, self._fps = out_dir, fps
        self._stride = -(-n_frames // WEBP_MOST_FRAMES)
        self._count = 0
        self._kept: list[UInt8] = []
        self._file: VideoFile | None = None

    def add(self, mosaic: UInt8) -> None:
        size = MOVIE_WIDTH_PX, round(mosaic.shape[0] * MOVIE_WIDTH_PX / mosaic.shape[1]) // 2 * 2
        small = np.asarray(cv2.resize(mosaic, size, interpolation=cv2.INTER_AREA), np.uint8)
        if self._file is None:
            self._file = VideoFile(self._out_dir / "drive.mp4", self._fps, size)
        self._file.add(small)
        if self._count % self._stride == 0:
            self._kept.append(small)
        self._count += 1

    def close(self) -> list[Path]:
        if self._file is None:
            return []
        self._file.close()
        webp = self._out_dir / "drive.webp"
        write_webp(webp, self._kept, self._fps / self._stride)
        return [self._file.path, webp]


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


def _write_pictures(pictures: FramePictures, out_dir: Path, frame_idx: int) -> list[Path]:
    name = f"{frame_idx:06d}"
    files = {
        out_dir / "cameras" / camera / f"{name}.jpg": image
        for camera, image in pictures.cameras.items()
    }
    files[out_dir / "bev" / f"{name}.png"] = pictures.bev
    files[out_dir / "mosaic" / f"{name}.jpg"] = pictures.mosaic
    for path, image in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(path, image)
    return list(files)


@contextmanager
def _write_errors(out_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SceneWriteError(f"{out_dir}: cannot write pictures: {error}") from error
