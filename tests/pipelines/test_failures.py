"""What befalls a run, in real processes: whatever it is, no scene is visible that is not whole."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
from run_watching import commits, outcomes, wait_for

from avlabel.core.cuboids import Source
from avlabel.edits.compose import set_box
from avlabel.scenes.scene import open_scene

SOON = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
"""How long a lost scheduler is looked for."""


def manifest(folder: Path, *lines: str) -> Path:
    path = folder / "drives" / "night.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def small_files() -> None:
    """Let no file of this process grow beyond 200 kB, as on a disk that is almost full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_logs_that_kill_their_workers_and_logs_of_garbage(
    make_drive, avlabel, tmp_path: Path
) -> None:
    for name in ("good-1", "good-2", "victim", "killer", "hungry", "garbage"):
        make_drive(name)
    (tmp_path / "drives" / "garbage" / "sweeps.csv").write_bytes(os.urandom(1000))
    night = manifest(
        tmp_path,
        "killer killer",
        "victim killed-once",
        "hungry hungry",
        "garbage native",
        "good-1 native",
        "good-2 native",
        "absent native",
    )
    config = tmp_path / "config.toml"
    config.write_text("[cluster]\nallowed_failures = 0\n")
    root = tmp_path / "scenes"
    run = ("run", "--manifest", night, "--out", root, "--config", config, "--workers", 2)
    first = avlabel(*run, "--memory-limit", "900MiB", "--json")
    assert first.returncode == 1, first.stderr
    assert commits(root) == {"good-1": 1, "good-2": 1, "victim": 1}
    found = outcomes(first)
    failed = {name for name, outcome in found.items() if outcome["status"] == "failed"}
    assert failed == {"killer", "hungry", "garbage", "absent"}
    assert "worker that took it died" in found["killer"]["message"]
    assert "worker that took it died" in found["hungry"]["message"]
    assert "sweeps.csv" in found["garbage"]["message"]
    assert "no such recording" in found["absent"]["message"]
    # The same command resumes: what is done is left alone, what was mended is done.
    manifest(tmp_path, "killer native", "victim killed-once", "good-1 native")
    second = avlabel("run", "--manifest", night, "--out", root, "--synchronous")
    assert second.returncode == 0, second.stderr
    assert commits(root) == {"good-1": 1, "good-2": 1, "killer": 1, "victim": 1}


def test_the_failure_table_and_retry_failed(make_drive, avlabel, tmp_path: Path) -> None:
    good, bad = make_drive("good"), make_drive("bad")
    header = (bad / "log.toml").read_text()
    (bad / "log.toml").write_text("no TOML")
    root = tmp_path / "scenes"
    run = ("run", good, bad, "--format", "native", "--out", root, "--synchronous")
    first = avlabel(*run)
    assert first.returncode == 1
    assert "1 failed" in first.stderr
    assert "log.toml" in first.stderr
    (bad / "log.toml").write_text(header)
    again = ("run", "--retry-failed", "--out", root, "--synchronous")
    second = avlabel(*again, "--json")
    assert second.returncode == 0
    assert set(outcomes(second)) == {"bad"}
    assert commits(root) == {"bad": 1, "good": 1}
    assert "nothing failed" in avlabel(*again).stderr


def test_interrupted(make_drive, start_avlabel, avlabel, marks: Path, tmp_path: Path) -> None:
    make_drive("good")
    make_drive("slow")
    night, root = manifest(tmp_path, "good native", "slow waiting"), tmp_path / "scenes"
    run = ("run", "--manifest", night, "--out", root)
    process = start_avlabel(*run, "--workers", 2)
    wait_for(lambda: commits(root).get("good") and list(marks.glob("begun-*")))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert commits(root) == {"good": 1}
    assert '"status": "stopped"' in next(root.glob("_runs/*/run.json")).read_text()
    (marks / "go").touch()
    second = avlabel(*run, "--synchronous", "--json")
    assert second.returncode == 0
    assert {name: o["status"] for name, o in outcomes(second).items()} == {
        "good": "skipped",
        "slow": "done",
    }


def test_killed_between_data_and_commit(
    make_drive, start_avlabel, avlabel, marks: Path, tmp_path: Path
) -> None:
    drive, root = make_drive("drive"), tmp_path / "scenes"
    run = ("run", drive, "--format", "before-commit", "--out", root, "--synchronous")
    process = start_avlabel(*run)
    wait_for(lambda: list(marks.glob("written-*")))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert list(root.glob("scene_id=drive/data/*/cuboids.parquet"))
    assert commits(root) == {}
    (marks / "go").touch()
    assert avlabel(*run).returncode == 0
    assert commits(root) == {"drive": 1}


def test_a_reprocess_that_is_killed_or_finds_no_room_keeps_what_people_did(
    make_drive, start_avlabel, avlabel, marks: Path, tmp_path: Path
) -> None:
    drive, root = make_drive("drive"), tmp_path / "scenes"
    run = ("run", drive, "--out", root, "--synchronous", "--force")
    assert avlabel(*run, "--format", "native").returncode == 0
    before = open_scene(root)
    seen = before.resolved()
    moved = seen.cuboids.center[0] + [0.2, 0.1, 0.0]
    with before.edit_log("somebody") as log:
        log.append(set_box(seen, 0, center=moved))
    assert avlabel(*run, "--format", "native", preexec_fn=small_files).returncode == 1
    process = start_avlabel(*run, "--format", "before-commit")
    wait_for(lambda: list(marks.glob("written-*")))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert open_scene(root).metadata.generation == before.metadata.generation
    (marks / "go").touch()
    assert avlabel(*run, "--format", "before-commit").returncode == 0
    after = open_scene(root)
    assert after.number == before.number + 1
    human = after.labels().select(after.labels().source == Source.HUMAN)
    assert np.isclose(human.center, moved).all(axis=1).any()


def test_two_runs_at_once(make_drive, start_avlabel, marks: Path, tmp_path: Path) -> None:
    drives, root = [make_drive("a"), make_drive("b")], tmp_path / "scenes"
    run = ("run", *drives, "--format", "before-commit", "--out", root, "--synchronous", "--json")
    twins = [start_avlabel(*run) for _ in range(2)]
    wait_for(lambda: len(list(marks.glob("written-*"))) == 2)
    (marks / "go").touch()
    for twin in twins:
        _, err = twin.communicate(timeout=120)
        assert twin.returncode == 0, err
    assert commits(root) == {"a": 1, "b": 1}
    for folder in root.glob("scene_id=*"):
        assert len(list(folder.glob("data/*"))) == 1


def test_the_scheduler_gone(
    make_drive, start_avlabel, avlabel, environment, marks: Path, tmp_path: Path
) -> None:
    make_drive("good")
    make_drive("slow")
    night, root = manifest(tmp_path, "good native", "slow waiting"), tmp_path / "scenes"
    run = ("run", "--manifest", night, "--out", root)
    script = Path(__file__).with_name("own_cluster.py")
    with subprocess.Popen(  # noqa: S603
        [sys.executable, script],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as cluster:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().strip()
        process = start_avlabel(*run, "--scheduler", address, environment=SOON)
        wait_for(lambda: commits(root).get("good") and list(marks.glob("begun-*")))
        cluster.kill()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert "avlabel: error: the scheduler is gone" in err
    assert commits(root) == {"good": 1}
    assert '"status": "lost"' in next(root.glob("_runs/*/run.json")).read_text()
    (marks / "go").touch()
    assert avlabel(*run, "--synchronous").returncode == 0
    assert commits(root) == {"good": 1, "slow": 1}


def test_a_full_disk(make_drive, avlabel, tmp_path: Path) -> None:
    drive, root = make_drive("drive"), tmp_path / "scenes"
    run = ("run", drive, "--format", "native", "--out", root, "--synchronous")
    first = avlabel(*run, "--json", preexec_fn=small_files)
    assert first.returncode == 1, first.stderr
    assert "cannot write" in outcomes(first)["drive"]["message"]
    assert not list(root.glob("scene_id=*"))
    assert avlabel(*run).returncode == 0
    assert commits(root) == {"drive": 1}
