"""``topics.toml``: what a bag's topics are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from avlabel.errors import ReadError
from avlabel.readers.rig_toml import SENSOR_ID, table_of
from avlabel.readers.toml_table import TomlTable, toml_string

FILE = "topics.toml"
VERSION = 1
FROM_TF, FROM_SWEEPS = "tf", "sweeps"


@dataclass(frozen=True, slots=True)
class LidarTopic:
    """Where a LiDAR's clouds are.

    Attributes:
        topic: of ``sensor_msgs/PointCloud2``.
        compensated: ego motion has been taken out of the points.
        intensity_field: empty for the first that is known.
        intensity_scale: what it is multiplied by, towards 0 to 255.
        time_field: of the point's times; empty for the first that is known.
    """

    topic: str
    compensated: bool = False
    intensity_field: str = ""
    intensity_scale: float = 1.0
    time_field: str = ""


@dataclass(frozen=True, slots=True)
class CameraTopic:
    """Where a camera's images are.

    Attributes:
        topic: of ``sensor_msgs/Image`` or ``CompressedImage``.
        info: of ``sensor_msgs/CameraInfo``; may be empty with a rig.
        rectified: images are rectified already.
    """

    topic: str
    info: str = ""
    rectified: bool = False


@dataclass(frozen=True, slots=True)
class BagTopics:
    """What the topics of a bag are.

    Attributes:
        lidars: by sensor id; the first is the main one.
        cameras: by sensor id.
        poses: "tf", a topic of ``nav_msgs/Odometry``, or "sweeps": made from them.
        world_frame: the frame that poses are in, with "tf".
        ego_frame: of the vehicle: rear axle, x forward, z up.
        ego_height_m: of that frame above the road.
        rig: TOML file with the sensors, relative to this one; empty: from transforms.
    """

    lidars: Mapping[str, LidarTopic]
    cameras: Mapping[str, CameraTopic] = field(default_factory=dict)
    poses: str = FROM_TF
    world_frame: str = "map"
    ego_frame: str = "base_link"
    ego_height_m: float = 0.0
    rig: str = ""


def load_topics(path: Path) -> BagTopics:
    """Read the file.

    Raises:
        ReadError: naming table and field.
    """
    table = TomlTable.load(path, ReadError)
    if (version := table.integer("version")) != VERSION:
        raise table.fail("version", f"expected {VERSION}, got {version}")
    topics = BagTopics(
        {key: _lidar(inner) for key, inner in table.tables("lidars", "lidar").items()},
        {key: _camera(inner) for key, inner in table.tables("cameras", "camera").items()},
        table.text("poses", default=FROM_TF),
        table.text("world_frame", default="map"),
        table.text("ego_frame", default="base_link"),
        table.number("ego_height_m", default=0.0),
        table.text("rig", default=""),
    )
    table.finish()
    if not topics.lidars:
        raise table.fail("lidars", "expected at least one table [lidars.<id>], got none")
    for sensor_id in (*topics.lidars, *topics.cameras):
        if not SENSOR_ID.fullmatch(sensor_id):
            raise table.fail(sensor_id, "expected an id of letters, digits or _.+-")
    return topics


def _lidar(table: TomlTable) -> LidarTopic:
    lidar = LidarTopic(
        table.text("topic"),
        table.flag("compensated", default=False),
        table.text("intensity_field", default=""),
        table.number("intensity_scale", default=1.0),
        table.text("time_field", default=""),
    )
    table.finish()
    return lidar


def _camera(table: TomlTable) -> CameraTopic:
    camera = CameraTopic(
        table.text("topic"),
        table.text("info", default=""),
        table.flag("rectified", default=False),
    )
    table.finish()
    return camera


def dump_topics(topics: BagTopics) -> str:
    """The file's text; ``load_topics`` reads it back the same."""
    lines = [f"version = {VERSION}", f"poses = {toml_string(topics.poses)}"]
    lines += [
        f"{key} = {toml_string(getattr(topics, key))}" for key in ("world_frame", "ego_frame")
    ]
    lines.append(f"ego_height_m = {topics.ego_height_m!r}     # of that frame above the road")
    if topics.rig:
        lines.append(f"rig = {toml_string(topics.rig)}")
    parts = ["\n".join(lines) + "\n"]
    for sensor_id, lidar in topics.lidars.items():
        parts.append(table_of("lidars", sensor_id) + _fields(lidar, LidarTopic(lidar.topic)))
    for sensor_id, camera in topics.cameras.items():
        parts.append(table_of("cameras", sensor_id) + _fields(camera, CameraTopic(camera.topic)))
    return "\n".join(parts)


def _fields(one: LidarTopic | CameraTopic, usual: LidarTopic | CameraTopic) -> str:
    """The topic, and what is not as usual."""
    lines = [f"topic = {toml_string(one.topic)}"]
    for name in one.__dataclass_fields__:
        value = getattr(one, name)
        if value == getattr(usual, name):
            continue
        text = toml_string(value) if isinstance(value, str) else str(value).lower()
        lines.append(f"{name} = {text}")
    return "\n".join(lines) + "\n"
