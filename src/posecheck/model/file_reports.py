"""The reports of the files of a run, in memory or elsewhere, and their numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import overload

from posecheck.model.file_report import FileReport
from posecheck.model.report_totals import ReportTotals


class StoredReports(Sequence[FileReport]):  # noqa: PLW1641 - no report has a hash
    """Reports of files that do not stay in memory: each is read when it is asked for."""

    @property
    @abstractmethod
    def totals(self) -> ReportTotals:
        """Their numbers, which are known without reading them."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple | StoredReports):
            return NotImplemented
        return len(self) == len(other) and all(map(FileReport.__eq__, self, other))


class Blocks(Sequence[FileReport]):
    """The reports of files, and behind them those of dandisets."""

    def __init__(self, files: Sequence[FileReport], dandisets: Sequence[FileReport]) -> None:
        self._files, self._dandisets = files, dandisets

    def __len__(self) -> int:
        return len(self._files) + len(self._dandisets)

    @overload
    def __getitem__(self, index: int) -> FileReport: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...

    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        place = range(len(self))[index]
        files = len(self._files)
        return self._files[place] if place < files else self._dandisets[place - files]

    def __iter__(self) -> Iterator[FileReport]:
        return chain(self._files, self._dandisets)


def totals_of(reports: Sequence[FileReport]) -> ReportTotals:
    """Return the numbers of reports."""
    return reports.totals if isinstance(reports, StoredReports) else added_up(reports)


def added_up(reports: Iterable[FileReport]) -> ReportTotals:
    """Add up the numbers of reports."""
    totals = ReportTotals()
    for report in reports:
        totals.add(report)
    return totals
