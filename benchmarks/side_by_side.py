"""avlabel and the glue pipeline on the same sweeps: what each costs, how good each is."""

from __future__ import annotations

import tempfile

import numpy as np
from glue import PARTS, glue
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
        scene, ours_ms, detect_ms = labelled(recording, root)
        ours = evaluate_scene(scene, log)
        boxes, spent = glued(scene)
        truth = shifted_truth(log.read_truth(), scene.origin_m)

        def points_at(frame_idx: int) -> np.ndarray:
            return scene.sweep(frame_idx).points_ego

        camera = log.rig.cameras.get(truth.camera)
        theirs = evaluate(
            scene.log_id, boxes, truth, scene.frames, camera=camera, points_at=points_at
        )
    theirs_ms = float(np.median(spent.sum(axis=1)))
    print(f"\nSide by side: {recording.name}, {len(scene.frames)} frames, vehicles")
    print("                        ms a sweep   sweeps/s   AP " + "   AP ".join(CRITERIA))
    for name, ms, quality in (("glue", theirs_ms, theirs), ("avlabel", ours_ms, ours)):
        print(f"  {name:<20} {ms:>11.1f} {1e3 / ms:>10.2f} {aps(quality)}")
    print(f"  {'of it, detection':<20} {detect_ms:>11.1f} {1e3 / detect_ms:>10.2f}")
    print(
        f"  as fast as glue: {theirs_ms / detect_ms:.0f} times in detection, which is all that "
        f"glue does; {theirs_ms / ours_ms:.0f} times with tracking, refinement and storage"
    )
    shares = zip(PARTS, np.median(spent, axis=0), strict=True)
    print("  glue, ms: " + ", ".join(f"{part} {ms:.0f}" for part, ms in shares))


def labelled(recording: Recording, root: str) -> tuple[Scene, float, float]:
    """The scene that avlabel makes; ms a sweep of everything but reading, and of detection."""
    spent = []
    for run in range(RUNS + 1):
        result = label_log(
            recording.open(),
            f"{root}/{run}",
            PipelineConfig(),
            first=recording.first,
            last=recording.last,
        )
        ms = {stage: total / result.n_frames for stage, total in result.stage_ms.items()}
        spent.append((sum(ms.values()) - ms["ingest"], ms["detect"]))
    return open_scene(result.scene_path), *np.min(spent[1:], axis=0)


def glued(scene: Scene) -> tuple[Cuboids, np.ndarray]:
    """The glue pipeline's boxes in the world, and (F, 3) best milliseconds of its parts."""
    place = scene.rig.lidars[scene.lidars[0]].ego_from_sensor.translation
    parts, spent = [], []
    for k, frame_idx in enumerate(scene.frames.frame_idx):
        sweep = scene.sweep(int(frame_idx))
        runs = [glue(sweep, place, default_taxonomy()) for _ in range(RUNS)]
        parts.append(runs[0][0].moved(scene.frames.world_from_ego[k], "world"))
        spent.append(np.min([ms for _, ms in runs], axis=0))
    return Cuboids.concatenate(parts), np.array(spent)


def aps(quality: Evaluation) -> str:
    vehicle = summarise(quality)["classes"]["vehicle"]["all"]["detection"]
    return " ".join(f"{vehicle[key]['ap']:>{len(name) + 5}.3f}" for name, key in CRITERIA.items())
