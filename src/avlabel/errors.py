"""Every exception that avlabel raises on purpose.

A message says what, where, expected and got, for example
``rig.toml: camera 'front': distortion has 3 values; expected 0, 4, 5 or 8``.

The tree::

    AvlabelError
    ├── InputError            something a user gave cannot be used; the CLI exits 2
    │   ├── ReadError         a file is missing, truncated or malformed
    │   ├── FormatError       a format name that no reader or writer has
    │   ├── ConfigError       a configuration that does not fit its dataclasses
    │   ├── CalibrationError  a rotation that is none, an intrinsic that cannot be
    │   │   ├── NotARotationError      not orthonormal, not of unit length, or not finite
    │   │   └── MirroredRotationError  orthonormal, but it turns right into left
    │   ├── TimeRangeError    a time outside a trajectory, or inside a gap of it
    │   ├── GateError         a check before labeling found an error
    │   ├── EvaluationError   a truth that cannot be compared with the scene
    │   └── ExportError       labels that cannot go out as asked for
    └── SceneError            a scene that cannot be written or read
        ├── SceneNotFoundError  no committed scene there
        ├── SceneCorruptError   a stored file differs from its commit
        ├── SceneVersionError   written by an unknown major version of the format
        └── SceneWriteError     no space, no permission, or somebody else committed first
"""

from __future__ import annotations


class AvlabelError(Exception):
    """Root of the tree."""


class InputError(AvlabelError):
    """Something a user gave cannot be used."""


class ReadError(InputError):
    """A file of a recording is missing, truncated or malformed."""


class FormatError(InputError):
    """A format name that no installed reader or writer answers to."""


class ConfigError(InputError):
    """A configuration that does not fit its dataclasses."""


class CalibrationError(InputError):
    """A rotation that is none, or an intrinsic that cannot be."""


class NotARotationError(CalibrationError):
    """A matrix that is not orthonormal, a quaternion not of unit length, or not finite."""


class MirroredRotationError(CalibrationError):
    """An orthonormal matrix of determinant -1: it turns right into left."""


class TimeRangeError(InputError):
    """A time outside a trajectory, or inside a gap of it."""


class GateError(InputError):
    """A check that runs before labeling found an error in the recording."""


class EvaluationError(InputError):
    """A truth that cannot be compared with the scene."""


class ExportError(InputError):
    """Labels that cannot go out as asked for: a folder in use, no such class, camera or frame."""


class SceneError(AvlabelError):
    """A scene that cannot be written or read."""


class SceneNotFoundError(SceneError):
    """No committed scene at that place."""


class SceneCorruptError(SceneError):
    """A stored file differs from what its commit says."""


class SceneVersionError(SceneError):
    """Written by an unknown major version of the scene format."""


class SceneWriteError(SceneError):
    """No space, no permission, or somebody else committed first."""
