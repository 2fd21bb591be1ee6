"""The page on edits names what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from avlabel.edits.codec import VERSION, kinds
from avlabel.edits.conflicts import Rule
from avlabel.edits.model import SCOPES, VERDICTS

DOC = (Path(__file__).resolve().parents[2] / "docs" / "edits.md").read_text(encoding="utf-8")


def test_every_conflict_is_explained():
    section = DOC.split("## Conflicts")[1].split("##")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", section, re.M)) == set(get_args(Rule))


def test_every_kind_scope_and_verdict_is_named():
    for name in (*kinds(), *SCOPES, *VERDICTS):
        assert f"`{name}`" in DOC
    assert f"`version` | of this format, `{VERSION}`" in DOC
