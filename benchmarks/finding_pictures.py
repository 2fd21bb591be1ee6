"""Pictures of findings: the box from above, from its side, and in the image that shows it best."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from labelled_drives import Drive

from avlabel.core.arrays import Float64, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat
from avlabel.core.taxonomy import default_taxonomy
from avlabel.geometry.exposure import corners_as_labelled
from avlabel.render.bev import draw_bev
from avlabel.render.camera import CameraStyle, draw_cuboids
from avlabel.render.window import BevWindow

SIDE_PX = 460
PX_PER_M = 30.0


def picture(drive: Drive, row: int, title: str) -> UInt8:
    """(SIDE_PX + 30, W, 3) BGR."""
    labels = drive.labels
    frame = int(labels.frame_idx[row])
    at = int(drive.frames.positions(np.array([frame]))[0])
    ego_from_world = drive.frames.world_from_ego[at].inverse()
    mine = np.flatnonzero(labels.frame_idx == frame)
    boxes = labels.select(mine).moved(ego_from_world, "ego")
    k = int(np.flatnonzero(mine == row)[0])
    sweep = drive.sweep(frame)
    points = np.zeros((0, 3), np.float32) if sweep is None else sweep.points_ego
    panels = [_from_above(boxes, k, points), _from_the_side(boxes, k, points)]
    panels += [_over_time(drive, row)]
    panels += _in_the_image(drive, labels.select(mine), k, at)
    strip = np.concatenate(panels, axis=1)
    head = np.full((30, strip.shape[1], 3), 255, np.uint8)
    cv2.putText(head, title, (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([head, strip])


def _from_above(boxes: Cuboids, k: int, points: np.ndarray) -> UInt8:
    """The box in the middle, with its neighbours."""
    reach = int(2 * (np.abs(boxes.center[k, :2]).max() + 12) * 20)
    window = BevWindow(reach, reach, 20.0, 0.0)
    image = draw_bev(points, boxes, [], default_taxonomy(), window)
    u, v = np.rint(window.pixels(boxes.center[k, :2])).astype(int)
    return _cut(image[..., ::-1], u, v)


def _from_the_side(boxes: Cuboids, k: int, points: np.ndarray) -> UInt8:
    """Points within a metre of the box's sides, along its length and up."""
    rotation = matrix_from_quat(boxes.quat_wxyz[k])
    local = (points - boxes.center[k]) @ rotation
    length, width, height = boxes.size_lwh[k]
    local = local[np.abs(local[:, 1]) < width / 2 + 0.7]
    image = np.full((SIDE_PX, SIDE_PX, 3), 20, np.uint8)
    scale = min(PX_PER_M * 1.3, SIDE_PX / (length + 4.0))
    uv = np.rint(np.column_stack([local[:, 0], -local[:, 2]]) * scale + SIDE_PX / 2).astype(int)
    inside = ((uv >= 0) & (uv < SIDE_PX)).all(axis=1)
    image[uv[inside, 1], uv[inside, 0]] = (200, 255, 200)
    low = np.array([-length, -height]) / 2 * scale + SIDE_PX / 2
    high = np.array([length, height]) / 2 * scale + SIDE_PX / 2
    corner = [tuple(np.rint(c).astype(int).tolist()) for c in (low, high)]
    cv2.rectangle(image, corner[0], corner[1], (80, 160, 255), 1)
    return image


def _over_time(drive: Drive, row: int) -> UInt8:
    """The track's boxes around this frame, older ones darker."""
    labels = drive.labels
    mine = np.flatnonzero(labels.track_id == labels.track_id[row])
    mine = mine[np.argsort(labels.frame_idx[mine])]
    at = int(np.flatnonzero(mine == row)[0])
    near = mine[max(0, at - 4) : at + 5]
    image = np.full((SIDE_PX, SIDE_PX, 3), 20, np.uint8)
    for n, other in enumerate(near):
        bev = labels.select(np.array([other])).bev
        bev[:, :2] -= labels.center[row, :2]
        color = (255, 255, 255) if other == row else (60, 40 + 20 * n, 255 - 25 * n)
        corners = _corners(bev[0])
        cv2.polylines(image, [np.rint(corners).astype(np.int32)], True, color, 1, cv2.LINE_AA)
    return image


def _corners(box: Float64) -> Float64:
    x, y, length, width, yaw = box
    ahead = np.array([np.cos(yaw), np.sin(yaw)])
    left = np.array([-ahead[1], ahead[0]])
    corners = [
        np.array([x, y]) + a * length * ahead + b * width * left
        for a, b in ((0.5, 0.5), (0.6, 0), (0.5, -0.5), (-0.5, -0.5), (-0.5, 0.5))
    ]
    return np.stack(corners) * [PX_PER_M, -PX_PER_M] + SIDE_PX / 2


def _in_the_image(drive: Drive, boxes: Cuboids, k: int, at: int) -> list[UInt8]:
    """The image whose middle is nearest to the box, cut around it; nothing if none shows it."""
    if drive.log is None:
        return []
    best, shown = 0.4, []
    for name, camera in drive.rig.cameras.items():
        time_ns = int(drive.exposures_ns[name][at])
        images = drive.log.images[name]
        index = np.flatnonzero(images.timestamp_ns == time_ns)
        if not len(index):
            continue
        world_from_cam = drive.trajectory.at(time_ns) @ camera.ego_from_sensor
        corners_cam = corners_as_labelled(boxes, world_from_cam.inverse())
        pixel, valid = camera.model.project(corners_cam[k].mean(axis=0)[None])
        size = np.array([camera.model.width_px, camera.model.height_px])
        off = float(np.abs(pixel[0] / size - 0.5).max())
        if not valid[0] or off >= best + 0.1:
            continue
        image = cv2.imread(str(drive.log.root / images.uris[int(index[0])]))
        if image is None:
            continue
        drawn = draw_cuboids(
            np.ascontiguousarray(image[..., ::-1]), boxes, corners_cam, camera.model,
            default_taxonomy(), CameraStyle(selected=k),
        )  # fmt: skip
        best, shown = off, [_cut(drawn[..., ::-1], *np.rint(pixel[0]).astype(int))]
    return shown


def _cut(image: UInt8, u: int, v: int) -> UInt8:
    half = SIDE_PX // 2
    padded = np.pad(image, ((half, half), (half, half), (0, 0)))
    return np.ascontiguousarray(padded[v : v + SIDE_PX, u : u + SIDE_PX])


def write_pictures(drive: Drive, rows: list[tuple[int, str]], folder: Path) -> None:
    """One PNG a finding."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (row, title) in enumerate(rows):
        name = drive.name.replace(" ", "-")
        cv2.imwrite(str(folder / f"{name}-{number:02d}.png"), picture(drive, row, title))
