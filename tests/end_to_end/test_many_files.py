"""``posecheck validate`` on more files than have their reports in memory."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.end_to_end.command import COMMAND, environment, posecheck
from tests.engine.files import write_nwb

import posecheck as package
from posecheck.engine.job_order import longest_first
from posecheck.engine.report_store import MOST_IN_MEMORY, ReportsOnDisk
from posecheck.sources.local_source import LocalSource

FILES = MOST_IN_MEMORY + 20
FORMATS = ("json", "json-lines", "concise", "gitlab", "junit", "sarif", "markdown", "csv")
RUN = ("validate", "--isolated", "--no-cache", "--engine", "pose", "--fail-on=hint", "many")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("top")
    first = write_nwb(top / "many" / "recording-0.nwb", highest=1.5)
    for number in range(1, FILES):
        shutil.copyfile(first, first.with_name(f"recording-{number}.nwb"))
    return top


def _documents(folder: Path, jobs: int) -> dict[str, str]:
    outputs = [f"--output={name}={jobs}-{name}" for name in FORMATS]
    outcome = posecheck(*RUN, *outputs, f"--jobs={jobs}", cwd=folder)
    assert outcome.code == 1, outcome.stderr
    texts = {name: (folder / f"{jobs}-{name}").read_text("utf-8") for name in FORMATS}
    return {name: _without_times(text) for name, text in texts.items()}


def _without_times(text: str) -> str:
    return re.sub(r'("seconds": |time=")[0-9.e-]+', r"\1", text)


def test_each_format_says_the_same_with_one_worker_and_with_two(folder: Path) -> None:
    one, two = _documents(folder, 1), _documents(folder, 2)
    assert one == two
    document = json.loads((folder / "2-json").read_text("utf-8"))
    assert (folder / "2-json").read_text("utf-8") == json.dumps(document, indent=2) + "\n"
    names = [f"many/recording-{number}.nwb" for number in range(FILES)]
    assert [file["path"] for file in document["files"]] == names
    findings = len(document["findings"])
    assert findings >= FILES
    assert list(dict.fromkeys(finding["file"] for finding in document["findings"])) == names
    lines = [json.loads(line) for line in (folder / "2-json-lines").read_text().splitlines()]
    assert sum(len(line["findings"]) for line in lines[:-1]) == findings
    issues = json.loads(two["gitlab"])
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == findings
    suites = ElementTree.parse(folder / "2-junit").getroot()  # noqa: S314 - our own
    assert len(suites) == FILES
    assert int(suites.get("tests", "")) == len(suites.findall("testsuite/testcase"))
    (run,) = json.loads(two["sarif"])["runs"]
    assert len(run["results"]) == findings


def test_the_reports_in_python_are_a_sequence_and_can_be_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    report = package.validate("many", isolated=True, engines=["pose"], jobs=1)
    assert isinstance(report.files, ReportsOnDisk)
    every = tuple(report.files)
    assert report.files == every
    assert report.files[-1] == every[-1] == report.files[len(every) - 1]
    assert report.files[2:4] == every[2:4]
    with pytest.raises(IndexError):
        report.files[FILES]
    copied = copy.deepcopy(report)
    assert copied == report
    assert copied.to_dict() == report.to_dict()
    assert copied.summary() == report.summary()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of the size of files")
def test_a_full_disk_costs_no_report(folder: Path) -> None:
    import resource  # noqa: PLC0415 - not on Windows

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    command = [*COMMAND, *RUN, "--output=concise", "--jobs=1"]
    plain = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=False)
    full = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=False,
        preexec_fn=limit,
    )
    assert full.stdout == plain.stdout
    assert full.returncode == plain.returncode == 1


def test_files_that_take_long_are_checked_first(tmp_path: Path) -> None:
    sizes = [1, 40, 1, 90, 1]
    paths = [tmp_path / f"{number}.nwb" for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        path.touch()
        os.truncate(path, size * 1024**2)
    sources = [LocalSource.at(path) for path in paths]
    assert longest_first(sources, 2) == [3, 1, 0, 2, 4]
    assert longest_first(sources, 1) == [0, 1, 2, 3, 4]
