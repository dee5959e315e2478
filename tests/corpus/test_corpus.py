"""The files that other programs wrote give the errors and warnings that are in them, no others."""

from __future__ import annotations

import pytest
from tests.corpus.expectations import SEVERITIES, Expectations, check_folder, said
from tests.corpus.folder import find_corpus
from tests.end_to_end.command import Outcome

pytestmark = pytest.mark.slow

EXPECTED = Expectations.read("expected.toml")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    folder = find_corpus()
    assert folder is not None
    return check_folder(folder)


@pytest.mark.slow
def test_every_file_is_expected(outcome: Outcome) -> None:
    assert {file["path"] for file in outcome.report["files"]} == set(EXPECTED.files)


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("path", EXPECTED.files)
def test_a_file_gives_what_is_in_it(outcome: Outcome, path: str, severity: str) -> None:
    found = said(outcome, path, severity)
    assert set(found) == EXPECTED.codes(path, severity), found


@pytest.mark.parametrize("path", EXPECTED.files)
def test_every_expectation_has_its_proof(path: str) -> None:
    assert EXPECTED.is_proven(path)


def test_the_run_fails_for_the_errors(outcome: Outcome) -> None:
    assert outcome.code == 1
    assert outcome.stderr == ""
