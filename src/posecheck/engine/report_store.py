"""Reports that wait on the disk: of a run over many files, none has to stay in memory.

A report is written once, as plain tuples of its fields: that takes a tenth of the time that the
pickled dataclasses would.
"""

from __future__ import annotations

import pickle
import tempfile
import threading
import weakref
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import IO, Any, overload

from posecheck.model.file_report import FileReport
from posecheck.model.file_reports import StoredReports
from posecheck.model.finding import Finding, Skipped
from posecheck.model.report_totals import ReportTotals

MOST_IN_MEMORY = 300
"""Reports that stay in memory, a few kilobytes each, before any goes to the disk."""

_REPORT, _FINDING, _SKIPPED = (
    tuple(field.name for field in fields(kind)) for kind in (FileReport, Finding, Skipped)
)
_report_values, _finding_values, _skipped_values = (
    attrgetter(*names) for names in (_REPORT, _FINDING, _SKIPPED)
)


class DiskStore:
    """Values in a temporary file without a name, which the system removes with the process.

    Where the disk takes no more, values stay in memory.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._begins = array("q", [0])
        self._in_memory: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._begins) - 1

    def add(self, content: bytes) -> int:
        """Keep a value, and return its number."""
        number, begin = len(self), self._begins[-1]
        try:
            self._write(begin, content)
        except OSError:
            self._in_memory[number] = content
            self._begins.append(begin)
        else:
            self._begins.append(begin + len(content))
        return number

    def get(self, number: int) -> bytes:
        """Return a value by its number."""
        if number in self._in_memory:
            return self._in_memory[number]
        begin, end = self._begins[number], self._begins[number + 1]
        if self._file is None:
            raise ValueError("nothing was written")
        with self._lock:
            self._file.seek(begin)
            return self._file.read(end - begin)

    def _write(self, begin: int, content: bytes) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="posecheck-", buffering=0)  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        with self._lock:
            self._file.seek(begin)
            if self._file.write(content) != len(content):
                raise OSError("the disk is full")


class ReportStore:
    """Takes the reports of a run, in their order."""

    def __init__(self) -> None:
        self._totals = ReportTotals()
        self._reports: list[FileReport] = []
        self._disk: DiskStore | None = None

    def add(self, report: FileReport) -> None:
        """Take the next report."""
        self._totals.add(report)
        if self._disk is None:
            self._reports.append(report)
            if len(self._reports) > MOST_IN_MEMORY:
                self._disk = DiskStore()
                for each in self._reports:
                    self._disk.add(_packed(each))
                self._reports.clear()
        else:
            self._disk.add(_packed(report))

    def reports(self) -> Sequence[FileReport]:
        """Return what was taken: a tuple of few reports, or those on the disk."""
        if self._disk is None:
            return tuple(self._reports)
        return ReportsOnDisk(self._disk, self._totals)


class ReportsOnDisk(StoredReports):
    """The reports of many files, in the order of the files; each is read when it is asked for."""

    def __init__(self, disk: DiskStore, totals: ReportTotals) -> None:
        self._disk, self._totals = disk, totals

    @property
    def totals(self) -> ReportTotals:
        """Their numbers."""
        return self._totals

    def __len__(self) -> int:
        return len(self._disk)

    @overload
    def __getitem__(self, index: int) -> FileReport: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...

    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        return _unpacked(self._disk.get(range(len(self))[index]))

    def __iter__(self) -> Iterator[FileReport]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        return f"<{len(self):,} reports of files, on the disk>"

    def __reduce__(self) -> tuple[type[tuple[FileReport, ...]], tuple[list[FileReport]]]:
        """Let a copy, and what is sent to another process, hold the reports."""
        return tuple, (list(self),)


def _packed(report: FileReport) -> bytes:
    values = list(_report_values(report))
    values[_REPORT.index("findings")] = [*map(_finding_values, report.findings)]
    values[_REPORT.index("skipped")] = [*map(_skipped_values, report.skipped)]
    return pickle.dumps(values, pickle.HIGHEST_PROTOCOL)


def _unpacked(content: bytes) -> FileReport:
    values: dict[str, Any] = dict(zip(_REPORT, pickle.loads(content), strict=True))  # noqa: S301 - our own
    findings = (Finding(**dict(zip(_FINDING, each, strict=True))) for each in values["findings"])
    values["findings"] = tuple(findings)
    values["skipped"] = tuple(Skipped(*each) for each in values["skipped"])
    return FileReport(**values)
