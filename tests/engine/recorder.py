"""A listener that records what a run reports."""

from __future__ import annotations

from posecheck.model.progress import ProgressListener
from posecheck.model.report import FileReport


class Recorder(ProgressListener):
    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []
        self.advances: list[int] = []
        self.reports: list[FileReport] = []

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        self.begun.append((phase, total))

    def advance(self, count: int) -> None:
        self.advances.append(count)

    def add_report(self, report: FileReport) -> None:
        self.reports.append(report)
