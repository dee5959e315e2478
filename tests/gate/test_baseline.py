"""`posecheck validate --baseline`: what was known does not fail, and all else does."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import Outcome, posecheck
from tests.engine.files import write_endless_nwb, write_nwb
from tests.git_command import commit_all, git

import posecheck as posecheck_api

pytestmark = pytest.mark.slow

CODE = "CNF007"
SERIES = "/processing/behavior/PoseEstimation/nose"


def check(folder: Path, *arguments: str) -> Outcome:
    return posecheck("validate", ".", "--select", CODE, *arguments, cwd=folder)


def with_baseline(folder: Path, *arguments: str) -> Outcome:
    return check(folder, "--baseline", "known.toml", *arguments)


def write(folder: Path, *arguments: str) -> str:
    outcome = check(folder, "--write-baseline", "known.toml", *arguments)
    assert outcome.code == 0, outcome.stderr
    return (folder / "known.toml").read_text(encoding="utf-8")


def suppressed(outcome: Outcome) -> list[bool]:
    return [each["suppression"] is not None for each in outcome.report["findings"]]


def stale(outcome: Outcome) -> list[tuple[str, str]]:
    return [(each["path"], each["code"]) for each in outcome.report["baseline"]["stale"]]


def test_what_is_known_passes_and_stays_in_the_report(dataset: Path) -> None:
    assert check(dataset).code == 1
    text = write(dataset)
    assert f'code = "{CODE}"\nlocation = "{SERIES}"\n' in text
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome)) == (0, [True])
    assert outcome.report["summary"]["errors"] == 0
    shown = with_baseline(dataset).stdout
    assert "1 known finding (baseline known.toml), 0 new." in shown
    assert SERIES not in shown


def test_a_finding_that_is_added_fails(dataset: Path) -> None:
    write(dataset)
    write_nwb(dataset / "sub-M02" / "b.nwb", highest=90)
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome)) == (1, [True, False])
    assert "1 known finding (baseline known.toml), 1 new." in with_baseline(dataset).stdout


def test_other_numbers_in_the_message_are_still_known(dataset: Path) -> None:
    write(dataset)
    write_nwb(dataset / "sub-M01" / "a.nwb", highest=95, frames=70)
    assert with_baseline(dataset).code == 0


def test_a_series_under_another_name_is_not_hidden(dataset: Path) -> None:
    write(dataset)
    with h5py.File(dataset / "sub-M01" / "a.nwb", "r+") as file:
        file.move(SERIES, f"{SERIES}_2")
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome)) == (1, [False])
    assert stale(outcome) == [("sub-M01/a.nwb", CODE)]


def test_an_entry_is_stale_once_its_finding_is_fixed_and_is_removed(dataset: Path) -> None:
    write(dataset)
    write_nwb(dataset / "sub-M01" / "a.nwb")
    outcome = with_baseline(dataset)
    assert outcome.code == 0
    assert "`posecheck validate --write-baseline known.toml` removes what is fixed" in (
        " ".join(outcome.stdout.split())
    )
    assert f"sub-M01/a.nwb in {SERIES}: {CODE}" in outcome.stdout
    assert "[[known]]" not in write(dataset)


def test_an_entry_of_a_file_that_is_gone_is_stale(dataset: Path) -> None:
    write(dataset)
    (dataset / "sub-M01" / "a.nwb").unlink()
    assert stale(with_baseline(dataset, "--output", "json")) == [("sub-M01/a.nwb", CODE)]


@pytest.mark.parametrize(
    "arguments",
    [["sub-M02", "--select", CODE], [".", "--select", "CNF001"], [".", "--ignore", CODE]],
)
def test_what_this_run_did_not_check_is_not_stale_and_is_kept(
    dataset: Path, arguments: list[str]
) -> None:
    text = write(dataset)
    outcome = posecheck(
        "validate", *arguments, "--baseline", "known.toml", "--output", "json", cwd=dataset
    )
    assert stale(outcome) == []
    posecheck("validate", *arguments, "--write-baseline", "known.toml", cwd=dataset)
    assert text.strip() in (dataset / "known.toml").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_read_makes_no_entry_stale(dataset: Path) -> None:
    write(dataset)
    (dataset / "sub-M01" / "a.nwb").write_bytes(b"no HDF5")
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, outcome.codes(), stale(outcome)) == (1, {"FIL001"}, [])


def test_more_findings_of_one_fingerprint_are_new(dataset: Path) -> None:
    write(dataset)
    text = (dataset / "known.toml").read_text(encoding="utf-8")
    (dataset / "known.toml").write_text(f"{text}count = 2\n", encoding="utf-8")
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome)) == (0, [True])
    assert [each["count"] for each in outcome.report["baseline"]["stale"]] == [1]


def test_reasons_are_kept_and_shown_to_machines(dataset: Path) -> None:
    text = f'{write(dataset)}reason = "old"\n'
    (dataset / "known.toml").write_text(text, encoding="utf-8")
    outcome = with_baseline(dataset, "--output", "json")
    assert outcome.report["findings"][0]["suppression"] == {"by": "baseline", "reason": "old"}
    assert write(dataset) == text


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_file_that_git_knows_as_renamed_keeps_its_entries(
    dataset: Path, is_committed: bool
) -> None:
    write(dataset)
    commit_all(dataset)
    (dataset / "sub-M09").mkdir()
    git(dataset, "mv", "sub-M01/a.nwb", "sub-M09/c.nwb")
    if is_committed:
        commit_all(dataset)
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome), stale(outcome)) == (0, [True], [])
    assert 'path = "sub-M09/c.nwb"' in write(dataset)


def test_a_link_of_git_annex_keeps_its_entries_at_another_depth(dataset: Path) -> None:
    git(dataset, "annex", "init", "--quiet")
    git(dataset, "rm", "--quiet", "--cached", "-r", "sub-M01")
    git(dataset, "annex", "add", "--quiet", "sub-M01")
    write(dataset)
    commit_all(dataset)
    (dataset / "deep" / "er").mkdir(parents=True)
    git(dataset, "mv", "sub-M01", "deep/er/sub-M01")
    git(dataset, "annex", "fix", "--quiet")
    commit_all(dataset)
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome), stale(outcome)) == (0, [True], [])


def test_a_shallow_clone_follows_renames_since_the_base(dataset: Path, tmp_path: Path) -> None:
    write(dataset)
    commit_all(dataset)
    git(dataset, "switch", "--quiet", "--create", "request")
    git(dataset, "mv", "sub-M01", "sub-M09")
    commit_all(dataset)
    git(tmp_path, "clone", "--quiet", "--depth=1", dataset.as_uri(), "clone")
    git(tmp_path / "clone", "fetch", "--quiet", "--depth=1", "origin", "main:base")
    assert with_baseline(tmp_path / "clone").code == 1
    assert with_baseline(tmp_path / "clone", "--diff-base", "base").code == 0


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../../x", "a\\u0000b", "a/" * 3000])
def test_a_path_that_leads_elsewhere_is_an_entry_like_any_other(dataset: Path, path: str) -> None:
    text = write(dataset)
    entry = f'\n[[known]]\npath = "{path}"\ncode = "{CODE}"\nlocation = "/"\n'
    (dataset / "known.toml").write_text(text + entry, encoding="utf-8")
    commit_all(dataset)
    git(dataset, "mv", "sub-M01", "sub-M09")
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome)) == (0, [True]), outcome.stderr


def test_a_copy_is_no_rename(dataset: Path) -> None:
    write(dataset)
    commit_all(dataset)
    write_nwb(dataset / "sub-M01" / "copy.nwb", highest=80)
    commit_all(dataset)
    outcome = with_baseline(dataset, "--output", "json")
    assert (outcome.code, suppressed(outcome)) == (1, [True, False])


def test_outside_of_git_the_baseline_holds_from_its_folder(tmp_path: Path) -> None:
    write_nwb(tmp_path / "sub-M01" / "a.nwb", highest=80)
    write_nwb(tmp_path / "sub-M02" / "b.nwb", highest=80)
    assert 'path = "sub-M02/b.nwb"' in write(tmp_path)
    outcome = posecheck(
        *("validate", "sub-M02", "--select", CODE, "--baseline", "known.toml"), cwd=tmp_path
    )
    assert outcome.code == 0


def test_what_is_said_of_a_stale_entry_is_escaped(dataset: Path) -> None:
    entry = f'\n[[known]]\npath = "gone\\u001b[31m.nwb"\ncode = "{CODE}"\nlocation = "/"\n'
    (dataset / "known.toml").write_text(write(dataset) + entry, encoding="utf-8")
    for name in ("full", "markdown"):
        outcome = with_baseline(dataset, "--output", name)
        assert "\x1b" not in outcome.stdout
        assert "no longer found" in " ".join(outcome.stdout.split())


def test_a_check_that_timed_out_is_never_known_and_keeps_what_was(dataset: Path) -> None:
    text = write(dataset)
    write_endless_nwb(dataset / "sub-M01" / "a.nwb")
    slow = ("--extend-select", "NOD017", "--file-timeout", "1")
    assert write(dataset, *slow) == text
    outcome = with_baseline(dataset, *slow, "--output", "json")
    assert (outcome.code, outcome.codes(), stale(outcome)) == (1, {"FIL013"}, [])


def test_a_baseline_is_not_written_where_nothing_was_checked(dataset: Path) -> None:
    outcome = posecheck(
        "validate", ".", "--select", "LAY", "--write-baseline", "known.toml", cwd=dataset
    )
    assert (outcome.code, (dataset / "known.toml").exists()) == (2, False)


def test_nothing_is_written_through_a_link_or_over_another_file(
    dataset: Path, tmp_path: Path
) -> None:
    other = tmp_path / "notes.toml"
    other.write_text("mine = true\n", encoding="utf-8")
    (dataset / "known.toml").symlink_to(other)
    assert check(dataset, "--write-baseline", "known.toml").code == 2
    assert with_baseline(dataset).code == 2
    outcome = check(dataset, "--write-baseline", os.fspath(other))
    assert outcome.code == 2
    assert "is no baseline" in outcome.stderr
    assert other.read_text(encoding="utf-8") == "mine = true\n"


def test_a_baseline_that_is_not_there_is_a_mistake(dataset: Path) -> None:
    outcome = with_baseline(dataset)
    assert outcome.code == 2
    assert "write it with --write-baseline known.toml" in outcome.stderr


def test_the_formats_of_gates_hold_known_findings_or_leave_them_out(dataset: Path) -> None:
    write(dataset)
    for name in ("concise", "github", "dandi-jsonl"):
        assert CODE not in with_baseline(dataset, "--output", name).stdout
    assert with_baseline(dataset, "--output", "gitlab").stdout == "[]\n"
    assert '"suppressions"' in with_baseline(dataset, "--output", "sarif").stdout
    assert '<skipped message="baseline"' in with_baseline(dataset, "--output", "junit").stdout


def configure(folder: Path, text: str = 'baseline = "known.toml"\n') -> None:
    (folder / "posecheck.toml").write_text(text, encoding="utf-8")


def test_the_configuration_names_the_baseline(dataset: Path) -> None:
    configure(dataset)
    outcome = check(dataset)
    assert (outcome.code, "baseline: there is no file" in outcome.stderr) == (2, True)
    write(dataset)
    assert check(dataset).code == 0
    outcome = posecheck("validate", "a.nwb", "--select", CODE, cwd=dataset / "sub-M01")
    assert (outcome.code, "(baseline ../known.toml)" in outcome.stdout) == (0, True)
    assert check(dataset, "--isolated").code == 1


@pytest.mark.parametrize("name", ["../known.toml", "/etc/passwd", "3"])
def test_a_configuration_names_no_baseline_outside_of_its_folder(dataset: Path, name: str) -> None:
    write(dataset)
    (dataset / "known.toml").rename(dataset.parent / "known.toml")
    configure(dataset, f"baseline = {name}" if name == "3" else f'baseline = "{name}"')
    outcome = check(dataset)
    assert (outcome.code, "baseline: " in outcome.stderr) == (2, True)


def test_a_pull_request_cannot_rewrite_its_own_baseline(dataset: Path) -> None:
    configure(dataset)
    write(dataset)
    commit_all(dataset)
    git(dataset, "switch", "--quiet", "--create", "request")
    write_nwb(dataset / "sub-M02" / "b.nwb", highest=90)
    git(dataset, "mv", "sub-M01", "sub-M09")
    write(dataset)
    commit_all(dataset)
    assert check(dataset).code == 0
    for arguments in (
        ["--config-rev", "main"],
        ["--config-rev", "main", "--baseline", "known.toml"],
    ):
        outcome = check(dataset, *arguments, "--output", "json")
        assert (outcome.code, suppressed(outcome)) == (1, [False, True])
        assert outcome.report["baseline"]["name"] == "main:known.toml"
    outcome = check(dataset, "--config-rev", "main", "--baseline", "other.toml")
    assert (outcome.code, "there is no baseline main:other.toml" in outcome.stderr) == (2, True)


def test_a_program_has_the_same(dataset: Path) -> None:
    path = dataset / "known.toml"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(dataset)
        report = posecheck_api.validate(".", select=CODE, write_baseline=path)
        assert report.baseline is not None
        assert report.baseline.written == 1
        assert posecheck_api.verdict_of_report(report, posecheck_api.Severity.ERROR).exit_code == 0
        report = posecheck_api.validate(".", select=CODE, baseline=path)
    (found,) = report.findings
    assert found.suppression == posecheck_api.Suppression("baseline")
    assert not report.has_at_least(posecheck_api.Severity.HINT)
