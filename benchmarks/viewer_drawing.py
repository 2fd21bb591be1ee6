"""What it costs to draw what the review viewer shows, on one core.

python benchmarks/viewer_drawing.py SCENE     written to benchmarks/results/viewer_drawing.txt too

SCENE is a scene with camera images, such as `avlabel label PANDASET/002 --format pandaset` makes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path

from one_core import pin  # first: it sets threads before libraries read them

# isort: split
import numpy as np
from tee import Tee

from avlabel.core.arrays import Float32
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat
from avlabel.geometry.turning import turn_rates
from avlabel.render.mosaic import camera_order
from avlabel.render.perspective import draw_perspective
from avlabel.render.ramps import HEIGHT, HIGHEST_M, LOWEST_M, ramp_colors
from avlabel.render.shots import Shots
from avlabel.scenes.scene import Scene, open_scene
from avlabel_viewer.drawing.film import draw_film
from avlabel_viewer.drawing.film_layout import Film, FilmFrame
from avlabel_viewer.drawing.image_picking import boxes_under
from avlabel_viewer.drawing.images import FrameBoxes, Photo, best_photo, draw_photo, zoomed_view
from avlabel_viewer.drawing.lines import box_lines
from avlabel_viewer.drawing.mosaic import Mosaic, draw_mosaic
from avlabel_viewer.drawing.object_view import ObjectStyle, draw_object_view
from avlabel_viewer.drawing.timeline import Timeline, TimelineMarks, draw_timeline
from avlabel_viewer.viewpoints import around_box

RESULTS = Path(__file__).parent / "results" / "viewer_drawing.txt"
RUNS, TILES = 15, 20
NEAR_M = 5.5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene")
    scene = open_scene(parser.parse_args().scene)
    pin()
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):
        table(scene)


def table(scene: Scene) -> None:
    """A line for each kind of picture, of the frame with most boxes."""
    labels = scene.labels()
    frames, counts = np.unique(labels.frame_idx, return_counts=True)
    frame_idx = int(frames[np.argmax(counts)])
    points = cloud(scene, frame_idx)
    print(f"Milliseconds of processor time, fastest of {RUNS} runs on one core.")
    print(
        f"{scene.scene_id}, frame {frame_idx}: {len(points):,} points, {counts.max()} boxes, ",
        end="",
    )
    print(f"{len(scene.cameras)} cameras\n")
    for name, draw in pictures(scene, labels, frame_idx, points):
        print(f"{name:<52}{fastest_ms(draw):8.2f}")


def pictures(
    scene: Scene, labels: Cuboids, frame_idx: int, points: Float32
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is drawn, by name."""
    rows = np.flatnonzero(labels.frame_idx == frame_idx)
    here, taxonomy = labels.select(rows), scene.taxonomy
    chosen = int(np.argmax(here.num_points))
    yield from object_views(points, here, chosen, scene)
    photos = [photo(scene, Shots(scene), frame_idx, name) for name in camera_order(scene.rig)]
    boxes = FrameBoxes(here, turn_rates(labels)[rows], chosen)
    strip = Mosaic.of(photos, 1600, 156)
    yield "strip of all cameras, 1600 x 156", lambda: draw_mosaic(strip, boxes, taxonomy)
    best = best_photo(photos, boxes) or photos[0]
    whole = best.view(1000, 563)
    yield "the camera that shows most, 1000 x 563", lambda: draw_photo(best, whole, boxes, taxonomy)
    near = zoomed_view(best, boxes, 520, 400) or whole
    yield "zoomed to the object, 520 x 400", lambda: draw_photo(best, near, boxes, taxonomy)
    yield "which camera shows most", lambda: best_photo(photos, boxes)
    yield "which boxes are under a pixel", lambda: boxes_under(best, near, boxes, 260, 200)
    timeline, marks = marked(scene, labels, int(here.track_id[chosen]))
    yield "timeline, 1600 x 60", lambda: draw_timeline(timeline, marks, frame_idx)
    yield "lines of all boxes for the 3D view", lambda: box_lines(here, taxonomy, chosen)
    yield from films(scene, here, chosen, points)
    pose = scene.frames.world_from_ego[int(scene.frames.positions(np.array([frame_idx]))[0])]
    points_ego, ego = pose.inverse().apply(points), here.moved(pose.inverse(), "ego")
    picture = "avlabel render's perspective, 1280 x 720"
    yield picture, lambda: draw_perspective(points_ego, ego, [], taxonomy)


def object_views(
    points: Float32, here: Cuboids, row: int, scene: Scene
) -> Iterator[tuple[str, Callable[[], object]]]:
    """From above, from the side, from behind."""
    rotation = matrix_from_quat(here.quat_wxyz[row])
    scale = around_box.fitting_scale(here.size_lwh[row], 400, 300)
    colors = ramp_colors(points[:, 2] - np.median(points[:, 2]), LOWEST_M, HIGHEST_M, HEIGHT)
    for view_of in (around_box.top, around_box.side, around_box.rear):
        view, style = view_of(here.center[row], rotation, scale, 400, 300), ObjectStyle("view")
        args = view, points, colors, here, row, scene.taxonomy
        name = f"object, {view_of.__name__} view, 400 x 300"
        yield name, lambda args=args, style=style: draw_object_view(*args, style=style)


def films(
    scene: Scene, here: Cuboids, row: int, points: Float32
) -> Iterator[tuple[str, Callable[[], object]]]:
    """The same frame over and over, with the points that the window gathers around the object."""
    box = here.select(slice(row, row + 1))
    near = points[np.linalg.norm(points - box.center[0], axis=1) < NEAR_M]
    colors = ramp_colors(np.ascontiguousarray(near[:, 2]), LOWEST_M, HIGHEST_M, HEIGHT)
    frames = [FilmFrame(i, box, True, near, colors) for i in range(TILES)]
    for name, size, three in (("", (1600, 130), False), (", three views", (1300, 900), True)):
        film = Film.of(frames, *size, three_views=three)
        text = f"object over {TILES} frames{name}, {size[0]} x {size[1]}"
        yield text, lambda film=film: draw_film(film, scene.taxonomy, current=3)


def marked(scene: Scene, labels: Cuboids, track_id: int) -> tuple[Timeline, TimelineMarks]:
    """A timeline on which every row is full."""
    every = scene.frames.frame_idx
    mine = labels.frame_idx[labels.track_id == track_id]
    return Timeline(every, 1600), TimelineMarks(
        mine, mine[::3], mine[::4], (86, 180, 233), *[every] * 8
    )


def cloud(scene: Scene, frame_idx: int) -> Float32:
    """(N, 3) points of all LiDARs, world."""
    pose = scene.frames.world_from_ego[int(scene.frames.positions(np.array([frame_idx]))[0])]
    sweeps = [scene.sweep(frame_idx, lidar).points_ego for lidar in scene.lidars]
    return pose.apply(np.concatenate(sweeps)).astype(np.float32)


def photo(scene: Scene, shots: Shots, frame_idx: int, camera: str) -> Photo:
    """A whole image of the recording."""
    model, shot = scene.rig.cameras[camera].model, shots.of(frame_idx, camera)
    return Photo(camera, model, scene.image(frame_idx, camera), shot)


def fastest_ms(call: Callable[[], object]) -> float:
    """Milliseconds of processor time; the first run, which compiles, is not counted."""
    call()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


if __name__ == "__main__":
    main()
