"""What every test run says at its head."""

from __future__ import annotations

from tests.corpus.folder import VARIABLE, find_corpus


def pytest_report_header() -> str:
    folder = find_corpus()
    if folder is None:
        return f"corpus: NOT TESTED, it is not at ../shared/corpus and {VARIABLE} is not set"
    return f"corpus: {folder}"
