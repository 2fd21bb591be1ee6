"""What a bag's topics probably are, from their types, frames and first messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from avlabel.errors import ReadError
from avlabel.readers.files import folder_name
from avlabel.readers.point_fields import PointFields
from avlabel.readers.ros_bag import RosBag, Topic
from avlabel.readers.ros_cloud import read_cloud
from avlabel.readers.ros_frames import RosFrames
from avlabel.readers.ros_topics import (
    FROM_SWEEPS,
    FROM_TF,
    BagTopics,
    CameraTopic,
    LidarTopic,
)

CLOUD = "sensor_msgs/msg/PointCloud2"
IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
INFO = "sensor_msgs/msg/CameraInfo"
ODOMETRY = "nav_msgs/msg/Odometry"
TFS = ("tf2_msgs/msg/TFMessage", "tf/msg/tfMessage")
ENOUGH = 2000
"""Messages of tf that are looked at for a proposal."""
USUAL_BASES = ("base_link", "base_footprint")
NOT_PICTURES = ("depth", "mask", "compressedDepth", "disparity")


def tf_topics(topics: Iterable[Topic]) -> list[str]:
    """Topics of transforms."""
    return [topic.name for topic in topics if topic.type_name in TFS]


def is_static(topic: str) -> bool:
    """Whether a topic of transforms holds fixed ones."""
    return topic.endswith("tf_static")


@dataclass(frozen=True, slots=True)
class _Survey:
    bag: RosBag
    topics: dict[str, Topic]

    def of(self, *types: str) -> list[str]:
        return [t.name for t in self.topics.values() if t.type_name in types and t.count]


def propose_topics(bag: RosBag) -> BagTopics:
    """A proposal for ``topics.toml``.

    The LiDAR with the most points comes first. The vehicle is the frame that it is fixed to and
    that moves; the world is the root above.

    Raises:
        ReadError: if the bag cannot be read or holds no clouds.
    """
    survey = _Survey(bag, bag.topics())
    clouds = {name: _cloud(bag, name) for name in survey.of(CLOUD)}
    if not clouds:
        kinds = ", ".join(sorted({t.type_name for t in survey.topics.values()})) or "nothing"
        raise ReadError(f"{bag.path}: expected a topic of {CLOUD}, got {kinds}")
    order = sorted(clouds, key=lambda name: -len(clouds[name][1].points))
    ids = _ids(order, "points")
    scales = {name: fields.unit_scale() for name, (_, fields) in clouds.items()}
    lidars = {ids[name]: LidarTopic(name, intensity_scale=scales[name]) for name in order}
    poses, world, ego = _poses(survey, clouds[order[0]][0])
    return BagTopics(lidars, _cameras(survey, set(lidars)), poses, world, ego)


def _cloud(bag: RosBag, topic: str) -> tuple[str, PointFields]:
    """Frame and content of a topic's first cloud."""
    message = bag.first(topic)
    return str(message.header.frame_id).lstrip("/"), read_cloud(message, f"{bag.path}: {topic}")


def _poses(survey: _Survey, lidar_frame: str) -> tuple[str, str, str]:
    """Where poses come from, and the frames of world and vehicle."""
    frames = RosFrames(str(survey.bag.path))
    for topic in tf_topics(survey.topics.values()):
        few = islice(survey.bag.messages([topic]), ENOUGH)
        for _, received_ns, message in few:
            frames.add_tf(message, received_ns, is_static(topic))
    carrier, chain = frames.carrier(lidar_frame), frames.chain(lidar_frame)
    if carrier == chain[-1]:  # Nothing moves: the car may be parked.
        carrier = next((name for name in reversed(chain) if name in USUAL_BASES), carrier)
    if (root := chain[-1]) != carrier:
        return FROM_TF, root, carrier
    odometry = survey.of(ODOMETRY)
    if odometry:
        first = survey.bag.first(odometry[0])
        return (
            odometry[0],
            str(first.header.frame_id).lstrip("/"),
            str(first.child_frame_id).lstrip("/"),
        )
    return FROM_SWEEPS, "map", carrier


def _cameras(survey: _Survey, taken: set[str]) -> dict[str, CameraTopic]:
    """A camera for every topic of infos that has images beside it."""
    infos = survey.of(INFO)
    chosen: dict[str, CameraTopic] = {}
    images = [n for n in survey.of(*IMAGES) if not any(word in n for word in NOT_PICTURES)]
    for info in infos:
        beside = [name for name in images if name.startswith(info.rpartition("/")[0] + "/")]
        if not beside:
            continue
        # Raw before rectified, for the whole view; compressed before raw, for the disk.
        best = min(beside, key=lambda n: ("rect" in n, survey.topics[n].type_name == IMAGES[0], n))
        chosen[info] = CameraTopic(best, info, "rect" in best)
    ids = _ids(list(chosen), "camera_info")
    return {_free(ids[info], taken): camera for info, camera in chosen.items()}


def _ids(topics: list[str], beside: str) -> dict[str, str]:
    """Sensor ids: a topic without its last word, as ``top`` of ``/lidar/top/points``."""
    parts = {topic: [p for p in topic.split("/") if p] for topic in topics}
    shorts = {topic: p[-2] if len(p) > 1 else p[-1] for topic, p in parts.items()}
    unique = len(set(shorts.values())) == len(topics)
    return {t: folder_name(shorts[t] if unique else "-".join(parts[t])) or beside for t in topics}


def _free(sensor_id: str, taken: set[str]) -> str:
    return f"{sensor_id}-camera" if sensor_id in taken else sensor_id
