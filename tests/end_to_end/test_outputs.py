"""``posecheck validate --output``: formats for other programs, through the installed command."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from pathlib import Path

import h5py
import pytest
from tests.archive.dandi import find_dandi
from tests.end_to_end.command import posecheck

from posecheck.report.formats import FORMATS

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(careful: Path, tmp_path: Path) -> Path:
    """One recording whose video is missing, twice."""
    for name in ("a.nwb", "b.nwb"):
        shutil.copyfile(careful, tmp_path / name)
    return tmp_path


def test_many_formats_in_one_run(folder: Path) -> None:
    files = {name: folder / f"report.{name}" for name in FORMATS}
    outputs = [word for name, path in files.items() for word in ("--output", f"{name}={path}")]

    outcome = posecheck("validate", ".", "--isolated", *outputs, cwd=folder)

    assert outcome.code == 1, outcome.stderr
    assert all(path.stat().st_size for path in files.values())
    assert "Checked 2 files" in outcome.stdout
    assert "at or above --fail-on error." in outcome.stdout
    assert f"sarif: {files['sarif']}" in outcome.stdout
    report = json.loads(files["json"].read_text())
    numbers = {
        "csv": len(list(csv.DictReader(files["csv"].read_text().splitlines()))),
        "concise": len(files["concise"].read_text().splitlines()),
        "gitlab": len(json.loads(files["gitlab"].read_text())),
        "sarif": len(json.loads(files["sarif"].read_text())["runs"][0]["results"]),
        "dandi-jsonl": len(files["dandi-jsonl"].read_text().splitlines()),
    }
    assert set(numbers.values()) == {len(report["findings"])}


@pytest.mark.slow
def test_dandi_shows_the_same_findings(folder: Path) -> None:
    outcome = posecheck(
        *("validate", "a.nwb", "--isolated", "--output", "json"),
        *("--output", "dandi-jsonl=report.jsonl"),
        cwd=folder,
    )
    done = subprocess.run(
        [find_dandi(), "validate", "--load", "report.jsonl"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    for finding in outcome.report["findings"]:
        assert f"[POSECHECK.{finding['code']}] a.nwb" in done.stdout
    assert done.returncode == 1


def test_json_lines_come_file_by_file(folder: Path) -> None:
    outcome = posecheck("validate", ".", "--isolated", "--output", "json-lines", cwd=folder)
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["file", "file", "summary"]
    assert [line["path"] for line in lines[:2]] == ["a.nwb", "b.nwb"]
    assert lines[-1]["files"] == 2


def test_concise_stands_beside_annotations(folder: Path) -> None:
    outputs = ("--output", "concise", "--output", "github")
    outcome = posecheck("validate", "a.nwb", "--isolated", *outputs, cwd=folder)
    lines = outcome.stdout.splitlines()
    assert any(line.startswith("a.nwb:/") for line in lines)
    assert any(line.startswith("::error file=a.nwb,line=1,title=VID002") for line in lines)


class TestOnGitHub:
    ENV = {"GITHUB_ACTIONS": "true"}  # noqa: RUF012 - not changed

    def test_annotations_follow_the_report(self, folder: Path) -> None:
        outcome = posecheck("validate", ".", "--isolated", cwd=folder, env=self.ENV)
        assert outcome.code == 1
        assert "Checked 2 files" in outcome.stdout
        assert "::error file=a.nwb" in outcome.stdout

    def test_nothing_in_the_report_is_taken_for_a_command(self, folder: Path) -> None:
        """The runner looks at each line of the output; between the two words at none."""
        with h5py.File(folder / "a.nwb", "r+") as file:
            video = next(iter(file["acquisition"].values()))
            video["external_file"][0] = "x " * 60 + "::error::forged"
        outcome = posecheck("validate", "a.nwb", "--isolated", cwd=folder, env=self.ENV)
        word = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", outcome.stdout.splitlines()[0])
        assert word is not None
        report, _, rest = outcome.stdout.partition(f"::{word[1]}::\n")
        assert "forged" in report
        for line in rest.splitlines():
            assert re.match(r"::(error|warning|notice) (file=a\.nwb,line=1,)?title=", line), line

    def test_a_format_for_programs_stays_alone(self, folder: Path) -> None:
        outcome = posecheck(
            "validate", "a.nwb", "--isolated", "--output", "json", cwd=folder, env=self.ENV
        )
        assert outcome.report["summary"]["files"] == 1

    def test_names_of_files_cannot_forge(self, folder: Path) -> None:
        hostile = "a%0A::error::forged,line=3.nwb"
        (folder / "a.nwb").rename(folder / hostile)
        outcome = posecheck("validate", ".", "--isolated", cwd=folder, env=self.ENV)
        heads = [line for line in outcome.stdout.splitlines() if line.startswith("::error file=a")]
        assert heads
        name = "a%250A%3A%3Aerror%3A%3Aforged%2Cline=3.nwb"
        assert all(head.startswith(f"::error file={name},line=1,title=") for head in heads)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("xml",), "'xml' is none of full, concise, json"),
        (("sarif=",), "names no file"),
        (("json", "sarif"), "cannot both go to standard output"),
        (("full", "json"), "cannot both go to standard output"),
        (("github", "github"), "cannot both go to standard output"),
        (("json=a.txt", "csv=./a.txt"), "cannot go to one file"),
        (("json=a.nwb",), "named like a recording"),
        (("json=gone/a.json",), "there is no folder gone"),
    ],
)
def test_what_cannot_be_meant(folder: Path, words: tuple[str, ...], reason: str) -> None:
    outputs = [part for word in words for part in ("--output", word)]
    outcome = posecheck("validate", "a.nwb", *outputs, cwd=folder)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert reason in " ".join(outcome.stderr.replace("│", " ").split())


def test_saved_reports_are_shown_as_one(folder: Path) -> None:
    for name in ("a", "b"):
        output = ("--output", f"json={name}.json")
        assert posecheck("validate", f"{name}.nwb", "--isolated", *output, cwd=folder).code == 1
    shown = posecheck("report", "a.json", "b.json", "--group-by", "rule", cwd=folder)
    assert shown.code == 1
    assert "VID002 external-file-missing: 2 findings in 2 files" in shown.stdout
    passed = posecheck("report", "a.json", "--fail-on", "never", "--output", "csv", cwd=folder)
    assert passed.code == 0
    assert passed.stdout.startswith("file,location,severity")
    broken = posecheck("report", "a.nwb", cwd=folder)
    assert (broken.code, broken.stdout) == (2, "")
    assert "a.nwb cannot be read: it is no text" in broken.stderr
