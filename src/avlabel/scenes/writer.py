"""Writing a scene: tables into a fresh generation, then one commit that makes them the scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from avlabel import __version__
from avlabel.core.arrays import Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.projections import Projections
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.errors import SceneError, SceneWriteError
from avlabel.scenes.commits import Commit, newest_number
from avlabel.scenes.convert.boxes import cuboids_to_table, detections_to_table
from avlabel.scenes.convert.columns import build, empty
from avlabel.scenes.convert.poses import (
    frames_from_table,
    frames_to_table,
    trajectory_from_table,
    trajectory_to_table,
)
from avlabel.scenes.convert.rig import rig_from_table, rig_to_table
from avlabel.scenes.convert.scene_row import scene_to_table
from avlabel.scenes.convert.tracks import (
    findings_to_table,
    projections_to_table,
    tracks_to_table,
)
from avlabel.scenes.generation import Generation
from avlabel.scenes.images import ImageRow, digest, embedded_to_table, images_to_table
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.options import StoreConfig
from avlabel.scenes.paths import SCENE_PREFIX, check_name
from avlabel.scenes.points import in_ring_order, sweep_to_table
from avlabel.scenes.publish import is_published, publish
from avlabel.scenes.scene import Scene
from avlabel.scenes.schema import FORMAT_VERSION
from avlabel.scenes.store import Store
from avlabel.scenes.tables import (
    IMAGES,
    IMAGES_EMBEDDED,
    POINTS,
    POINTS_LOSSLESS,
    SMALL_TABLES,
    SWEEPS,
)

REQUIRED = ("sensors", "ego_poses", "frames", "cuboids", "tracks")
"""What a pipeline must have written before it commits; other tables default to no rows."""


class SceneWriter:
    """Writes one generation of a scene; use it in a ``with`` block.

    Nothing is visible until ``commit``. Leaving the block without it, by an exception or not,
    removes what was written. Points and embedded images are streamed to disk. Not for use by
    several threads at once.

    Args:
        root: folder (or URI) that holds scenes, made if absent.
        scene_id: of the scene; a valid folder name.
        info: where the scene comes from.
        input_hash: of what was read.
        config_hash: of the resolved configuration.
        input_stamp: of the recording's files, without their content, if known.
        config: how to store.
        base: number of the newest commit when it was found that there is work to do; what others
            commit after it with equal hashes makes this writer withdraw. The newest now if None.

    Raises:
        SceneWriteError: from any method: no space, no permission, or values that do not fit.
    """

    def __init__(
        self,
        root: str | Path,
        scene_id: str,
        *,
        info: SceneInfo,
        input_hash: str,
        config_hash: str,
        input_stamp: str = "",
        config: StoreConfig | None = None,
        base: int | None = None,
    ) -> None:
        self._scene_id = check_name(scene_id, "scene id")
        self._info = info
        self._hashes = {"input_hash": input_hash, "config_hash": config_hash}
        self._input_stamp = input_stamp
        self._config = config or StoreConfig()
        self._store = Store.at(root).child(SCENE_PREFIX + scene_id)
        self._generation = Generation(self._store, scene_id)
        self._base = newest_number(self._store) if base is None else base
        self._sweeps: dict[tuple[str, int], dict[str, Any]] = {}
        self._images: dict[str, list[ImageRow]] = {}
        self._frames: Frames | None = None
        self._keep = False

    @property
    def scene_path(self) -> str:
        """The scene's folder, as ``open_scene`` takes it."""
        return self._store.path()

    def write_rig(self, rig: Rig) -> Rig:
        """Write ``sensors``, and return what will be read: quaternions round matrices."""
        table = rig_to_table(rig)
        self._write("sensors", table)
        return rig_from_table(table)

    def write_trajectory(self, trajectory: Trajectory) -> Trajectory:
        """Write ``ego_poses``, in the scene's world, and return what will be read."""
        table = trajectory_to_table(trajectory)
        self._write("ego_poses", table, max_gap_ns=trajectory.max_gap_ns)
        return trajectory_from_table(table, trajectory.max_gap_ns)

    def write_frames(self, frames: Frames) -> Frames:
        """Write ``frames``, in the scene's world, and return what will be read."""
        self._frames = frames
        table = frames_to_table(frames)
        self._write("frames", table)
        return frames_from_table(table)

    def write_sweep(self, sweep: Sweep) -> None:
        """Append one sweep to ``points/<lidar>``; at most one of each LiDAR in a frame."""
        key = (check_name(sweep.sensor_id, "sensor id"), sweep.frame_idx)
        if key in self._sweeps:
            raise SceneWriteError(f"frame {key[1]}: a second sweep of lidar '{key[0]}'")
        lossless = self._config.lossless_points
        schema = POINTS_LOSSLESS if lossless else POINTS
        file = self._generation.stream(f"points/{sweep.sensor_id}", schema)
        row_group = -1
        if len(sweep):
            row_group = file.append(sweep_to_table(in_ring_order(sweep), lossless=lossless))
        self._sweeps[key] = _sweep_row(sweep, row_group)

    def append_sweeps(self, part: Scene) -> None:
        """Append all sweeps of another scene, stored in the same way, without decoding them."""
        schema = POINTS_LOSSLESS if self._config.lossless_points else POINTS
        first = {
            name: self._generation.splice(name, schema).append_file(part.store, entry)
            for name, entry in part.metadata.files.items()
            if name.startswith("points/")
        }
        for row in part.table("sweeps").to_pylist():
            key = (row["sensor_id"], row["frame_idx"])
            if key in self._sweeps:
                raise SceneWriteError(f"frame {key[1]}: a second sweep of lidar '{key[0]}'")
            if row["row_group"] >= 0:
                row["row_group"] += first[f"points/{key[0]}"]
            self._sweeps[key] = row

    def adopt(self, scene: Scene, names: Sequence[str]) -> None:
        """Take tables over, as they are, from an earlier commit of the same scene."""
        for name in names:
            self._generation.adopt(name, scene.metadata.files[name])
        self._frames = scene.frames
        self._sweeps = {
            (row["sensor_id"], row["frame_idx"]): row for row in scene.table("sweeps").to_pylist()
        }

    def write_image(
        self,
        *,
        frame_idx: int,
        camera: str,
        timestamp_ns: int,
        dt_to_ref_ns: int,
        size_px: tuple[int, int],
        uri: str,
        encoded: bytes,
    ) -> None:
        """Note one image of a frame in ``images/<camera>``; its bytes too if asked to embed.

        Args:
            frame_idx: the frame.
            camera: the camera's sensor id.
            timestamp_ns: exposure of the middle row.
            dt_to_ref_ns: ``timestamp_ns`` less the frame's ``ref_ns``.
            size_px: width, height.
            uri: relative to the log's root.
            encoded: the image file's bytes.
        """
        row = ImageRow(
            frame_idx, camera, timestamp_ns, dt_to_ref_ns, *size_px, digest(encoded), uri
        )
        name = f"images/{check_name(camera, 'sensor id')}"
        if self._config.embed_images:
            table = embedded_to_table(row, encoded)
            self._generation.stream(name, IMAGES_EMBEDDED).append(table)
        else:
            self._images.setdefault(name, []).append(row)

    def write_detections(self, detections: Detections, evidence: Float64 | None = None) -> None:
        """Write N ``detections``, in the ego frame, and (N, P) what images say of them."""
        table = detections_to_table(detections, self._info.taxonomy, evidence)
        self._write("detections", table)

    def write_cuboids(self, cuboids: Cuboids) -> None:
        """Write ``cuboids``, in the scene's world."""
        self._write("cuboids", cuboids_to_table(cuboids, self._info.taxonomy))

    def write_tracks(self, tracks: Tracks) -> None:
        """Write ``tracks``."""
        self._write("tracks", tracks_to_table(tracks, self._info.taxonomy))

    def write_projections(self, projections: Projections) -> None:
        """Write ``projections``."""
        self._write("projections", projections_to_table(projections))

    def write_findings(self, findings: Sequence[Finding]) -> None:
        """Write ``findings``."""
        self._write("findings", findings_to_table(findings))

    def commit(self, *, stage_ms: Mapping[str, float] | None = None) -> Commit:
        """Publish what was written as the scene.

        Args:
            stage_ms: milliseconds by stage, kept in the commit and not in the tables, so that
                equal input gives equal tables.

        Returns:
            This commit; or the one that another writer of the same input and configuration
            published meanwhile, in which case this writer's files are removed.
        """
        missing = [name for name in REQUIRED if name not in self._generation.files]
        if missing:
            raise SceneWriteError(f"{self.scene_path}: commit without {', '.join(missing)}")
        self._write_remaining()
        self._generation.finish()
        mine = Commit(
            scene_id=self._scene_id,
            generation=self._generation.name,
            **self._hashes,
            avlabel_version=__version__,
            created=datetime.now(UTC).isoformat(timespec="milliseconds"),
            stage_ms=dict(stage_ms or {}),
            files=dict(sorted(self._generation.files.items())),
            input_stamp=self._input_stamp,
        )
        # An object store may still act on a put whose answer we never got.
        self._keep = not self._store.is_local
        published = publish(self._store, mine, self._base)
        self._keep = published.generation == mine.generation
        return published

    def __enter__(self) -> SceneWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._clean_up(error)
        finally:
            self._generation.release()

    def _clean_up(self, error: BaseException | None) -> None:
        if self._keep:
            return
        # Asking the disk rather than a flag is right even if an interrupt or a failing disk
        # struck between the commit's creation and the return from it. Of two errors the first
        # tells more; what cannot be removed stays as an orphan.
        with suppress(SceneError) if error is not None else nullcontext():
            if not is_published(self._store, self._generation.name, self._base):
                self._generation.remove()

    def _write(self, name: str, table: pa.Table, **extra: Any) -> None:
        self._generation.write(name, SMALL_TABLES[name], table, **extra)

    def _write_remaining(self) -> None:
        for name, rows in self._images.items():
            self._generation.write(name, IMAGES, images_to_table(rows))
        sweeps = list(self._sweeps.values())
        columns = {c.name: [row[c.name] for row in sweeps] for c in SWEEPS.columns}
        if "sweeps" not in self._generation.files:
            self._write("sweeps", build(SWEEPS, columns))
        self._write("scene", scene_to_table(self._info, self._facts()))
        for name in SMALL_TABLES.keys() - self._generation.files.keys():
            self._write(name, empty(SMALL_TABLES[name]))

    def _facts(self) -> dict[str, Any]:
        start_ns, end_ns = self._span_ns()
        return {
            "scene_id": self._scene_id,
            "start_ns": start_ns,
            "end_ns": end_ns,
            "avlabel_version": __version__,
            "format_version": FORMAT_VERSION,
            **self._hashes,
        }

    def _span_ns(self) -> tuple[int, int]:
        if self._sweeps:
            return (
                min(row["start_ns"] for row in self._sweeps.values()),
                max(row["end_ns"] for row in self._sweeps.values()),
            )
        if self._frames is not None and len(self._frames):
            return int(self._frames.ref_ns.min()), int(self._frames.ref_ns.max())
        return 0, 0


def _sweep_row(sweep: Sweep, row_group: int) -> dict[str, Any]:
    first_ns, last_ns = sweep.end_offset_ns
    return {
        "frame_idx": sweep.frame_idx,
        "sensor_id": sweep.sensor_id,
        "row_group": row_group,
        "n_points": len(sweep),
        "ref_ns": sweep.ref_ns,
        "start_ns": sweep.ref_ns + first_ns,
        "end_ns": sweep.ref_ns + last_ns,
        "compensated": sweep.compensated,
    }
