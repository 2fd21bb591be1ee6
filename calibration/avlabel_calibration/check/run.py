"""Check a recording by the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from avlabel.core.log import Log
from avlabel.errors import MirroredRotationError, NotARotationError
from avlabel.readers.registry import open_log
from avlabel_calibration.check import rules
from avlabel_calibration.check.evidence import FEW, MANY, Evidence, OpenLidar
from avlabel_calibration.check.limits import CheckConfig
from avlabel_calibration.check.registry import RULES, run
from avlabel_calibration.check.verdict import Verdict

REFUSALS: Mapping[type[Exception], str] = {
    NotARotationError: rules.rotation.NOT_A_ROTATION,
    MirroredRotationError: rules.rotation.MIRRORED,
}


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A recording and what the rules say of it.

    Attributes:
        evidence: what they looked at; None if the recording could not be opened.
        verdicts: rule by rule.
    """

    evidence: Evidence | None
    verdicts: tuple[Verdict, ...]


def check_recording(
    path: Path,
    format_name: str,
    *,
    sequence: str | None = None,
    lidar: str | None = None,
    rig: str | None = None,
    config: CheckConfig | None = None,
    fast_only: bool = False,
) -> Checked:
    """Open a recording and run the rules on it.

    A reader that refuses a recording because of a rotation gives the verdict of that rule.

    Raises:
        InputError: if the recording cannot be opened for another reason.
    """
    opened = partial(open_log, path, format_name, sequence=sequence, rig=rig)
    try:
        log = opened(lidar=lidar)
    except (NotARotationError, MirroredRotationError) as error:
        verdict = Verdict(REFUSALS[type(error)], "error", "found", str(error))
        return Checked(None, (verdict,))
    return check_log(
        log,
        config=config,
        fast_only=fast_only,
        open_lidar=lambda name: opened(lidar=name),
    )


def check_log(
    log: Log,
    *,
    config: CheckConfig | None = None,
    fast_only: bool = False,
    open_lidar: OpenLidar | None = None,
) -> Checked:
    """Run the rules on an open recording.

    Args:
        log: the recording.
        config: limits, and which rules are left out.
        fast_only: leave out the slow rules.
        open_lidar: opens the recording with another of its LiDARs.
    """
    evidence = Evidence(log, config, open_lidar, FEW if fast_only else MANY)
    chosen = [
        rule
        for rule in RULES.values()
        if rule.id not in evidence.config.disabled and (rule.speed == "fast" or not fast_only)
    ]
    return Checked(evidence, tuple(run(chosen, evidence)))
