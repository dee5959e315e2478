"""The files that other programs wrote give the errors that are in them, and no others."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.corpus.folder import find_corpus
from tests.end_to_end.command import Outcome, posecheck

from posecheck.catalog import load_catalog

EXPECTED = {
    entry["path"]: entry
    for entry in tomllib.loads(
        Path(__file__).with_name("expected.toml").read_text(encoding="utf-8")
    )["file"]
}

KNOWN = {rule.code for rule in load_catalog()}


@pytest.fixture(scope="module")
def corpus() -> Path:
    folder = find_corpus()
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def outcome(corpus: Path) -> Outcome:
    arguments = (".", "--isolated", "--engine", "pose", "--output-format", "json")
    return posecheck("validate", *arguments, cwd=corpus)


def test_every_file_is_expected(outcome: Outcome) -> None:
    assert {file["path"] for file in outcome.report["files"]} == set(EXPECTED)


@pytest.mark.parametrize("path", EXPECTED)
def test_file_gives_its_errors_and_no_others(outcome: Outcome, path: str) -> None:
    errors = [finding for finding in outcome.errors if finding["file"] == path]
    expected = set(EXPECTED[path]["errors"]) & KNOWN
    assert {finding["code"] for finding in errors} == expected, "\n".join(
        f"{finding['code']} {finding['location']}: {finding['message']}" for finding in errors
    )


@pytest.mark.parametrize("path", EXPECTED)
def test_every_expectation_gives_its_reason(path: str) -> None:
    entry = EXPECTED[path]
    assert all(entry["errors"].values())
    assert entry["errors"] or entry["accepted"]


def test_run_fails_for_the_errors(outcome: Outcome) -> None:
    assert outcome.code == 1
    assert outcome.stderr == ""
