"""The tables of a scene. ``docs/scene-format.md`` is written from these declarations."""

from __future__ import annotations

import pyarrow as pa

from avlabel.scenes.schema import Column, TableSchema

BOOL = pa.bool_()
I16, I32, I64 = pa.int16(), pa.int32(), pa.int64()
F32, F64 = pa.float32(), pa.float64()
TEXT = pa.string()
NAME = pa.dictionary(I32, TEXT)
"""Text with few distinct values."""


def _item(of: pa.DataType) -> pa.Field:
    return pa.field("element", of, nullable=False)


DELTA = "DELTA_BINARY_PACKED"
FLOATS = pa.list_(_item(F64))
CORNERS = pa.list_(_item(F32), 16)
POINTS_MM = pa.list_(
    _item(pa.struct([pa.field(name, I32, nullable=False) for name in ("x_mm", "y_mm", "z_mm")]))
)

FRAME_IDX = Column("frame_idx", I32, "", "the recording's own frame number")
TIMESTAMP = Column("timestamp_ns", I64, "ns", "time on the recording's clock")
SENSOR_ID = Column("sensor_id", NAME, "", "sensor, as in `sensors`")

POSE = (
    Column("tx_m", F64, "m", "translation"),
    Column("ty_m", F64, "m", "translation"),
    Column("tz_m", F64, "m", "translation"),
    Column("qw", F64, "", "rotation, unit quaternion, qw >= 0"),
    Column("qx", F64, "", "rotation"),
    Column("qy", F64, "", "rotation"),
    Column("qz", F64, "", "rotation"),
)

SCENE = TableSchema(
    "scene",
    (
        Column("scene_id", TEXT, "", "name of the scene, the `<id>` of its folder"),
        Column("log_id", TEXT, "", "name of the recorded drive"),
        Column("start_ns", I64, "ns", "first point of the first sweep"),
        Column("end_ns", I64, "ns", "last point of the last sweep"),
        Column("origin_x_m", F64, "m", "recording's world = world + origin"),
        Column("origin_y_m", F64, "m", "recording's world = world + origin"),
        Column("origin_z_m", F64, "m", "recording's world = world + origin"),
        Column(
            "source_uris",
            pa.list_(_item(TEXT)),
            "",
            "the recording; image URIs are relative to the first",
        ),
        Column("avlabel_version", TEXT, "", "program that wrote the scene"),
        Column("format_version", TEXT, "", "of this specification"),
        Column("input_hash", TEXT, "", "of what was read"),
        Column("config_hash", TEXT, "", "of the resolved configuration"),
        Column("config_toml", TEXT, "", "the resolved configuration, TOML"),
        Column("taxonomy_json", TEXT, "", "the classes with their parents and size priors, JSON"),
        Column(
            "log_metadata_json",
            TEXT,
            "",
            "facts the reader kept: format, licence, where poses come from, JSON",
        ),
    ),
    "world",
)

SENSORS = TableSchema(
    "sensors",
    (
        Column("sensor_id", TEXT, "", "unique in the scene; the first LiDAR is the main one"),
        Column("modality", NAME, "", "`lidar` or `camera`"),
        *POSE,
        Column("width_px", I32, "px", "image width; null for a LiDAR", nullable=True),
        Column("height_px", I32, "px", "image height; null for a LiDAR", nullable=True),
        Column(
            "camera_model",
            NAME,
            "",
            "`pinhole`, `fisheye`, `mei`, `equirectangular`, `cylindrical`; null for a LiDAR",
            nullable=True,
        ),
        Column("intrinsics", FLOATS, "px", "fx, fy, cx, cy; null for a LiDAR", nullable=True),
        Column(
            "distortion",
            FLOATS,
            "",
            "coefficients in the model's order; null for a LiDAR",
            nullable=True,
        ),
        Column("shutter", NAME, "", "`global` or `rolling`; null for a LiDAR", nullable=True),
        Column("readout_ns", I64, "ns", "first row to last row; null for a LiDAR", nullable=True),
    ),
    "ego",
)

EGO_POSES = TableSchema("ego_poses", (TIMESTAMP, *POSE), "world")

FRAMES = TableSchema(
    "frames",
    (FRAME_IDX, Column("ref_ns", I64, "ns", "reference time, the middle of the sweep"), *POSE),
    "world",
)

SWEEPS = TableSchema(
    "sweeps",
    (
        FRAME_IDX,
        SENSOR_ID,
        Column("row_group", I32, "", "of `points/<lidar>`; -1 for a sweep without points"),
        Column("n_points", I32, "", "points of the sweep"),
        Column("ref_ns", I64, "ns", "time whose ego frame the points are in"),
        Column("start_ns", I64, "ns", "first point"),
        Column("end_ns", I64, "ns", "last point"),
        Column("compensated", BOOL, "", "ego motion within the sweep has been taken out"),
    ),
)

_POINT_ATTRIBUTES = (
    Column("intensity", I16, "", "on the sensor's own scale"),
    Column("ring", I16, "", "beam number, -1 where unknown"),
    Column("t_offset_ns", I32, "ns", "time relative to the sweep's `ref_ns`"),
)

POINTS = TableSchema(
    "points",
    (
        FRAME_IDX,
        *(Column(f"{axis}_mm", I32, "mm", "ego frame at `ref_ns`") for axis in "xyz"),
        *_POINT_ATTRIBUTES,
    ),
    "ego",
    dictionary=("intensity", "ring"),
    encodings=dict.fromkeys(("frame_idx", "x_mm", "y_mm", "z_mm", "t_offset_ns"), DELTA),
)

POINTS_LOSSLESS = TableSchema(
    "points",
    (
        FRAME_IDX,
        *(Column(f"{axis}_m", F32, "m", "ego frame at `ref_ns`") for axis in "xyz"),
        *_POINT_ATTRIBUTES,
    ),
    "ego",
    dictionary=("intensity", "ring"),
    encodings={"frame_idx": DELTA, "t_offset_ns": DELTA}
    | dict.fromkeys(("x_m", "y_m", "z_m"), "BYTE_STREAM_SPLIT"),
)

IMAGES = TableSchema(
    "images",
    (
        FRAME_IDX,
        SENSOR_ID,
        Column("timestamp_ns", I64, "ns", "exposure of the middle row"),
        Column("dt_to_ref_ns", I64, "ns", "`timestamp_ns` less the frame's `ref_ns`"),
        Column("width", I32, "px", "image width"),
        Column("height", I32, "px", "image height"),
        Column("sha256", TEXT, "", "of the encoded image"),
        Column("uri", TEXT, "", "relative to the recording's folder, POSIX style"),
    ),
    "image",
)

IMAGES_EMBEDDED = TableSchema(
    "images",
    (*IMAGES.columns, Column("encoded", pa.binary(), "", "the image file's bytes")),
    "image",
    dictionary=("sensor_id",),
    codec="none",
)

CUBOIDS = TableSchema(
    "cuboids",
    (
        FRAME_IDX,
        Column("timestamp_ns", I64, "ns", "when the box was there: the mean time of its points"),
        Column("cuboid_id", I64, "", "unique in the table"),
        Column("track_id", I64, "", "the object, as in `tracks`; -1 for none"),
        Column("category", NAME, "", "leaf of the taxonomy"),
        *(Column(f"{axis}_m", F64, "m", "centre") for axis in "xyz"),
        Column("qw", F64, "", "rotation, unit quaternion; x runs along the length"),
        Column("qx", F64, "", "rotation"),
        Column("qy", F64, "", "rotation"),
        Column("qz", F64, "", "rotation"),
        *(
            Column(f"{name}_m", F32, "m", f"{name} of the box")
            for name in ("length", "width", "height")
        ),
        *(
            Column(f"v{axis}_mps", F32, "m/s", "velocity over ground, NaN where unknown")
            for axis in "xyz"
        ),
        Column("score", F32, "", "0 to 1"),
        Column("num_points", I32, "", "LiDAR points inside, -1 where not counted"),
        Column("source", NAME, "", "`auto`, `interpolated` or `human`"),
        Column("is_keyframe", BOOL, "", "seen, or set by a person, rather than interpolated"),
    ),
    "world",
)

DETECTIONS = TableSchema(
    "detections",
    (
        *CUBOIDS.columns,
        Column("points", POINTS_MM, "mm", "sample of the box's points less its centre, ego axes"),
        Column(
            "evidence",
            pa.list_(F64),
            "",
            "log likelihood of what images show, by coarse class; null where none speaks",
            nullable=True,
        ),
    ),
    "ego",
    dictionary=("category", "source"),
    encodings={f"points.list.element.{axis}_mm": DELTA for axis in "xyz"},
)

TRACKS = TableSchema(
    "tracks",
    (
        Column("track_id", I64, "", "unique in the scene"),
        Column("category", NAME, "", "leaf of the taxonomy"),
        Column("score", F32, "", "0 to 1"),
        Column("first_frame", I32, "", "frame number of the first cuboid"),
        Column("last_frame", I32, "", "frame number of the last cuboid"),
        Column("n_observed", I32, "", "cuboids seen rather than interpolated"),
        *(
            Column(f"{name}_m", F32, "m", f"{name} of the object")
            for name in ("length", "width", "height")
        ),
        Column("is_static", BOOL, "", "stands still throughout"),
    ),
)

PROJECTIONS = TableSchema(
    "projections",
    (
        FRAME_IDX,
        SENSOR_ID,
        Column("cuboid_id", I64, "", "as in `cuboids`"),
        *(
            Column(name, F32, "px", "box around the cuboid, clipped to the image")
            for name in ("u0", "v0", "u1", "v1")
        ),
        Column(
            "corners_px",
            CORNERS,
            "px",
            "u, v of 8 corners: bottom then top, each front-left, front-right, rear-right, "
            "rear-left; NaN where the camera cannot see",
        ),
        Column("depth_m", F32, "m", "of the centre along the optical axis"),
        Column("truncation", F32, "", "0 to 1, share outside the image"),
        Column(
            "occlusion",
            F32,
            "",
            "0 to 1, share hidden by nearer LiDAR returns and cuboids, of what is in the image and "
            "known; NaN where nothing is known",
        ),
        Column("t_capture_ns", I64, "ns", "when the camera saw this cuboid"),
        Column(
            "occlusion_known",
            F32,
            "",
            "0 to 1, share of what is in the image for which a LiDAR return or a nearer cuboid "
            "could tell; NaN where only cuboids were looked at, or nothing",
        ),
    ),
    "image",
)

FINDINGS = TableSchema(
    "findings",
    (
        Column("rule", NAME, "", "stable id, kebab-case"),
        Column("severity", NAME, "", "`info`, `warning` or `error`"),
        Column("frame_idx", I32, "", "frame concerned, -1 for none"),
        Column("track_id", I64, "", "track concerned, -1 for none"),
        Column("message", TEXT, "", "what, where, expected, got"),
    ),
)

SMALL_TABLES = {
    schema.name: schema
    for schema in (
        SCENE,
        SENSORS,
        EGO_POSES,
        FRAMES,
        SWEEPS,
        DETECTIONS,
        CUBOIDS,
        TRACKS,
        PROJECTIONS,
        FINDINGS,
    )
}
"""Tables that every scene has, by name; points and images come besides, one table a sensor."""
