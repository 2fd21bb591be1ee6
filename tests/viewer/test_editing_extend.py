"""Following an object into frames where it has no box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from editing_samples import box_at, car_cloud, ground_cloud
from edits.edit_samples import Person, labels

from avlabel.core.arrays import BoolArray, Float32
from avlabel.core.se3 import SE3
from avlabel.edits import compose
from avlabel_viewer.editing import crop, heading, snap, template
from avlabel_viewer.editing.extend import PointsOf, extend
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.editing.snap import Surfaces
from avlabel_viewer.editing.warm import warm

N = 20
SIZE = (4.5, 2.0, 1.5)


def truth(frame: int, speed: float = 8.0) -> Placement:
    """A car that drives ahead on the right and turns a little, 0.8 m a frame."""
    yaw = 0.01 * frame
    return box_at(10 + 0.1 * speed * frame, -4 + 0.04 * frame, 0.75, yaw, SIZE)


def points_until(hidden_from: int, speed: float = 8.0) -> PointsOf:
    ground = ground_cloud(45.0, 0.5)

    def points_of(frame: int) -> tuple[Float32, BoolArray]:
        car = car_cloud(truth(frame, speed), 0.12)[: None if frame < hidden_from else 0]
        random = np.random.default_rng(frame)
        car = car + random.normal(0, 0.02, car.shape).astype(np.float32)
        points = np.concatenate([car, ground])
        return points, np.arange(len(points)) >= len(car)

    return points_of


def person_with(known: dict[int, tuple[float, ...]], **others: dict) -> Person:
    tracks = {3: known} | {int(name[1:]): boxes for name, boxes in others.items()}
    auto = labels(tracks, n_frames=N)
    # The vehicle stands behind on the left, where ``car_cloud`` has its points.
    pose = SE3.from_yaw(np.zeros(N), np.tile([0.0, 6.0, 0.0], (N, 1)))
    return Person(replace(auto, frames=replace(auto.frames, world_from_ego=pose)))


def at(frame: int, speed: float = 8.0) -> tuple[float, float, float]:
    box = truth(frame, speed)
    return float(box.center[0]), float(box.center[1]), box.yaw


def assert_follows(person: Person, frames: list[int], speed: float = 8.0) -> None:
    seen = person.sees
    rows = compose.rows_of(seen, 3)
    assert seen.cuboids.frame_idx[rows].tolist() == frames
    for row in rows.tolist():
        want = truth(int(seen.cuboids.frame_idx[row]), speed)
        np.testing.assert_allclose(seen.cuboids.center[row], want.center, atol=0.2)
        assert seen.cuboids.yaw[row] == pytest.approx(want.yaw, abs=0.04)


@pytest.mark.parametrize("speed", [0.0, 8.0])
def test_a_car_is_followed_to_the_end_from_a_single_box(speed: float) -> None:
    person = person_with({4: at(4, speed)})
    done: list[float] = []
    got = extend(person.sees, person.row(3, 4), points_until(N, speed), progress=done.append)
    assert got.draft is not None
    assert got.frame_idx == tuple(range(5, N))
    assert got.why == "the end of the scene"
    assert done == sorted(done)
    assert len(got.draft.change.after) < 8  # Few are set; the others follow.
    person.does(got.draft)
    assert_follows(person, list(range(4, N)), speed)


def test_a_car_is_followed_back_in_time() -> None:
    person = person_with({f: at(f) for f in range(12, 16)})
    got = extend(person.sees, person.row(3, 12), points_until(N), forward=False)
    assert got.draft is not None
    assert got.why == "the beginning of the scene"
    person.does(got.draft)
    assert_follows(person, list(range(16)))


def test_a_car_that_is_hidden_is_lost_and_the_reason_given() -> None:
    person = person_with({f: at(f) for f in range(4)})
    got = extend(person.sees, person.row(3, 3), points_until(9))
    assert got.frame_idx == (4, 5, 6, 7, 8)
    assert got.why == "lost after frame 8: too few points of it"
    nothing = extend(person.sees, person.row(3, 3), points_until(0))
    assert nothing.draft is None
    assert nothing.why == "lost after frame 3: too few points of it"


def test_a_short_gap_is_bridged() -> None:
    whole, hidden = points_until(N), points_until(0)
    person = person_with({f: at(f) for f in range(4)})
    got = extend(
        person.sees, person.row(3, 3), lambda f: hidden(f) if f in (7, 8) else whole(f), most=9
    )
    assert got.frame_idx == (4, 5, 6, 9, 10, 11, 12)
    assert got.why == "as far as asked"
    assert got.draft is not None
    person.does(got.draft)
    assert_follows(person, list(range(13)))


def test_it_ends_where_the_track_goes_on() -> None:
    person = person_with({**{f: at(f) for f in range(3)}, **{f: at(f) for f in range(6, N)}})
    got = extend(person.sees, person.row(3, 2), points_until(N))
    assert got.frame_idx == (3, 4, 5)
    assert got.why == "it has a box in frame 6"


def test_it_ends_where_another_track_has_the_object() -> None:
    person = person_with({f: at(f) for f in range(3)}, t8={f: at(f) for f in range(7, N)})
    got = extend(person.sees, person.row(3, 2), points_until(N))
    assert got.frame_idx == (3, 4, 5, 6)
    assert got.met == 8
    assert got.why == "track 8 is there in frame 7"


def test_whoever_is_told_of_progress_may_end_it() -> None:
    class EnoughError(Exception):
        pass

    def stop(done: float) -> None:
        if done > 0.3:
            raise EnoughError

    person = person_with({f: at(f) for f in range(3)})
    with pytest.raises(EnoughError):
        extend(person.sees, person.row(3, 2), points_until(N), progress=stop)


def test_what_is_compiled_beforehand_is_not_compiled_again() -> None:
    warm()
    kernels = (crop._inside, crop._around, heading._best_turn, template._best, snap._surface)
    before = [len(kernel.signatures) for kernel in kernels]
    assert all(before)
    person = person_with({4: at(4)})
    extend(person.sees, person.row(3, 4), points_until(N), most=2)
    points, is_ground = points_until(N)(4)
    box = truth(4)
    half = box.size_lwh / 2
    Surfaces.around(box, points, is_ground).caught((-1, 0, 0), -half, half, 0.3)
    assert [len(kernel.signatures) for kernel in kernels] == before
