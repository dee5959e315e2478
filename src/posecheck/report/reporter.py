"""What writes a report: a protocol, and what two kinds of reporters have in common.

A reporter writes to a stream that it is given and touches no disk. It is called with the number of
files, then of each file as soon as it is checked and of each dandiset, and at last of the finished
run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, ClassVar, Protocol

from posecheck.model.fail_on import ON_ERRORS, FailOn
from posecheck.model.finding import Finding, Severity
from posecheck.model.report import FileReport, Report
from posecheck.report.by_rule import GroupBy


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalOptions:
    """How the report for a person is printed; see `posecheck.report.terminal.TerminalReport`."""

    verbose: bool = False
    quiet: bool = False
    group_by: GroupBy | None = None
    per_rule: int | None = None
    min_severity: Severity = Severity.HINT
    statistics: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What a reporter must know besides the report.

    Attributes
    ----------
    fail_on
        Which findings fail the run.
    terminal
        How the report for a person is printed.
    color
        Whether that may be colored, if it goes to a terminal.
    """

    fail_on: FailOn = ON_ERRORS
    terminal: TerminalOptions = TerminalOptions()
    color: bool = False

    def fails(self, finding: Finding) -> bool:
        """Whether a finding fails the run."""
        return self.fail_on.fails(finding.code, finding.severity)


class Reporter(Protocol):
    """Writes the report of one run in one format."""

    @property
    def streams(self) -> bool:
        """Whether it writes the report of a file at once, and keeps nothing of it."""

    def begin(self, files: int) -> None:
        """Begin the report of a run over so many files."""

    def add(self, block: FileReport) -> None:
        """Take what was said of the next file, and after the last file of each dandiset."""

    def finish(self, report: Report) -> None:
        """End the report of a finished run, whose files and dandisets were all added."""


class StreamReporter(ABC):
    """A reporter that writes each file and each dandiset at once.

    Parameters
    ----------
    stream
        Where to.
    context
        What else it must know.
    """

    streams: ClassVar[bool] = True

    def __init__(self, stream: IO[str], context: Context) -> None:
        self.stream = stream
        self.context = context
        self._files_left = 0

    def begin(self, files: int) -> None:
        """Write what stands before the first file."""
        self._files_left = files
        self.stream.write(self.head())

    def add(self, block: FileReport) -> None:
        """Write what was said of a file or a dandiset."""
        # Of a search for pose, nobody knows beforehand how many files there are.
        is_file = self._files_left > 0 and block.contents is None
        self._files_left -= is_file
        self.stream.writelines(self.lines_of(block, is_file=is_file))
        self.stream.flush()

    def finish(self, report: Report) -> None:
        """Write what stands after the last."""
        self.stream.write(self.tail(report))

    def head(self) -> str:
        """Return what stands before the first file."""
        return ""

    @abstractmethod
    def lines_of(self, block: FileReport, *, is_file: bool) -> Iterable[str]:
        """Yield the lines of a file, or of a dandiset, each ending in a line feed."""

    def tail(self, report: Report) -> str:
        """Return what stands after the last."""
        return ""


class DocumentReporter(ABC):
    """A reporter that writes one document when the run is over.

    Parameters
    ----------
    stream
        Where to.
    context
        What else it must know.
    """

    streams: ClassVar[bool] = False

    def __init__(self, stream: IO[str], context: Context) -> None:
        self.stream = stream
        self.context = context

    def begin(self, files: int) -> None:  # noqa: B027 - a document begins at its end
        """Write nothing."""

    def add(self, block: FileReport) -> None:  # noqa: B027
        """Write nothing."""

    def finish(self, report: Report) -> None:
        """Write the document."""
        self.stream.writelines(self.pieces(report))

    @abstractmethod
    def pieces(self, report: Report) -> Iterable[str]:
        """Yield the document piece by piece, ending in a line feed unless it is empty.

        A report over many files does not fit into memory, nor does its document.
        """


def replay(reporter: Reporter, report: Report) -> None:
    """Let a reporter write a run that is over."""
    reporter.begin(len(report.files))
    for block in report.blocks:
        reporter.add(block)
    reporter.finish(report)
