"""A plan that was edited by hand changes nothing that it does not show, and nothing elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.fix.faulty import CONFIDENCE, UNIT, fix, flat
from tests.end_to_end.organize.dandisets import snapshot
from tests.end_to_end.running import strike

pytestmark = pytest.mark.slow

Document = dict[str, Any]


def _to_another_root(plan: Document) -> None:
    plan["root"] = str(Path(plan["root"]).parent)


def _upwards(plan: Document) -> None:
    file = plan["files"][0]
    file["target"] = ["..", "outside.nwb"]
    file["source"] = str(Path(plan["root"]) / ".." / "outside.nwb")


def _out_of_the_root(plan: Document) -> None:
    file = plan["files"][0]
    outside = Path(plan["root"]).parent / "outside.nwb"
    file["source"] = str(outside)
    file["target"] = [outside.name]


def _with_slashes(plan: Document) -> None:
    plan["files"][0]["target"] = ["/".join(plan["files"][0]["target"])]


def _by_a_relative_root(plan: Document) -> None:
    plan["root"] = "dandiset"
    plan["files"][0]["source"] = "/".join(["dandiset", *plan["files"][0]["target"]])


def _another_value(plan: Document) -> None:
    (edit,) = (one for one in plan["files"][0]["edits"] if one.get("name") == "unit")
    edit["value"] = "bananas"


def _another_place(plan: Document) -> None:
    (edit,) = (one for one in plan["files"][0]["edits"] if one.get("name") == "unit")
    edit["name"] = "description"


def _one_more_edit(plan: Document) -> None:
    edits = plan["files"][0]["edits"]
    edits.append({"kind": "delete-object", "path": "/general"})


def _a_hidden_edit(plan: Document) -> None:
    plan["files"][0]["changes"] = [
        one for one in plan["files"][0]["changes"] if one["path"] != UNIT
    ]


def _another_state(plan: Document) -> None:
    for one in plan["files"][0]["changes"]:
        one["state"] = "0" * len(one["state"])


def _twice(plan: Document) -> None:
    plan["files"].append(plan["files"][0])


def _an_edit_that_is_none(plan: Document) -> None:
    plan["files"][0]["edits"][0] = {"kind": "run", "path": "/", "command": "rm"}


def _of_a_newer_version(plan: Document) -> None:
    plan["version"] = 99


def _with_what_nobody_knows(plan: Document) -> None:
    plan["files"][0]["also"] = "this"


def _another_before(plan: Document) -> None:
    for one in plan["files"][0]["changes"]:
        if one["path"] == UNIT:
            one["before"] = "'meters'"


def _another_after(plan: Document) -> None:
    for one in plan["files"][0]["changes"]:
        if one["path"] == CONFIDENCE:
            one["after"] = "what you want"


def _called_by_another_name(plan: Document) -> None:
    plan["files"][0]["path"] = "dandiset/another.nwb"


CHANGES = [
    *(_to_another_root, _upwards, _out_of_the_root, _with_slashes, _by_a_relative_root),
    *(_another_value, _another_place, _one_more_edit, _a_hidden_edit, _another_state, _twice),
    *(_an_edit_that_is_none, _of_a_newer_version, _with_what_nobody_knows),
    *(_another_before, _another_after, _called_by_another_name),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_an_edited_plan_is_refused_before_anything_is_touched(
    recording: Path, tmp_path: Path, change: Callable[[Document], None]
) -> None:
    shutil.copy2(recording, tmp_path / "outside.nwb")
    made = fix("dandiset", "-n", "--unsafe-fixes", "--plan-file", "plan.json", cwd=tmp_path)
    assert made.code == 0, made.stderr
    plan = json.loads((tmp_path / "plan.json").read_text())
    change(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    before = snapshot(tmp_path)
    outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
    assert outcome.code == 2, outcome.stdout
    assert outcome.stderr.strip()
    if change in {_another_before, _another_after}:
        assert "the plan shows" in flat(outcome.stderr)
    assert snapshot(tmp_path) == before
    assert not (tmp_path / "dandiset" / ".posecheck").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_plan_is_refused(recording: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
    assert outcome.code == 2
    assert "plan" in flat(outcome.stderr)


def test_a_journal_whose_plan_was_edited_is_not_trusted(
    recordings: list[Path], tmp_path: Path
) -> None:
    strike(
        *("fix", "dandiset", "--yes", "--engine", "pose", "--jobs", "1"),
        cwd=tmp_path,
        when=lambda: any(b'"place"' in path.read_bytes() for path in tmp_path.rglob("*.jsonl")),
    )
    (path,) = tmp_path.rglob("plan.json")
    plan = json.loads(path.read_text())
    _another_value(plan)
    path.write_text(json.dumps(plan))
    before = snapshot(tmp_path)
    for option in ("--resume", "--undo"):
        outcome = fix(option, "dandiset", cwd=tmp_path)
        assert outcome.code == 2
        assert "--trust-journal" in flat(outcome.stderr)
        assert snapshot(tmp_path) == before
