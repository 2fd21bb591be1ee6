"""What the colour of a point tells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.se3 import quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.render.palette import class_colors, track_color
from avlabel.render.ramps import HEIGHT, INTENSITY, TIME, ramp_colors
from avlabel_viewer.drawing.point_colors import NO_OBJECT, point_colors
from avlabel_viewer.frames.data import FrameData

TAXONOMY = default_taxonomy()


def three_points() -> FrameData:
    return FrameData(
        0,
        points=np.array([[0, 0, 0], [0.5, 0, 0.5], [9, 9, 9]], np.float32),
        intensity=np.array([0, 100, 100], np.int16),
        ring=np.zeros(3, np.int16),
        time_s=np.array([-0.05, 0.0, 0.05], np.float32),
        height_m=np.array([-0.4, np.nan, 50.0], np.float32),
        is_ground=np.zeros(3, np.bool_),
    )


def one_box(track: int = 4) -> Cuboids:
    return Cuboids.build(
        "world",
        frame_idx=np.zeros(1, np.int32),
        timestamp_ns=np.zeros(1, np.int64),
        category=np.array([TAXONOMY.code("truck")]),
        center=np.zeros((1, 3)),
        quat_wxyz=quat_from_yaw(np.zeros(1)),
        size_lwh=np.full((1, 3), 2.0),
        track_id=np.array([track]),
    )


def test_numbers_run_along_their_ramps_and_stop_at_the_ends() -> None:
    def colored(by: str) -> list[list[int]]:
        return point_colors(three_points(), by, one_box(), TAXONOMY).tolist()  # type: ignore[arg-type]

    assert colored("height") == [list(HEIGHT[0]), list(HEIGHT[0]), list(HEIGHT[-1])]
    assert colored("intensity") == [list(INTENSITY[0]), list(INTENSITY[-1]), list(INTENSITY[-1])]
    assert (colored("time")[0], colored("time")[2]) == (list(TIME[0]), list(TIME[-1]))


def test_objects_color_the_points_inside_them() -> None:
    truck = class_colors(TAXONOMY)[TAXONOMY.code("truck")]
    by_class = point_colors(three_points(), "class", one_box(), TAXONOMY)
    assert_array_equal(by_class, [truck, truck, NO_OBJECT])
    by_track = point_colors(three_points(), "track", one_box(), TAXONOMY)
    assert_array_equal(by_track, [track_color(4), track_color(4), NO_OBJECT])


@pytest.mark.parametrize("by", ["height", "intensity", "time", "class", "track"])
def test_a_frame_without_points_has_no_colors(by: str) -> None:
    colors = point_colors(FrameData.empty(0), by, one_box(NO_TRACK), TAXONOMY)  # type: ignore[arg-type]
    assert colors.shape == (0, 3)


def test_a_ramp_is_monotonous_between_its_colors() -> None:
    values = np.linspace(0, 1, 500)
    light = ramp_colors(values, 0.0, 1.0, HEIGHT).astype(int).sum(axis=1)
    assert (np.diff(light) >= 0).all()


def test_neighbouring_tracks_differ() -> None:
    colors = np.array([track_color(i) for i in range(-1, 40)])
    assert (np.abs(np.diff(colors, axis=0)).sum(axis=1) > 80).all()
