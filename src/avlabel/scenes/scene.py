"""A committed scene, opened for reading."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

import pyarrow as pa

from avlabel.core.arrays import Float64, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.projections import Projections
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import Taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import MAX_GAP_NS, Trajectory
from avlabel.edits.labels import AutoLabels
from avlabel.edits.log import EditLog
from avlabel.edits.reading import EditHistory, read_edits
from avlabel.edits.resolve import resolve
from avlabel.edits.resolved import Resolved
from avlabel.errors import SceneNotFoundError
from avlabel.scenes.camera_images import CameraImages
from avlabel.scenes.commits import Commit, newest_number, read_commit
from avlabel.scenes.convert.boxes import (
    cuboids_from_table,
    detections_from_table,
    evidence_from_table,
)
from avlabel.scenes.convert.poses import frames_from_table, trajectory_from_table
from avlabel.scenes.convert.rig import rig_from_table
from avlabel.scenes.convert.scene_row import info_from_table
from avlabel.scenes.convert.tracks import (
    findings_from_table,
    projections_from_table,
    tracks_from_table,
)
from avlabel.scenes.images import Shrink
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.locate import locate, suggest
from avlabel.scenes.scene_files import SceneFiles
from avlabel.scenes.store import Store

Labels = Literal["auto", "resolved"]
EDITS = "edits"
"""Folder of what people did, beside the commits."""


def open_scene(uri: str | Path, *, source_root: str | Path | None = None) -> Scene:
    """Open the newest commit of a scene.

    Args:
        uri: the scene's folder ``<root>/scene_id=<id>``, or a root that holds exactly one scene.
        source_root: where the recording lies now, if it has moved since; for images.

    Raises:
        SceneNotFoundError: if nothing is committed there; the message suggests what is.
        SceneCorruptError: if the commit is malformed.
        SceneVersionError: if a later major version of the format wrote it.
    """
    store, number = locate(uri)
    return Scene(store, read_commit(store, number), source_root, number=number)


class Scene:
    """One commit of a scene. Tables are read when asked for; threads may share it.

    Every method raises ``SceneCorruptError``, naming the file, where a file differs from its
    commit: whole small tables by hash, points and images by the checksums of their pages.

    Attributes:
        metadata: what the commit says: hashes, versions, creation time, ``stage_ms``, files.
        number: of the commit.
    """

    def __init__(
        self,
        store: Store,
        commit: Commit,
        source_root: str | Path | None = None,
        *,
        number: int = 0,
    ) -> None:
        self.metadata = commit
        self.number = number
        self._files = SceneFiles(store, commit)
        self._source_root = source_root
        self._cameras: dict[str, CameraImages] = {}

    def newest(self) -> Scene:
        """The scene's newest commit, opened; this very one if it is the newest.

        Raises:
            SceneCorruptError: if that commit is malformed.
            SceneVersionError: if a later major version of the format wrote it.
        """
        number = newest_number(self.store)
        if number <= self.number:
            return self
        commit = read_commit(self.store, number)
        return Scene(self.store, commit, self._source_root, number=number)

    @property
    def store(self) -> Store:
        """The scene's folder, which paths in ``metadata`` are relative to."""
        return self._files.store

    @property
    def path(self) -> str:
        """The scene's folder."""
        return self.store.path()

    @property
    def scene_id(self) -> str:
        """Name of the scene."""
        return self.metadata.scene_id

    @cached_property
    def info(self) -> SceneInfo:
        """Where the scene comes from."""
        return self._files.converted("scene", info_from_table)

    @property
    def log_id(self) -> str:
        """Name of the recorded drive."""
        return self.info.log_id

    @property
    def origin_m(self) -> Float64:
        """(3,) float64 metres: the recording's world = the scene's world + this."""
        return self.info.origin_m

    @property
    def taxonomy(self) -> Taxonomy:
        """Classes that categories index."""
        return self.info.taxonomy

    @property
    def config(self) -> str:
        """The resolved configuration, TOML."""
        return self.info.config_toml

    @cached_property
    def rig(self) -> Rig:
        """Sensors."""
        return self._files.converted("sensors", rig_from_table)

    @cached_property
    def trajectory(self) -> Trajectory:
        """Ego poses in the scene's world."""
        facts = self._files.facts("ego_poses")
        with self._files.converting("ego_poses"):
            max_gap_ns = int(facts.get("max_gap_ns", MAX_GAP_NS))
        return self._files.converted("ego_poses", trajectory_from_table, max_gap_ns)

    @cached_property
    def frames(self) -> Frames:
        """Frame numbers, reference times and ego poses at them, in the scene's world."""
        return self._files.converted("frames", frames_from_table)

    @property
    def lidars(self) -> list[str]:
        """LiDARs with points, in the rig's order; the first is the main one."""
        return [name for name in self.rig.lidars if f"points/{name}" in self.metadata.files]

    @property
    def cameras(self) -> list[str]:
        """Cameras with images, in the rig's order."""
        return [name for name in self.rig.cameras if f"images/{name}" in self.metadata.files]

    @property
    def table_names(self) -> list[str]:
        """What ``table`` accepts."""
        return list(self.metadata.files)

    def cuboids(self) -> Cuboids:
        """All automatic labels, in the scene's world; see ``labels`` for people's."""
        return self._files.converted("cuboids", cuboids_from_table, self.taxonomy)

    def detections(self) -> Detections:
        """What was proposed before tracking, in the ego frame of each frame."""
        return self._files.converted("detections", detections_from_table, self.taxonomy)

    def evidence(self) -> Float64:
        """(N, P) float64 log likelihood of what images show of each detection, by coarse class."""
        return self._files.converted("detections", evidence_from_table, self.taxonomy)

    def tracks(self) -> Tracks:
        """All tracks."""
        return self._files.converted("tracks", tracks_from_table, self.taxonomy)

    def projections(self) -> Projections:
        """All cuboids as cameras see them."""
        return self._files.converted("projections", projections_from_table, list(self.rig.cameras))

    def findings(self) -> tuple[Finding, ...]:
        """What the stages noticed."""
        return self._files.converted("findings", findings_from_table)

    def auto_labels(self) -> AutoLabels:
        """The automatic labels and what edits are laid onto them by."""
        return AutoLabels(
            cuboids=self.cuboids(),
            tracks=self.tracks(),
            frames=self.frames,
            taxonomy=self.taxonomy,
            commit=self.number,
            origin_m=tuple(self.origin_m.tolist()),
        )

    def edits(self) -> EditHistory:
        """Everything that people did to this scene so far, read anew.

        Raises:
            SceneCorruptError: for a line that is no edit.
            SceneVersionError: if a later major version wrote one.
        """
        return read_edits(self.store.child(EDITS))

    def resolved(self) -> Resolved:
        """The labels as people left them, and what of their edits did not fit."""
        return resolve(self.auto_labels(), self.edits().edits)

    def labels(self, which: Labels = "resolved") -> Cuboids:
        """The labels as people left them, or as the pipeline made them."""
        if which == "auto":
            return self.cuboids()
        return self.resolved().cuboids

    def edit_log(self, author: str) -> EditLog:
        """A log for one sitting of one person; its file is made with the first edit."""
        return EditLog(self.store.child(EDITS), author, self.number, self.origin_m.tolist())

    def table(self, name: str) -> pa.Table:
        """A whole table by name, such as ``cuboids``, ``points/top`` or ``images/front``.

        Raises:
            SceneNotFoundError: if there is no such table; the message suggests one.
        """
        return self._files.table(name)

    def sweep(self, frame_idx: int, lidar: str | None = None) -> Sweep:
        """One sweep, motion-compensated; reads only its own row group.

        Args:
            frame_idx: the recording's own frame number.
            lidar: the main one if not given.

        Raises:
            SceneNotFoundError: if the scene has no such sweep or LiDAR.
        """
        return self._files.sweep(frame_idx, lidar if lidar is not None else self._main_lidar())

    def image(self, frame_idx: int, camera: str, shrink: Shrink = 1) -> UInt8 | None:
        """One image, (H, W, 3) uint8 RGB; None if this frame has none from this camera.

        Args:
            frame_idx: the recording's own frame number.
            camera: of the rig.
            shrink: divides both sides; cheaper than decoding a JPEG whole.

        Raises:
            SceneNotFoundError: if the rig has no such camera.
            ReadError: if the recording's file is gone, has changed or is no image.
        """
        images = self._images(camera)
        with self._files.converting(f"images/{camera}"):
            return images.read(frame_idx, shrink) if images else None

    def image_file(self, frame_idx: int, camera: str) -> tuple[str, bytes] | None:
        """Name and content of an image's file as recorded; None and errors as ``image``."""
        images = self._images(camera)
        with self._files.converting(f"images/{camera}"):
            return images.file(frame_idx) if images else None

    def exposures_ns(self, camera: str) -> Mapping[int, int]:
        """When the middle row of each of a camera's images was exposed, by frame number.

        Raises:
            SceneNotFoundError: if the rig has no such camera.
        """
        images = self._images(camera)
        with self._files.converting(f"images/{camera}"):
            return images.exposures_ns if images else {}

    def verify(self) -> int:
        """Hash every file, however large, and return their number.

        Raises:
            SceneCorruptError: naming the first file that differs from its commit.
        """
        return self._files.verify()

    def _images(self, camera: str) -> CameraImages | None:
        if camera not in self.rig.cameras:
            hint = suggest(camera, list(self.rig.cameras))
            raise SceneNotFoundError(f"{self.path}: no camera '{camera}'{hint}")
        name = f"images/{camera}"
        if name in self.metadata.files and camera not in self._cameras:
            images = CameraImages(self.store, name, self._files.entry(name), self._recording)
            self._cameras[camera] = images
        return self._cameras.get(camera)

    @property
    def _recording(self) -> str | Path | None:
        return self._source_root or next(iter(self.info.source_uris), None)

    def _main_lidar(self) -> str:
        if not self.lidars:
            raise SceneNotFoundError(f"{self.path}: the scene has no sweeps")
        return self.lidars[0]
