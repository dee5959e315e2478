"""SARIF is what the standard says, and no more than a service takes."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.samples import file_report, finding, report, typical
from tests.report.strategies import FILES

from posecheck.model.finding import Severity
from posecheck.model.report import Report
from posecheck.report.formats import render, sarif
from posecheck.report.reporter import Context

REPORTS = st.lists(FILES, max_size=4).map(lambda files: Report(version="1.2.3", files=tuple(files)))


def run_of(finished: Report) -> Any:
    (run,) = json.loads(render("sarif", finished, Context()))["runs"]
    return run


@pytest.fixture(scope="session")
def multitool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Microsoft's validator of SARIF, from the npm registry."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed; .ci/run installs it")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "@microsoft/sarif-multitool"]
    subprocess.run(command, cwd=folder, check=True, timeout=600)
    return folder / "node_modules" / ".bin" / "sarif-multitool"


@pytest.mark.slow
def test_microsofts_validator_finds_nothing(multitool: Path, tmp_path: Path) -> None:
    hostile = finding(file="sub 1/ä #?%.nwb", location="/a b/<i>", message="a {0} [b](c) \x1b[31m")
    finished = report(*typical().files, file_report(hostile))
    (tmp_path / "report.sarif").write_text(render("sarif", finished, Context()))
    done = subprocess.run(
        [multitool, "validate", "report.sarif", "--output", "log.sarif"],
        cwd=tmp_path,
        env={"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (tmp_path / "log.sarif").exists(), done.stdout + done.stderr
    (run,) = json.loads((tmp_path / "log.sarif").read_text(encoding="utf-8-sig"))["runs"]
    # SARIF2005 misses the address of a page about the tool.
    found = [result for result in run.get("results", []) if result["ruleId"] != "SARIF2005"]
    assert found == []


@settings(max_examples=40, deadline=None)
@given(REPORTS)
def test_every_finding_has_its_place_and_its_rule(finished: Report) -> None:
    run = run_of(finished)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(run["results"]) == len(finished.findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"] == {"startLine": 1}
        assert location["physicalLocation"]["artifactLocation"]["uri"].isascii()


def test_objects_inside_the_file_are_logical_locations() -> None:
    (result,) = run_of(report(file_report(finding(location="/a/b"))))["results"]
    (place,) = result["locations"][0]["logicalLocations"]
    assert (place["fullyQualifiedName"], place["name"]) == ("/a/b", "b")


def test_rules_carry_what_the_catalogue_says() -> None:
    (rule,) = run_of(report(file_report(finding())))["tool"]["driver"]["rules"]
    assert rule["id"] == "VID002"
    assert "What to do: Put the video" in rule["help"]["text"]
    assert "\n\nFix, beside: unsafe: it needs a person's yes. Writes" in rule["help"]["text"]
    assert rule["properties"]["tags"] == ["posecheck", "external_files"]
    assert rule["defaultConfiguration"] == {"level": "error"}


def test_what_is_too_much_is_counted_and_the_gravest_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    hints = [finding(severity=Severity.HINT, location=f"/{index}") for index in range(4)]
    run = run_of(report(file_report(*hints, finding())))
    assert [result["level"] for result in run["results"]] == ["error", "note", "note"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("2 findings left out")


def test_ten_megabytes_are_not_exceeded() -> None:
    long = "x" * 5000
    findings = [finding(location=f"/{index}", message=long) for index in range(3000)]
    text = render("sarif", report(file_report(*findings)), Context())
    assert 9_000_000 < len(text) < 10_000_000


def test_a_message_makes_no_link() -> None:
    (result,) = run_of(report(file_report(finding(message="[text](1)"))))["results"]
    assert result["message"]["text"].startswith("[text] (1)")


def test_findings_of_one_fingerprint_are_distinguished() -> None:
    twin = replace(finding(), fingerprint="0f")
    results = run_of(report(file_report(twin, twin)))["results"]
    first, second = (result["partialFingerprints"]["posecheck/v1"] for result in results)
    assert first == "0f"
    assert second != first
