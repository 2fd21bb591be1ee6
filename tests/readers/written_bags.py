"""Native drives as ROS bags, written by the package that others write them with."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from avlabel.core.se3 import SE3
from avlabel.readers.rig_toml import load_rig
from avlabel.readers.ros_bag import TF_MESSAGE

KINDS = ("ros1", "sqlite3", "mcap")
START_NS = 1_700_000_000_000_000_000
XYZ = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4")])
CLOUD_DTYPE = np.dtype(
    {
        "names": ["x", "y", "z", "intensity", "ring", "t"],
        "formats": ["<f4", "<f4", "<f4", "<f4", "<u2", "<u4"],
        "offsets": [0, 4, 8, 16, 20, 24],
        "itemsize": 32,
    }
)
"""Ouster's order, with its gaps."""
NUMPY_TO_ROS = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 8}


class Messages:
    """Makes messages of ROS 1 or ROS 2."""

    def __init__(self, kind: str) -> None:
        self.ros1 = kind == "ros1"
        self.store = get_typestore(Stores.ROS1_NOETIC if self.ros1 else Stores.ROS2_HUMBLE)
        self.store.register(get_types_from_msg(TF_MESSAGE, "tf2_msgs/msg/TFMessage"))

    def make(self, name: str, *values: Any) -> Any:
        return self.store.types[name](*values)

    def header(self, time_ns: int, frame: str) -> Any:
        stamp = self.make("builtin_interfaces/msg/Time", time_ns // 10**9, time_ns % 10**9)
        values = (0, stamp, frame) if self.ros1 else (stamp, frame)
        return self.make("std_msgs/msg/Header", *values)

    def cloud(self, time_ns: int, frame: str, points: np.ndarray) -> Any:
        """A PointCloud2 of a structured array (N,), or (H, W) with rows."""
        kinds = points.dtype.fields or {}
        fields = [
            self.make("sensor_msgs/msg/PointField", name, at, NUMPY_TO_ROS[kind.str[1:]], 1)
            for name, (kind, at, *_) in kinds.items()
        ]
        big = any(kind.str[0] == ">" for kind, *_ in kinds.values())
        height, width = (1, *points.shape)[-2:]
        step = points.dtype.itemsize
        data = np.frombuffer(points.tobytes(), np.uint8)
        layout = (height, width, fields, big, step, width * step, data, False)
        return self.make("sensor_msgs/msg/PointCloud2", self.header(time_ns, frame), *layout)

    def transform(self, time_ns: int, parent: str, child: str, pose: SE3) -> Any:
        shift = self.make("geometry_msgs/msg/Vector3", *pose.translation.tolist())
        moved = self.make("geometry_msgs/msg/Transform", shift, self._turn(pose))
        header = self.header(time_ns, parent)
        return self.make("geometry_msgs/msg/TransformStamped", header, child, moved)

    def tf(self, *transforms: Any) -> Any:
        return self.make("tf2_msgs/msg/TFMessage", list(transforms))

    def odometry(self, time_ns: int, parent: str, child: str, pose: SE3) -> Any:
        point = self.make("geometry_msgs/msg/Point", *pose.translation.tolist())
        spread = np.zeros(36)
        placed = self.make("geometry_msgs/msg/Pose", point, self._turn(pose))
        zero = self.make("geometry_msgs/msg/Vector3", 0.0, 0.0, 0.0)
        twist = self.make("geometry_msgs/msg/Twist", zero, zero)
        return self.make(
            "nav_msgs/msg/Odometry",
            self.header(time_ns, parent),
            child,
            self.make("geometry_msgs/msg/PoseWithCovariance", placed, spread),
            self.make("geometry_msgs/msg/TwistWithCovariance", twist, spread),
        )

    def _turn(self, pose: SE3) -> Any:
        w, x, y, z = pose.quat_wxyz.tolist()
        return self.make("geometry_msgs/msg/Quaternion", x, y, z, w)

    def info(self, time_ns: int, frame: str, model: Any, name: str = "plumb_bob") -> Any:
        fx, fy, cx, cy = model.intrinsics
        k = np.array([fx, 0, cx, 0, fy, cy, 0, 0, 1.0])
        p = np.array([fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1.0, 0])
        roi = self.make("sensor_msgs/msg/RegionOfInterest", 0, 0, 0, 0, False)
        size = model.height_px, model.width_px
        optics = (name, np.array(model.distortion), k, np.eye(3).reshape(-1), p, 0, 0, roi)
        return self.make("sensor_msgs/msg/CameraInfo", self.header(time_ns, frame), *size, *optics)

    def jpeg(self, time_ns: int, frame: str, data: bytes) -> Any:
        header = self.header(time_ns, frame)
        return self.make(
            "sensor_msgs/msg/CompressedImage", header, "jpeg", np.frombuffer(data, np.uint8)
        )

    def image(self, time_ns: int, frame: str, encoding: str, pixels: np.ndarray) -> Any:
        height, width = pixels.shape[:2]
        step, data = pixels.nbytes // height, pixels.reshape(-1)
        header = self.header(time_ns, frame)
        return self.make("sensor_msgs/msg/Image", header, height, width, encoding, 0, step, data)


Stamped = tuple[str, int, Any]


def write_bag(path: Path, kind: str, messages: list[Stamped]) -> Path:
    """Write topic, time of receipt and message, in order of receipt."""
    made = Messages(kind)
    if kind == "ros1":
        path = path.with_name(path.name + ".bag")
        with Writer1(path) as writer1:
            _write(writer1, made, sorted(messages, key=lambda m: m[1]))
        return path
    plugin = StoragePlugin.MCAP if kind == "mcap" else StoragePlugin.SQLITE3
    with Writer(path, version=9, storage_plugin=plugin) as writer2:
        _write(writer2, made, sorted(messages, key=lambda m: m[1]))
    return path


def _write(writer: Any, made: Messages, messages: list[Stamped]) -> None:
    serialize = made.store.serialize_ros1 if made.ros1 else made.store.serialize_cdr
    topics: dict[str, Any] = {}
    for topic, received_ns, message in messages:
        kind = message.__msgtype__
        if topic not in topics:
            topics[topic] = writer.add_connection(topic, kind, typestore=made.store)
        writer.write(topics[topic], received_ns, serialize(message, kind))


def drive_messages(drive: Path, kind: str, poses: str = "tf") -> list[Stamped]:
    """A native drive's sensors, poses and images; received 20 ms after they were stamped."""
    made = Messages(kind)
    return [(topic, stamp_ns + 20_000_000, m) for topic, stamp_ns, m in _of(drive, made, poses)]


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def _of(drive: Path, made: Messages, poses: str) -> Iterator[Stamped]:
    rig, rows = load_rig(drive / "rig.toml"), _rows(drive / "poses.csv")
    begin = int(rows[0]["timestamp_ns"])
    sensors = [(key, s.ego_from_sensor) for key, s in (*rig.lidars.items(), *rig.cameras.items())]
    mounts = [made.transform(begin, "base_link", key, pose) for key, pose in sensors]
    yield "/tf_static", begin, made.tf(*mounts)
    for row in rows:
        time_ns = int(row["timestamp_ns"])
        quat = [float(row[name]) for name in ("qw", "qx", "qy", "qz")]
        pose = SE3.from_quat(quat, [float(row[name]) for name in ("tx_m", "ty_m", "tz_m")])
        if poses == "tf":
            yield "/tf", time_ns, made.tf(made.transform(time_ns, "map", "base_link", pose))
        else:
            yield "/odom", time_ns, made.odometry(time_ns, "map", "base_link", pose)
    for row in _rows(drive / "sweeps.csv"):
        time_ns, points = int(row["start_ns"]), cloud_of(drive / row["file"])
        yield f"/lidar/{row['sensor_id']}/points", time_ns, made.cloud(time_ns, "top", points)
    for row in _rows(drive / "images.csv"):
        time_ns, key = int(row["timestamp_ns"]), row["sensor_id"]
        topic = f"/camera/{key}/"
        yield topic + "camera_info", time_ns, made.info(time_ns, key, rig.cameras[key].model)
        data = (drive / row["file"]).read_bytes()
        yield topic + "image/compressed", time_ns, made.jpeg(time_ns, key, data)


def cloud_of(path: Path) -> np.ndarray:
    """(N,) structured, of a native sweep."""
    table = pq.read_table(path)
    points = np.zeros(len(table), CLOUD_DTYPE)
    names = ("x_m", "y_m", "z_m", "intensity", "ring", "t_offset_ns")
    for name, stored in zip(CLOUD_DTYPE.names or (), names, strict=True):
        points[name] = table.column(stored).to_numpy()
    return points


def small_bag(folder: Path, clouds: list, extra: tuple = (), kind: str = "ros1") -> Path:
    """Clouds 0.1 s apart on a car that drives 1 m from one to the next."""
    made = Messages(kind)
    messages = [("/tf_static", START_NS, made.tf(made.transform(START_NS, "base", "l", here(0))))]
    for i in range(len(clouds) + 1):
        time_ns = START_NS + i * 100_000_000
        messages.append(("/tf", time_ns, made.tf(made.transform(time_ns, "odom", "base", here(i)))))
    for i, points in enumerate(clouds):
        time_ns = START_NS + i * 100_000_000
        cloud = made.cloud(time_ns, "l", points) if isinstance(points, np.ndarray) else points
        messages.append(("/points", time_ns, cloud))
    return write_bag(folder / "small", kind, [*messages, *extra])


def here(x: float) -> SE3:
    return SE3(np.eye(3), np.array([float(x), 0.0, 0.0]))


def cloud(rows: int, dtype: np.dtype = XYZ) -> np.ndarray:
    points = np.zeros(rows, dtype)
    points["x"] = np.arange(rows) + 1
    return points
