"""What a review session costs a person's wait: editing, the queue, news of others.

python benchmarks/review_session.py              a table, written to benchmarks/results too
python benchmarks/review_session.py --folder F   with the scene on another disk
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path

from one_core import pin  # first: it sets threads before libraries read them

# isort: split
import numpy as np
from tee import Tee

from avlabel.core.cuboids import Cuboids
from avlabel.core.findings import Finding
from avlabel.core.frames import Frames
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import Trajectory
from avlabel.edits import compose
from avlabel.scenes.info import SceneInfo
from avlabel.scenes.scene import Scene, open_scene
from avlabel.scenes.writer import SceneWriter
from avlabel_viewer.session.progress import Progress
from avlabel_viewer.session.queue import Queue, doubts
from avlabel_viewer.session.session import Session
from avlabel_viewer.session.timeline import timeline_marks
from avlabel_viewer.session.verdicts import Verdicts

RESULTS = Path(__file__).parent / "results" / "review_session.txt"
FRAMES, TRACKS, LENGTH, PERIOD_NS = 200, 300, 40, 100_000_000
EDITS, SITTINGS = 200, 30


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where to write the scene")
    arguments = parser.parse_args()
    pin()
    RESULTS.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=arguments.folder) as folder,
        RESULTS.open("w", encoding="utf-8") as kept,
        redirect_stdout(Tee(sys.stdout, kept)),
    ):
        measure(open_scene(made_scene(Path(folder))), Path(folder) / "state")


def measure(scene: Scene, state: Path) -> None:
    n = len(scene.cuboids())
    print(f"A session on {n:,} boxes of {TRACKS} tracks in {FRAMES} frames, ms: median (95 %)")
    row("open it", [clocked(lambda: Session(scene, "ann", state_folder=state)) for _ in range(5)])
    session = Session(scene, "ann", state_folder=state)
    seen, said = session.labels, session.verdicts
    items = doubts(seen, session.findings)
    row(f"find all {len(items)} doubts", repeat(lambda: doubts(seen, session.findings)))
    queue = Queue()
    queue.renew(items)
    row("filter the queue", repeat(lambda: queue.filter(seen, (), said, frozenset())))
    row("verdicts as arrays", repeat(lambda: Verdicts.of(seen)))
    row("progress", repeat(lambda: Progress.of(seen, said)))
    row("marks of the timeline", repeat(lambda: timeline_marks(seen, said, queue.items, 7)))
    row(f"each of {EDITS} moves, on the disk and seen", list(moves(session)))
    row("accept an object", list(verdicts(session)))
    row("the queue after a verdict", list(verdicts(session, lambda: session.queue)))
    row("undo", [clocked(session.undo) for _ in range(50)])
    for _ in range(SITTINGS):
        colleague(scene).close()
    session.poll()
    row(f"look for news beside {SITTINGS} sittings", repeat(session.poll))
    row("hear of one edit", list(news(session, colleague(scene))))
    row("remember the place", list(places(session)))
    session.close()


def moves(session: Session) -> Iterator[float]:
    random = np.random.default_rng(0)
    for at in random.integers(len(session.cuboids), size=EDITS).tolist():
        session.select(int(session.cuboids.track_id[at]))
        center = session.cuboids.center[at] + random.normal(0, 0.2, 3)

        def move(at: int = at, center: np.ndarray = center) -> None:
            if not session.do(compose.set_box(session.labels, at, center=center)):
                raise SystemExit(session.trouble)

        yield clocked(move)


def verdicts(session: Session, measured: Callable[[], object] | None = None) -> Iterator[float]:
    first = 0 if measured is None else 50
    for track_id in session.labels.tracks.track_id[first : first + 50].tolist():
        session.select(track_id)
        took = clocked(lambda: session.decide("accept"))
        yield took if measured is None else clocked(measured)


def colleague(scene: Scene) -> Session:
    other = Session(scene, "bob", state_folder=Path(scene.path) / "bob")
    other.decide("flag", thing="scene")
    return other


def news(session: Session, other: Session) -> Iterator[float]:
    session.poll()
    for _ in range(20):
        other.select(11)
        other.decide("accept")
        yield clocked(session.poll)
    other.close()


def places(session: Session) -> Iterator[float]:
    for frame_idx in range(100):
        session.go_to(frame_idx)
        yield clocked(session.keep)


def made_scene(root: Path) -> str:
    """Objects that come and go, some of them doubtful."""
    random = np.random.default_rng(0)
    first = random.integers(0, FRAMES - LENGTH + 1, TRACKS)
    track = np.repeat(np.arange(TRACKS), LENGTH)
    frame = (first[:, None] + np.arange(LENGTH)).ravel()
    order = np.lexsort((track, frame))
    track, frame = track[order], frame[order]
    taxonomy = default_taxonomy()
    velocity = random.normal(0, 5, (TRACKS, 3)) * [1, 1, 0]
    start = random.uniform(-60, 60, (TRACKS, 3)) * [1, 1, 0]
    score, points = random.uniform(0.2, 1, TRACKS), random.integers(3, 400, TRACKS)
    category = random.integers(0, len(taxonomy.leaves), TRACKS)
    cuboids = Cuboids.build(
        "world",
        frame_idx=frame,
        timestamp_ns=frame * PERIOD_NS,
        category=category[track],
        center=start[track] + velocity[track] * (0.1 * (frame - first[track]))[:, None],
        quat_wxyz=quat_from_yaw(np.arctan2(velocity[track, 1], velocity[track, 0])),
        size_lwh=taxonomy.size_m[category[track]],
        track_id=track,
        velocity=velocity[track],
        score=score[track],
        num_points=points[track],
    )
    size = taxonomy.size_m[category].astype(np.float32)
    last = first + LENGTH - 1
    tracks = Tracks(
        track_id=np.arange(TRACKS),
        category=category.astype(np.int16),
        score=score.astype(np.float32),
        first_frame=first.astype(np.int32),
        last_frame=last.astype(np.int32),
        n_observed=np.full(TRACKS, LENGTH, np.int32),
        size_lwh=size,
        is_static=np.zeros(TRACKS, np.bool_),
    )
    findings = [Finding("overlap", "warning", "made up", int(first[t]), t) for t in range(60)]
    info = SceneInfo("made-up", np.zeros(3), taxonomy, ("nowhere",))
    ref_ns = PERIOD_NS * np.arange(FRAMES)
    still = SE3.from_yaw(np.zeros(FRAMES), np.zeros((FRAMES, 3)))
    with SceneWriter(root, "made-up", info=info, input_hash="a", config_hash="a") as writer:
        writer.write_rig(Rig({"top": Lidar("top", SE3.identity())}, {}))
        writer.write_trajectory(Trajectory(ref_ns, still))
        writer.write_frames(Frames(np.arange(FRAMES, dtype=np.int32), ref_ns, still))
        writer.write_cuboids(cuboids)
        writer.write_tracks(tracks)
        writer.write_findings(findings)
        writer.commit()
    return writer.scene_path


def repeat(work: Callable[[], object]) -> list[float]:
    work()
    return [clocked(work) for _ in range(20)]


def clocked(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def row(name: str, took: list[float]) -> None:
    print(f"  {name:40} {np.median(took):7.2f} ({np.percentile(took, 95):.2f})")


if __name__ == "__main__":
    main()
