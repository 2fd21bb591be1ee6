"""Occlusion in images against simulated truth: by the sweep and by boxes, and by boxes alone.

    python benchmarks/occlusion.py

Truth is counted in pixels: what an object shows in the image, and what it would show if it stood
alone. Thresholds were chosen on drives 101 to 104; these are others.
"""

from __future__ import annotations

import one_core  # isort: skip
import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.pipeline.depths import depth_of
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.drive import LIDAR_ID, Frame, SimulatedDrive, simulate
from avlabel.simulation.imaging import pixel_rays
from avlabel.stages.compensate import CompensateConfig, compensate
from avlabel.stages.project import project

DRIVES = ((201, "cruise"), (202, "turn-left"), (203, "stop"), (204, "turn-right"), (205, "cruise"))
FRAMES = 40
EVERY = 6
MIN_PIXELS = 12


def sweep_of(frame: Frame, rig: Rig) -> Sweep:
    """A simulated turn as readers give it."""
    ref_ns = (frame.start_ns + frame.end_ns) // 2
    scan = frame.scan
    return Sweep(
        frame_idx=frame.frame_idx,
        sensor_id=LIDAR_ID,
        ref_ns=ref_ns,
        points_ego=rig.lidars[LIDAR_ID].ego_from_sensor.apply(scan.points_sensor),
        intensity=scan.intensity,
        ring=scan.ring,
        t_offset_ns=(scan.t_offset_ns.astype(np.int64) + frame.start_ns - ref_ns).astype(np.int32),
        compensated=False,
    )


def judge(drive: SimulatedDrive, index: int, rays: dict[str, Float64]) -> Float64:
    """(N, 4) truth, estimate with the sweep, by boxes alone, and share known, of one frame."""
    frame = drive.frame(index)
    sweep = compensate(sweep_of(frame, drive.rig), drive.trajectory, CompensateConfig())
    cuboids = frame.labels.cuboids
    times = {name: np.array([drive.image_time_ns(name, index)]) for name in drive.rig.cameras}
    given = cuboids, drive.rig, drive.trajectory, np.array([index], np.int32), times
    found, _ = project(*given, depths=[depth_of(sweep, drive.rig)])
    boxes, _ = project(*given)
    track = cuboids.track_id[found.cuboid_id]
    truth = np.full(len(found), np.nan)
    for code, name in enumerate(found.cameras):
        shown, alone = drive.pixels(name, index, rays[name])
        share = np.where(alone >= MIN_PIXELS, 1 - shown / np.maximum(alone, 1), np.nan)
        truth[found.camera == code] = share[track[found.camera == code]]
    rows = np.column_stack([truth, found.occlusion, boxes.occlusion, found.occlusion_known])
    return np.asarray(rows[np.isfinite(truth)])


def report(rows: Float64) -> None:
    """Print errors by how much of the objects is hidden."""
    truth, known = rows[:, 0], rows[:, 3]
    print(f"  known: {np.nanmean(known):.3f} of what is in the image; "
          f"{np.mean(~np.isfinite(rows[:, 1])):.4f} of the boxes wholly unknown")  # fmt: skip
    bands = (("all", 0.0, 1.0), ("in plain view", 0.0, 0.02), ("partly hidden", 0.02, 0.98),
             ("hidden", 0.98, 1.0))  # fmt: skip
    print("  objects             count    mean error          bias           more than half right")
    print("                               sweep   boxes   sweep   boxes   sweep   boxes")
    for name, low, high in bands:
        band = (truth >= low) & (truth <= high)
        cells = [_errors(rows[band, 0], rows[band, 1 + k]) for k in range(2)]
        columns = "   ".join(f"{a:5.3f}   {b:5.3f}" for a, b in zip(*cells, strict=True))
        print(f"  {name:18} {band.sum():6d}    {columns}")


def _errors(truth: Float64, estimate: Float64) -> tuple[float, float, float]:
    ok = np.isfinite(estimate)
    error = estimate[ok] - truth[ok]
    same_half = (estimate[ok] > 0.5) == (truth[ok] > 0.5)
    return float(np.abs(error).mean()), float(error.mean()), float(same_half.mean())


def main() -> None:
    one_core.pin()
    for beams in ("hdl64", "os1-64", "vlp32", "vlp16"):
        rows = []
        for seed, maneuver in DRIVES if beams == "hdl64" else DRIVES[:2]:
            config = SimulationConfig(
                seed=seed, frames=FRAMES, beams=beams, maneuver=maneuver, density=1.5,
                image_width_px=480, image_height_px=300,
            )  # fmt: skip
            drive = simulate(config)
            rays = {name: pixel_rays(camera) for name, camera in drive.rig.cameras.items()}
            rows += [judge(drive, index, rays) for index in range(2, FRAMES, EVERY)]
        print(f"simulated streets, {beams}, {len(rows)} frames, 2 cameras")
        report(np.concatenate(rows))


if __name__ == "__main__":
    main()
