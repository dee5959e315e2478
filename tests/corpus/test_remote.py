"""The files that other programs wrote say the same of themselves, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.corpus.folder import find_corpus
from tests.remote.range_server import RangeServer

import posecheck
from posecheck.model.report import FileReport, Report

pytestmark = pytest.mark.slow

_ABOUT_PLACE = ("FIL009", "FIL015", "FIL016", "LAY", "VID002", "VID003", "PRV010")
"""Rules about where a file lies, and what lies around it; tests/remote has their tests."""


@pytest.fixture(scope="module")
def server() -> Iterator[RangeServer]:
    folder = find_corpus()
    assert folder is not None
    with RangeServer(folder) as server:
        yield server


@pytest.fixture(scope="module")
def files(server: RangeServer) -> list[str]:
    found = sorted(path for path in server.folder.rglob("*.nwb") if path.is_file())
    return [path.relative_to(server.folder).as_posix() for path in found]


def _check(paths: list[str]) -> Report:
    return posecheck.validate(
        paths, isolated=True, data="full", engines=("pose", "schema", "inspector")
    )


def _said(report: FileReport) -> set[tuple[str, ...]]:
    return {
        (
            finding.code,
            finding.severity,
            finding.location,
            finding.message,
            repr(sorted(finding.values.items())),
        )
        for finding in report.findings
        if not finding.code.startswith(_ABOUT_PLACE)
    }


def test_a_file_elsewhere_has_the_findings_of_one_here(
    server: RangeServer, files: list[str]
) -> None:
    here = _check([str(server.folder / name) for name in files])
    there = _check([server.address(name) for name in files])
    assert len(here.files) == len(there.files) == len(files) > 20
    for local, remote in zip(here.files, there.files, strict=True):
        assert _said(remote) == _said(local), local.path
        assert remote.status is local.status
        assert not remote.sampled
