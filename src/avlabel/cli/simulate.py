"""``avlabel simulate``: a drive with truth, made from a seed."""

from __future__ import annotations

from pathlib import Path

import click

from avlabel.simulation.beams import BEAM_TABLES
from avlabel.simulation.config import MANEUVERS, SimulationConfig
from avlabel.simulation.lenses import LENSES


@click.command(name="simulate")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to make.")
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal bytes.")
@click.option("--frames", default=30, show_default=True, help="Sweeps, 10 a second.")
@click.option("--beams", type=click.Choice(list(BEAM_TABLES)), default="hdl64", show_default=True)
@click.option("--columns", default=0, help="Firings a turn; 0 takes the LiDAR's own number.")
@click.option("--lidar-height", default=1.8, show_default=True, help="Metres above the ground.")
@click.option("--maneuver", type=click.Choice(MANEUVERS), default="auto", show_default=True)
@click.option("--density", default=1.0, show_default=True, help="Road users; 0 is none.")
@click.option("--clutter", default=1.0, show_default=True, help="Furniture and plants; 0 is none.")
@click.option("--slope", default=0.03, show_default=True, help="Steepest grade, rise over run.")
@click.option("--curvature", default=1.0, show_default=True, help="Bends; 0 is straight.")
@click.option("--lens", type=click.Choice(LENSES), default="pinhole", show_default=True)
@click.option("--no-cameras", is_flag=True, help="LiDAR only.")
def command(
    out: Path,
    seed: int,
    frames: int,
    beams: str,
    columns: int,
    lidar_height: float,
    maneuver: str,
    density: float,
    clutter: float,
    slope: float,
    curvature: float,
    lens: str,
    no_cameras: bool,
) -> None:
    """Simulate a street drive with LiDAR, cameras and truth, in the native layout.

    \b
    avlabel simulate --out drive --seed 7 --frames 30
    avlabel simulate --out steep --beams os1-128 --slope 0.08 --density 2
    avlabel simulate --out around --lens fisheye
    """  # noqa: D301 (click reads the escape)
    from rich.progress import Progress

    from avlabel.simulation.drive import simulate
    from avlabel.simulation.export import write_drive

    chosen = next(m for m in MANEUVERS if m == maneuver)
    config = SimulationConfig(
        seed=seed,
        frames=frames,
        beams=beams,
        columns=columns,
        lidar_height_m=lidar_height,
        maneuver=chosen,
        density=density,
        clutter=clutter,
        slope=slope,
        curvature=curvature,
        cameras=not no_cameras,
        lens=lens,
    )
    with Progress() as bar:
        task = bar.add_task(f"Simulating {out.name}", total=frames)
        write_drive(simulate(config), out, lambda done: bar.update(task, completed=done))
    click.echo(f"{out}: {frames} sweeps of {beams}, seed {seed}")
