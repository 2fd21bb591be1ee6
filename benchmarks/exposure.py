"""Do boxes of moving cars meet the images better at their exposure than at the sweep's time?

    python benchmarks/exposure.py [--pictures DIR]

PandaSet scene 002 with its human cuboids. Each box is drawn at a share s of the way from where
it lies without any regard to time (0: at its own time, seen from where the car was in the middle
of the sweep) to where it was at the exposure (1), and on to as far beyond (2), and its own LiDAR
points with it: labels are wider than cars, points are not. How well they meet the image is the
mean brightness step across the left and right outline of the points; the curve is averaged over
boxes that nothing hides and that move far enough in the image for the difference to matter.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path

import one_core  # isort: skip
import cv2
import numpy as np
from recordings import RECORDINGS
from tee import Tee

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera
from avlabel.core.se3 import matrix_from_quat
from avlabel.core.taxonomy import default_taxonomy
from avlabel.geometry.boxes import points_in_boxes
from avlabel.geometry.exposure import corners_as_labelled, expose
from avlabel.geometry.occlusion import occlusion_by_boxes
from avlabel.geometry.projection import project_boxes
from avlabel.geometry.turning import turn_rates
from avlabel.render.camera import draw_cuboids
from avlabel.stages.project import exposure_poses
from avlabel.stages.synchronize import SynchronizeConfig, nearest_image

RESULTS = Path(__file__).parent / "results" / "exposure.txt"
SHARES = np.round(np.arange(-0.5, 2.51, 0.125), 3)
MIN_SHIFT_PX, MIN_POINTS, MIN_SPEED_MPS = 4.0, 60, 3.0
BAND_PX, ROWS_PX = 2, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the largest shifts")
    pictures = parser.parse_args().pictures
    one_core.pin()
    recording = next(r for r in RECORDINGS if r.format == "pandaset")
    if not recording.path.exists():
        print(f"{recording.name}: not here")
        return
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as kept, redirect_stdout(Tee(sys.stdout, kept)):
        measure(recording.open(), pictures)


def measure(log, pictures: Path | None) -> None:  # type: ignore[no-untyped-def]
    """Print the curves by kind of motion."""
    truth = with_velocity(log.read_truth().cuboids)
    rates = turn_rates(truth)
    by_all, by_own = ([], [], []), ([], [], [])
    for name, camera in log.rig.cameras.items():
        images = log.images[name]
        index = nearest_image(images, log.sweeps.ref_ns, SynchronizeConfig().max_image_offset_ms)
        poses = exposure_poses(log.trajectory, camera, images.timestamp_ns[index])
        for k, frame in enumerate(log.sweeps.frame_idx):
            if index[k] < 0 or poses[k] is None:
                continue
            rows = np.flatnonzero(truth.frame_idx == frame)
            boxes, t_ns = truth.select(rows), int(images.timestamp_ns[index[k]])
            at_exposure = expose(boxes, camera, t_ns, poses[k], rates[rows]).corners_cam
            middle = log.trajectory.at(int(log.sweeps.ref_ns[k])) @ camera.ego_from_sensor
            naive = corners_as_labelled(boxes, middle.inverse())
            uri = log.root / images.uris[index[k]]
            own = own_points(boxes, points_world(log, k))
            seen_from = log.trajectory.at(t_ns) @ camera.ego_from_sensor
            unmoved = corners_as_labelled(boxes, seen_from.inverse())
            for start, into in ((naive, by_all), (unmoved, by_own)):
                found = along(start, at_exposure, boxes, own, camera, uri)
                for kept, new in zip(into, found, strict=True):
                    kept += new
            if pictures and k == len(log.sweeps) // 2:
                paint(pictures / f"{name}_{frame}.png", uri, boxes, naive, at_exposure, camera)
    print("PandaSet 002, 15 frames, 6 cameras, human cuboids; share of the way from one place (0)")
    print(f"to the place at the exposure (1); boxes that move {MIN_SHIFT_PX:g} px or more")
    print("from the sweep's time and the car's place then")
    report(*map(np.array, by_all))
    print("from the sweep's time, but seen from where the car was at the exposure")
    report(*map(np.array, by_own))


@cache
def points_world(log, k: int) -> Float64:  # type: ignore[no-untyped-def]
    """(P, 3) of one sweep."""
    sweep = log.read_sweep(k)
    return log.trajectory.at(sweep.ref_ns).apply(sweep.points_ego.astype(np.float64))


def with_velocity(truth: Cuboids) -> Cuboids:
    """Human cuboids carry none: the slope of each track's centres over the cuboids' own times."""
    velocity = np.full((len(truth), 3), np.nan)
    for track in np.unique(truth.track_id):
        rows = np.flatnonzero(truth.track_id == track)
        rows = rows[np.argsort(truth.timestamp_ns[rows])]
        t_s = (truth.timestamp_ns[rows] - truth.timestamp_ns[rows[0]]) * 1e-9
        if len(rows) > 1 and (np.diff(t_s) > 0).all():
            velocity[rows] = np.gradient(truth.center[rows], t_s, axis=0)
    return replace(truth, velocity=velocity.astype(np.float32))


def along(naive, at_exposure, boxes: Cuboids, own, camera: Camera, uri: Path):  # type: ignore[no-untyped-def]
    """Curves, shifts in pixels and whether it drives, of the boxes worth looking at."""
    ends = [project_boxes(corners, camera.model) for corners in (naive, at_exposure)]
    shift = np.abs(ends[1].uv_box[:, [0, 2]] - ends[0].uv_box[:, [0, 2]]).mean(axis=1)
    whole = (ends[0].truncation == 0) & (ends[1].truncation == 0)
    rows = np.flatnonzero(whole & (shift >= MIN_SHIFT_PX) & [len(o) >= MIN_POINTS for o in own])
    rows = rows[occlusion_by_boxes(at_exposure, camera.model)[rows] == 0]
    if not len(rows):
        return [], [], []
    gray = cv2.GaussianBlur(cv2.imread(str(uri), cv2.IMREAD_GRAYSCALE), (0, 0), 1.5)
    step = np.abs(cv2.Sobel(gray, cv2.CV_32F, 1, 0))
    curves = [curve(step, own[i], naive[i], at_exposure[i], camera) for i in rows]
    speed = np.linalg.norm(boxes.velocity[rows, :2], axis=1)
    return curves, list(shift[rows]), list(speed > MIN_SPEED_MPS)


def curve(step, own: Float64, naive: Float64, at_exposure: Float64, camera: Camera) -> list[float]:  # type: ignore[no-untyped-def]
    """Contrast of the outline of a box's own points, carried along with the box."""
    return [
        contrast(step, camera.model.project(own @ carried[1:] + carried[0])[0])
        for carried in (carry(naive + s * (at_exposure - naive)) for s in SHARES)
    ]


def carry(corners: Float64) -> Float64:
    """(4, 3) centre and axes of a box (8, 3), of unit length."""
    axes = corners[[1, 3, 6]] - corners[2]
    return np.concatenate(
        [corners.mean(axis=0)[None], axes / np.linalg.norm(axes, axis=1, keepdims=True)]
    )


def own_points(boxes: Cuboids, points_world: Float64) -> list[Float64]:
    """The points in each box, in the box's own axes; no floor, no roof."""
    rotation = matrix_from_quat(boxes.quat_wxyz)
    inside = points_in_boxes(points_world, boxes, 0.1)
    own = [(points_world[inside[i]] - boxes.center[i]) @ rotation[i] for i in range(len(boxes))]
    return [o[np.abs(o[:, 2]) < 0.3 * boxes.size_lwh[i, 2]] for i, o in enumerate(own)]


def contrast(step, uv: Float64) -> float:  # type: ignore[no-untyped-def]
    """Mean step left and right of points, where their outline stands in each band of rows."""
    last = np.array(step.shape[::-1]) - 1
    bands = np.floor(uv[:, 1] / ROWS_PX)
    found = []
    for band in np.unique(bands):
        mine = uv[bands == band]
        if len(mine) >= 4:
            for side in (mine[mine[:, 0].argmin()], mine[mine[:, 0].argmax()]):
                u, v = np.clip(np.rint(side), 0, last).astype(int)
                found.append(step[v, max(0, u - BAND_PX) : u + BAND_PX + 1].mean())
    return float(np.mean(found)) if found else np.nan


def report(curves: Float64, shifts: Float64, moving) -> None:  # type: ignore[no-untyped-def]
    """Each curve is divided by its own mean, so that no bright car outvotes the others."""
    curves = curves / np.nanmean(curves, axis=1, keepdims=True)
    for name, rows in (("standing", ~moving), ("driving", moving)):
        if not rows.any():
            continue
        mean = np.nanmean(curves[rows], axis=0)
        picks = SHARES[np.nanargmax(curves[rows], axis=1)]
        at = [float(mean[np.argmin(np.abs(SHARES - s))]) for s in (0.0, 1.0)]
        print(
            f"  {name:9} {rows.sum():4d} boxes, shift {np.median(shifts[rows]):.1f} px (median), "
            f"{shifts[rows].max():.1f} px (largest)\n"
            f"            contrast at 0: {at[0]:.3f}, at 1: {at[1]:.3f}, best at "
            f"{SHARES[np.argmax(mean)]:.3f}\n"
            f"            single boxes: best at {np.median(picks):.3f} (median); "
            f"nearer to 1 than to 0: {np.mean(picks > 0.5):.0%}"
        )
    sys.stdout.flush()


def paint(path: Path, uri: Path, boxes, naive, at_exposure, camera: Camera) -> None:  # type: ignore[no-untyped-def]
    """Both places of the driving boxes side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = cv2.cvtColor(cv2.imread(str(uri)), cv2.COLOR_BGR2RGB)
    rows = np.flatnonzero(np.linalg.norm(boxes.velocity[:, :2], axis=1) > MIN_SPEED_MPS)
    halves = [
        draw_cuboids(image, boxes.select(rows), corners[rows], camera.model, default_taxonomy())
        for corners in (naive, at_exposure)
    ]
    cv2.imwrite(str(path), cv2.cvtColor(np.concatenate(halves, axis=0), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
