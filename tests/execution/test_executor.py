"""What maps a task over jobs is the caller's choice, and changes nothing of what comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.files import write_nwb

from posecheck.engine.runner import run
from posecheck.engine.settings import Settings
from posecheck.execution.executor import InProcess, failure_of
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.model.errors import ConfigurationError, InternalError
from posecheck.model.report import Report


def divide(number: int) -> float:
    return 6 / number


def test_jobs_in_this_process_give_results_and_failures() -> None:
    (first, failed, last) = dict(InProcess().run(divide, [1, 0, 2], workers=1)).values()
    assert (first, last) == (6.0, 3.0)
    assert isinstance(failed, WorkerFailure)
    assert (failed.kind, failed.reason) == (
        FailureKind.EXCEPTION,
        "ZeroDivisionError: division by zero",
    )
    assert "in divide" in failed.traceback


def test_a_run_in_this_process_reports_what_workers_report(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_nwb(tmp_path / f"{name}.nwb", highest=99.0)
    settings = Settings(paths=(str(tmp_path),), engines=("pose",), isolated=True)
    here, there = run(settings, executor=InProcess()), run(settings)
    assert [len(file.findings) for file in here.files] != [0, 0]
    assert _without_times(here) == _without_times(there)


@pytest.mark.parametrize(
    ("error", "kind", "reason", "raised"),
    [
        (MemoryError(), "memory", "it needed more memory than the limit of 64 MB", None),
        (ConfigurationError("a.toml: no"), "configuration", "a.toml: no", ConfigurationError),
        (KeyError("x"), "exception", "KeyError: 'x'", InternalError),
    ],
)
def test_an_exception_becomes_a_failure(
    error: Exception, kind: str, reason: str, raised: type[Exception] | None
) -> None:
    failure = failure_of(error, 64 * 1024**2)
    assert (failure.kind.value, failure.reason) == (kind, reason)
    if raised is None:
        failure.raise_if_fault()
        return
    with pytest.raises(raised, match=reason):
        failure.raise_if_fault()


def _without_times(report: Report) -> Report:
    files = tuple(replace(file, seconds=0.0) for file in report.files)
    return replace(report, files=files, seconds=0.0)
