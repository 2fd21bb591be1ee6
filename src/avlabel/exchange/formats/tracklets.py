"""Tracklets: XML of KITTI's raw recordings, which CVAT and Datumaro read and write too."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avlabel.errors import ReadError
from avlabel.readers.files import finite_numbers, read_text

OUT_OF_IMAGE, BEHIND_IMAGE = 2, 99
"""States of truncation by which a pose says that the object is not there."""
UNSET, LABELED = -1, 2
HEAD = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!DOCTYPE boost_serialization>
"""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where an object is in one frame.

    Attributes:
        place: x, y, z metres.
        angles: rx, ry, rz radians.
        is_there: whether it is labelled in this frame.
    """

    place: Sequence[float]
    angles: Sequence[float]
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class Tracklet:
    """One object of one size in consecutive frames.

    Attributes:
        kind: class name.
        size_lwh: length, width, height, metres.
        first_frame: number of the first pose's frame.
        poses: one a frame.
        track: name of the object that several tracklets may be of; "" if none is given.
        where: place in the file.
    """

    kind: str
    size_lwh: Sequence[float]
    first_frame: int
    poses: Sequence[Pose]
    track: str = ""
    where: str = ""


TRACK_ATTRIBUTE = "avlabel_track"


def tracklets_xml(tracklets: Sequence[Tracklet]) -> bytes:
    """A document as Boost's serialization makes it."""
    root = ET.Element("boost_serialization", signature="serialization::archive", version="9")
    listed = ET.SubElement(root, "tracklets", class_id="0", tracking_level="0", version="0")
    _text(listed, count=len(tracklets), item_version=1)
    for tracklet in tracklets:
        item = ET.SubElement(listed, "item", class_id="1", tracking_level="0", version="1")
        length, width, height = (f"{value:.6f}" for value in tracklet.size_lwh)
        _text(item, objectType=tracklet.kind, h=height, w=width, l=length)
        _text(item, first_frame=tracklet.first_frame)
        poses = ET.SubElement(item, "poses", class_id="2", tracking_level="0", version="0")
        _text(poses, count=len(tracklet.poses), item_version=2)
        for pose in tracklet.poses:
            _add_pose(poses, pose)
        _text(item, finished=1)
        attribute = ET.SubElement(ET.SubElement(item, "attributes"), "attribute")
        _text(attribute, name=TRACK_ATTRIBUTE, value=tracklet.track)
    ET.indent(root, space=" ")
    content: bytes = ET.tostring(root, encoding="utf-8")
    return HEAD.encode() + content + b"\n"


def read_tracklets(path: Path) -> list[Tracklet]:
    """Read a document.

    Raises:
        ReadError: naming tracklet and field.
    """
    # KITTI's own files say standalone="true", which is no XML; a document type may hold entities.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", read_text(path))
    text = re.sub(r"<!DOCTYPE\s+boost_serialization\s*>", "", text, count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ReadError(f"{path}: expected no document type with declarations")
    try:
        root = ET.fromstring(text)  # noqa: S314
    except ET.ParseError as error:
        raise ReadError(f"{path}: not XML: {error}") from error
    listed = root if root.tag == "tracklets" else root.find("tracklets")
    if listed is None:
        raise ReadError(f"{path}: expected an element 'tracklets', got '{root.tag[:40]}'")
    return [
        _tracklet(item, f"{path}: tracklet {i}") for i, item in enumerate(listed.findall("item"))
    ]


def _tracklet(item: ET.Element, where: str) -> Tracklet:
    height, width, length = (_number(item, name, where) for name in ("h", "w", "l"))
    first = _number(item, "first_frame", where)
    poses = item.find("poses")
    if poses is None:
        raise ReadError(f"{where}: expected an element 'poses', got none")
    found = list(_poses(poses, where))
    if first != round(first) or not 0 <= first <= 2**31 - 1 - len(found):
        raise ReadError(f"{where}: first_frame: expected a frame number, got {first:g}")
    size = [length, width, height]
    kind, track = _word(item, "objectType", where), _track_of(item)
    return Tracklet(kind, size, round(first), found, track, where)


def _poses(poses: ET.Element, where: str) -> Iterator[Pose]:
    for k, item in enumerate(poses.findall("item")):
        place = f"{where}, pose {k}"
        there = int(_number(item, "truncation", place, default=0.0))
        yield Pose(
            [_number(item, name, place) for name in ("tx", "ty", "tz")],
            [_number(item, name, place, default=0.0) for name in ("rx", "ry", "rz")],
            there not in (OUT_OF_IMAGE, BEHIND_IMAGE),
        )


def _track_of(item: ET.Element) -> str:
    for attribute in item.iterfind("attributes/attribute"):
        if attribute.findtext("name") == TRACK_ATTRIBUTE:
            return (attribute.findtext("value") or "").strip()
    return ""


def _word(item: ET.Element, name: str, where: str) -> str:
    text = (item.findtext(name) or "").strip()
    if not text:
        raise ReadError(f"{where}: expected an element '{name}' with text, got none")
    return text


def _number(item: ET.Element, name: str, where: str, default: float | None = None) -> float:
    if default is not None and item.find(name) is None:
        return default
    (value,) = finite_numbers([_word(item, name, where)], f"{where}: {name}")
    return value


def _add_pose(poses: ET.Element, pose: Pose) -> None:
    item = ET.SubElement(poses, "item", class_id="3", tracking_level="0", version="2")
    names = ("tx", "ty", "tz", "rx", "ry", "rz")
    values = (f"{value:.6f}" for value in (*pose.place, *pose.angles))
    _text(item, **dict(zip(names, values, strict=True)))
    cut = 0 if pose.is_there else OUT_OF_IMAGE
    _text(item, state=LABELED, occlusion=UNSET, occlusion_kf=0, truncation=cut)
    _text(item, amt_occlusion=UNSET, amt_occlusion_kf=0, amt_border_l=UNSET)
    _text(item, amt_border_r=UNSET, amt_border_kf=0)


def _text(parent: ET.Element, **values: object) -> None:
    for name, value in values.items():
        ET.SubElement(parent, name).text = str(value)
