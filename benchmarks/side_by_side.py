"""avlabel and the glue pipeline on the same sweeps: what each costs, how good each is."""

from __future__ import annotations

import tempfile

import numpy as np
from glue import Spent, glue
from recordings import Recording

from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import default_taxonomy
from avlabel.evaluation.evaluate import Evaluation, evaluate
from avlabel.evaluation.report import summarise
from avlabel.evaluation.scene import evaluate_scene
from avlabel.evaluation.truth import shifted_truth
from avlabel.pipeline import PipelineConfig, label_log
from avlabel.scenes.scene import Scene, open_scene

CRITERIA = {"BEV 0.5": "bev_iou_0.5", "3D 0.5": "iou_3d_0.5", "2 m": "center_2m"}
RUNS = 3


def side_by_side(recording: Recording) -> None:
    """Print both pipelines' milliseconds a sweep and vehicle AP."""
    log = recording.open()
    with tempfile.TemporaryDirectory() as root:
        scene, ours_ms = labelled(recording, root)
        ours = evaluate_scene(scene, log)
        boxes, spent = glued(scene)
        truth = shifted_truth(log.read_truth(), scene.origin_m)

        def points_at(frame_idx: int) -> np.ndarray:
            return scene.sweep(frame_idx).points_ego

        theirs = evaluate(scene.log_id, boxes, truth, scene.frames, points_at=points_at)
    theirs_ms = float(np.median([s.ground + s.cluster + s.boxes for s in spent]))
    print(f"\nSide by side: {recording.name}, {len(scene.frames)} frames, vehicles")
    print("                        ms a sweep   sweeps/s   AP " + "   AP ".join(CRITERIA))
    for name, ms, quality in (("glue", theirs_ms, theirs), ("avlabel", ours_ms, ours)):
        print(f"  {name:<20} {ms:>11.1f} {1e3 / ms:>10.2f} {aps(quality)}")
    print(f"  avlabel is {theirs_ms / ours_ms:.0f} times as fast; reading the recording left out")
    parts = {part: np.median([getattr(s, part) for s in spent]) for part in Spent.__slots__}
    said = ", ".join(f"{part} {ms:.0f}" for part, ms in parts.items())
    print(f"  glue, ms: {said}; per frame, neither tracked nor stored")


def labelled(recording: Recording, root: str) -> tuple[Scene, float]:
    """The scene that avlabel makes, and milliseconds a sweep of everything but reading."""
    spent = []
    for run in range(RUNS + 1):
        result = label_log(
            recording.open(),
            f"{root}/{run}",
            PipelineConfig(),
            first=recording.first,
            last=recording.last,
        )
        stage_ms = result.stage_ms
        spent.append((sum(stage_ms.values()) - stage_ms["ingest"]) / result.n_frames)
    return open_scene(result.scene_path), min(spent[1:])


def glued(scene: Scene) -> tuple[Cuboids, list[Spent]]:
    """The glue pipeline's boxes of all frames in the world, and what each sweep cost."""
    lidar = scene.rig.lidars[scene.lidars[0]]
    parts, spent = [], []
    for k, frame_idx in enumerate(scene.frames.frame_idx):
        boxes, cost = glue(
            scene.sweep(int(frame_idx)), lidar.ego_from_sensor.translation, default_taxonomy()
        )
        parts.append(boxes.moved(scene.frames.world_from_ego[k], "world"))
        spent.append(cost)
    return Cuboids.concatenate(parts), spent


def aps(quality: Evaluation) -> str:
    vehicle = summarise(quality)["classes"]["vehicle"]["all"]["detection"]
    return " ".join(f"{vehicle[key]['ap']:>{len(name) + 5}.3f}" for name, key in CRITERIA.items())
