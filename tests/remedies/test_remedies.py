"""Whoever does what a remedy says is rid of the finding, and has no new one."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import posecheck
from tests.executing import apply_lines
from tests.mutations.change import Change, write_change
from tests.mutations.editing import copy_video
from tests.mutations.evaluation import CATALOG, evaluate_file
from tests.mutations.fixable import FIXABLE
from tests.mutations.kinds import Clean, Kind
from tests.mutations.table import MUTATIONS
from tests.recordings.edits import refer, replace
from tests.remedies.table import TREATMENTS, UNTREATABLE
from tests.remedies.treatment import Situation, Treatment

from posecheck.api import validate
from posecheck.catalog import load_catalog
from posecheck.model.finding import Finding
from posecheck.model.h5py_lines import h5py_lines

WITH_TREATMENT = frozenset(treatment.code for treatment in TREATMENTS)
WITH_EDITS = frozenset(FIXABLE)
TREATABLE = tuple(change for change in MUTATIONS if change.code not in UNTREATABLE)
PAIRS = tuple(
    (change, treatment)
    for change in TREATABLE
    for treatment in TREATMENTS
    if treatment.code == change.code and (not treatment.changes or change.id in treatment.changes)
)


def name(item: object) -> str:
    if isinstance(item, Change):
        return f"{item.code} {item.id}"
    return item.says if isinstance(item, Treatment) else ""


def said_of(change: Change, path: Path) -> tuple[Finding, ...]:
    """Check a file alone, or with its dandiset where the rule needs that."""
    if not change.together:
        return evaluate_file(path)[0]
    root = next(folder for folder in path.parents if (folder / "dandiset.yaml").is_file())
    return validate(root, isolated=True, jobs=1, engines=change.engines).findings


def spoil(kinds: dict[Kind, Clean], folder: Path, change: Change) -> Situation:
    path = write_change(kinds[change.kind], folder, change)
    findings = tuple(item for item in said_of(change, path) if item.code == change.code)
    return Situation(kinds, change.kind, folder, path, findings)


def unexpected(
    kinds: dict[Kind, Clean], change: Change, said: tuple[Finding, ...]
) -> dict[str, Finding]:
    """What is said of a treated file, and not of the clean one."""
    known = kinds[change.kind].says
    return {item.code: item for item in said if item.code not in known}


@pytest.mark.slow
@pytest.mark.parametrize(("change", "treatment"), PAIRS, ids=name)
def test_what_a_remedy_says_ends_the_finding(
    kinds: dict[Kind, Clean], tmp_path: Path, change: Change, treatment: Treatment
) -> None:
    situation = spoil(kinds, tmp_path / "dandiset", change)
    assert any(treatment.says in item.remedy for item in situation.findings), situation.findings
    path = treatment.act(situation) or situation.path
    said = said_of(change, path)
    left = unexpected(kinds, change, said)
    assert set(left) == set(treatment.leaves), left
    assert change.code not in {item.code for item in said}


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [change for change in TREATABLE if change.code in WITH_EDITS], ids=name
)
def test_the_printed_lines_end_the_finding(
    kinds: dict[Kind, Clean], tmp_path: Path, change: Change
) -> None:
    situation = spoil(kinds, tmp_path / "dandiset", change)
    with_edits = [item for item in situation.findings if item.edits]
    if not with_edits:
        assert change.code in WITH_TREATMENT, "neither lines nor a treatment"
        return
    apply_lines(situation.path, h5py_lines(edit for item in with_edits for edit in item.edits))
    left = unexpected(kinds, change, said_of(change, situation.path))
    # What another finding stood for is reported once that one is gone.
    unmasked = {other.code for other in CATALOG[change.code].supersedes}
    assert set(left) <= (set(change.also) | unmasked) - {change.code}, left


@pytest.mark.slow
@pytest.mark.parametrize("place", ["../sub-mouse02/camera.mp4", "../videos/camera.mp4"])
def test_a_video_of_two_recordings_is_clean_once_organized(
    kinds: dict[Kind, Clean], tmp_path: Path, place: str
) -> None:
    """Neither recording loses the video that both name, nor is advised to move it again."""
    change = Change("shared", "LAY005", refer(place), disturb=copy_video(place))
    first = write_change(kinds[Kind.VIDEO], tmp_path / "dandiset", change)
    second = first.parents[1] / "sub-mouse02" / first.name.replace("mouse01", "mouse02")
    second.parent.mkdir(exist_ok=True)
    second.write_bytes(first.read_bytes())
    with h5py.File(second, "r+") as file:
        file.attrs["object_id"] = "0f6b1c1e-6c8e-4d0a-9c55-0d4b4bb6d3a1"
        replace("/general/subject/subject_id", "mouse02")(file)
    assert "LAY005" in {item.code for item in evaluate_file(first)[0]}
    done = posecheck("organize", "--dandiset", tmp_path / "dandiset", "--rename", "--yes")
    assert done.code == 0, done.stderr
    organized = sorted((tmp_path / "dandiset").glob("sub-*/*.nwb"))
    assert len(organized) == 2
    assert [evaluate_file(path)[0] for path in organized] == [(), ()]


def test_every_rule_is_treated_or_said_not_to_be() -> None:
    every = {rule.code for rule in load_catalog()}
    assert WITH_TREATMENT | WITH_EDITS | set(UNTREATABLE) == every
    assert not WITH_TREATMENT & set(UNTREATABLE)


def test_every_mutation_is_treated() -> None:
    treated = {id(change) for change, _ in PAIRS}
    without = [
        name(change)
        for change in TREATABLE
        if id(change) not in treated and change.code not in WITH_EDITS
    ]
    assert without == []


def test_every_treatment_is_carried_out() -> None:
    carried_out = {id(treatment) for _, treatment in PAIRS}
    idle = [item.code for item in TREATMENTS if id(item) not in carried_out]
    assert idle == []
    known = {(change.code, change.id) for change in MUTATIONS}
    named = {(item.code, change) for item in TREATMENTS for change in item.changes}
    assert named <= known
    assert set(WITH_TREATMENT) <= set(CATALOG)
