"""What a foreign calibration says: often less than a rig needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from avlabel.core.cameras import CameraModel
from avlabel.core.rig import Camera, Rig, Shutter
from avlabel.core.se3 import SE3
from avlabel.errors import CalibrationError
from avlabel.readers.rig_pairs import EGO
from avlabel.readers.rig_toml import SENSOR_ID


@dataclass(frozen=True, slots=True, eq=False)
class FoundCamera:
    """A camera.

    Attributes:
        model: its optics.
        base_from_camera: where it sits.
        shutter: None where the file does not say.
        readout_ns: first to last row; more than 0 exactly with a rolling shutter.
    """

    model: CameraModel
    base_from_camera: SE3
    shutter: Shutter | None = None
    readout_ns: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found.

    Attributes:
        lidars: ``base_from_lidar`` by id, the main one first.
        cameras: by id.
        base: the frame that poses are given in: ``ego``, or another one, such as that of the
            only camera.
        notes: what of the file was left out, and why.
    """

    lidars: Mapping[str, SE3]
    cameras: Mapping[str, FoundCamera]
    base: str = EGO
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, rig: Rig, notes: tuple[str, ...] = ()) -> Found:
        """A whole rig."""
        return cls(
            {name: lidar.ego_from_sensor for name, lidar in rig.lidars.items()},
            {name: _camera(camera) for name, camera in rig.cameras.items()},
            EGO,
            notes,
        )

    @classmethod
    def of_camera(cls, name: str, model: CameraModel, notes: tuple[str, ...] = ()) -> Found:
        """The optics of one camera: where it sits is known relative to itself."""
        return cls({}, {name: FoundCamera(model, SE3.identity())}, name, notes)

    def renamed(self, names: Mapping[str, str]) -> Found:
        """The same sensors under other ids.

        Args:
            names: new id by old id; sensors that are not in it keep theirs.

        Raises:
            CalibrationError: for an old id that is not there, or a new one that is taken or none.
        """
        known = [*self.lidars, *self.cameras]
        if unknown := [name for name in names if name not in known]:
            raise CalibrationError(
                f"sensor '{unknown[0]}': expected one of the file's: {', '.join(known)}"
            )
        new = [names.get(name, name) for name in known]
        if twice := [name for name in new if new.count(name) > 1]:
            raise CalibrationError(f"sensor '{twice[0]}': expected ids to be unique, got two")
        if bad := [name for name in new if not SENSOR_ID.fullmatch(name) or name == EGO]:
            raise CalibrationError(
                f"sensor '{bad[0]}': expected an id of letters, digits or _.+-, and not '{EGO}'; "
                "give it another one (--camera, or --rename)"
            )
        return Found(
            {names.get(name, name): pose for name, pose in self.lidars.items()},
            {names.get(name, name): camera for name, camera in self.cameras.items()},
            names.get(self.base, self.base),
            self.notes,
        )


def _camera(camera: Camera) -> FoundCamera:
    return FoundCamera(camera.model, camera.ego_from_sensor, camera.shutter, camera.readout_ns)
