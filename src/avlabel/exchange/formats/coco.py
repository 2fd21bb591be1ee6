"""COCO: rectangles in images, made from the cuboids by projection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from avlabel.core.cuboids import Source
from avlabel.core.projections import Projections
from avlabel.exchange.job import ExportJob
from avlabel.exchange.media import copy_image, image_names, write_text
from avlabel.exchange.registry import Exporter
from avlabel.exchange.views import exposure_times, projections, rows_of
from avlabel.stages.project import NO_IMAGE

PIXEL_CORNER = 0.5
"""COCO counts from the corner of the first pixel, avlabel from its centre."""


def write(job: ExportJob, folder: Path) -> None:
    """``annotations/instances.json`` and ``images/<camera>/000012.jpg``, unchanged.

    Images without boxes are listed too. Beside COCO's own fields an annotation carries
    ``track_id``, ``cuboid_id``, ``score``, ``truncation``, ``occlusion`` (null where unknown),
    ``depth_m``, ``num_points`` and ``source``.
    """
    cameras = _cameras(job)
    seen = projections(job, {name: job.scene.rig.cameras[name] for name in cameras})
    images = list(_images(job, cameras, folder))
    image_id = {(image["camera"], image["frame_idx"]): image["id"] for image in images}
    categories = {name: i for i, name in enumerate(job.all_class_names, start=1)}
    annotations = []
    for i, row in enumerate(rows_of(job.cuboids, seen.cuboid_id).tolist()):
        where = seen.cameras[seen.camera[i]], int(seen.frame_idx[i])
        keys = {"image_id": image_id[where], "category_id": categories[job.class_names[row]]}
        annotations.append({"id": i + 1, **keys, **_annotation(job, seen, i, row)})
    unseen = job.cuboids.select(~np.isin(job.cuboids.cuboid_id, seen.cuboid_id))
    job.account.drop("in no image", unseen)
    job.account.note("only rectangles in images go out: place, heading and size in space do not")
    content = {
        "info": {"description": job.scene.scene_id, "version": str(job.scene.number)},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [{"id": i, "name": name} for name, i in categories.items()],
    }
    write_text(folder / "annotations" / "instances.json", json.dumps(content) + "\n")


def _annotation(job: ExportJob, seen: Projections, i: int, row: int) -> dict[str, Any]:
    u0, v0, u1, v1 = seen.uv_box[i].astype(float)
    width, height = u1 - u0, v1 - v0
    occlusion = float(seen.occlusion[i])
    return {
        "bbox": [round(x, 3) for x in (u0 + PIXEL_CORNER, v0 + PIXEL_CORNER, width, height)],
        "area": round(width * height, 3),
        "iscrowd": 0,
        "segmentation": [],
        "track_id": int(job.cuboids.track_id[row]),
        "cuboid_id": int(seen.cuboid_id[i]),
        "score": round(float(job.cuboids.score[row]), 6),
        "truncation": round(float(seen.truncation[i]), 4),
        "occlusion": None if np.isnan(occlusion) else round(occlusion, 4),
        "depth_m": round(float(seen.depth_m[i]), 3),
        "num_points": int(job.cuboids.num_points[row]),
        "source": Source(job.cuboids.source[row]).name.lower(),
    }


def _cameras(job: ExportJob) -> list[str]:
    """The chosen camera, or all that have images."""
    if job.options.camera is not None:
        return [job.camera().sensor_id]
    return job.scene.cameras or [job.camera().sensor_id]


def _images(job: ExportJob, cameras: list[str], folder: Path) -> Iterator[dict[str, Any]]:
    times, number = exposure_times(job), 0
    for camera in cameras:
        model, names = job.scene.rig.cameras[camera].model, image_names(job, camera)
        for i, frame_idx in enumerate(job.frames.frame_idx.tolist()):
            if camera not in times or times[camera][i] == NO_IMAGE:
                continue
            number += 1
            copy_image(job, frame_idx, camera, folder / "images" / camera / f"{frame_idx:06d}")
            yield {
                "id": number,
                "file_name": f"{camera}/{names[frame_idx]}",
                "width": model.width_px,
                "height": model.height_px,
                "camera": camera,
                "frame_idx": frame_idx,
                "timestamp_ns": int(times[camera][i]),
            }


EXPORTER = Exporter(write, frozenset({"track", "score", "num_points", "source"}))
