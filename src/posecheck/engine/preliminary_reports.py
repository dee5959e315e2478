"""What posecheck's own rules say of a file while other validators still check it.

They take seconds with the first file of a run, posecheck's own reading a fraction of one. A worker
keeps that reading, so that no other validator can cost it; here it is looked at as soon as it lies
there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from posecheck.engine.evaluation import evaluate
from posecheck.engine.file_check import FileJob
from posecheck.engine.rule_set import RuleSet
from posecheck.model.progress import ProgressListener
from posecheck.model.report import FileReport, FileStatus

MOST_FILES = 5
"""In a run over more files, those that are done have something to tell before long."""


class PreliminaryReports:
    """Hands on what posecheck's own rules say of each file, once, if the listener wants it.

    Parameters
    ----------
    jobs
        The files that workers check.
    rule_set
        The rules.
    listener
        Receives the reports.
    """

    def __init__(
        self, jobs: Sequence[FileJob], rule_set: RuleSet, listener: ProgressListener
    ) -> None:
        is_wanted = listener.wants_preliminary_reports and len(jobs) <= MOST_FILES
        self._waiting = [job for job in jobs if is_wanted and job.checkpoint is not None]
        self._rule_set = rule_set
        self._listener = listener

    def look(self) -> None:
        """Look which files were read meanwhile, and report them."""
        for job in tuple(self._waiting):
            report = self._report_of(job)
            if report is not None:
                self._waiting.remove(job)
                self._listener.add_preliminary_report(report)

    def _report_of(self, job: FileJob) -> FileReport | None:
        # The steps begin when the reading lies there whole.
        if job.checkpoint is None or job.checkpoint.progress() is None:
            return None
        try:
            recording = job.checkpoint.reading().recording
            report = evaluate(recording, self._rule_set, ignored=job.ignored)
        except Exception:  # noqa: BLE001 - it is said with the file's report, which comes yet
            return None
        if report.status is not FileStatus.CHECKED:
            return None
        return replace(report, read_from=job.source.read_from)


def in_turn(*calls: Callable[[], None]) -> Callable[[], None]:
    """Return what calls one after the other."""

    def call() -> None:
        for each in calls:
            each()

    return call
