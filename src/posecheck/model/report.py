"""A finished run: what was said of each file and of each dandiset."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posecheck.model.display import counted, one_line
from posecheck.model.finding import INTERNAL_ERROR, Finding, Severity, Skipped


class FileStatus(StrEnum):
    """How far the check of a file came."""

    CHECKED = "checked"
    UNREADABLE = "unreadable"
    NOT_NWB = "not-nwb"
    NOT_FETCHED = "not-fetched"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseSummary:
    """How much pose a file holds."""

    nwb_version: str | None = None
    ndx_pose_version: str | None = None
    containers: int = 0
    series: int = 0
    frames: int = 0
    skeletons: int = 0
    videos: int = 0
    training_frames: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """Everything said of one file, findings in a stable order.

    Attributes
    ----------
    rules_run
        How many of posecheck's own rules judged it.
    validators_run
        The other validators that judged it to the end, by the names that ``--engine`` has for them.
    """

    path: str
    status: FileStatus
    pose: PoseSummary = PoseSummary()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    rules_run: int = 0
    validators_run: tuple[str, ...] = ()
    seconds: float = 0.0

    def __repr__(self) -> str:
        return one_line(self, repr(self.path), self.status.value, *_counts(self))

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        return sum(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished run: what was said of each file, in the order in which the files were named.

    Attributes
    ----------
    dandisets
        What rules over several files said of each dandiset, under the path of its folder; each
        finding names the file that it concerns.
    """

    version: str
    files: tuple[FileReport, ...] = ()
    seconds: float = 0.0
    dandisets: tuple[FileReport, ...] = ()

    def __repr__(self) -> str:
        return one_line(self, counted(len(self.files), "file"), *_counts(self))

    @property
    def blocks(self) -> tuple[FileReport, ...]:
        """Everything that was said: of each file, and then of each dandiset."""
        return (*self.files, *self.dandisets)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all files, and then those over several files."""
        return tuple(finding for block in self.blocks for finding in block.findings)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The skipped rules of all files, and then those over several files."""
        return tuple(skip for block in self.blocks for skip in block.skipped)

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        return sum(block.count(severity) for block in self.blocks)

    def has_at_least(self, threshold: Severity) -> bool:
        """Whether any finding is as grave as ``threshold``."""
        return any(finding.severity.reaches(threshold) for finding in self.findings)

    @property
    def has_internal_error(self) -> bool:
        """Whether posecheck itself failed somewhere."""
        return any(finding.code == INTERNAL_ERROR for finding in self.findings)

    @property
    def checked_nothing(self) -> bool:
        """Whether no file's content was at hand, so that the report cannot vouch for anything."""
        return all(file.status is FileStatus.NOT_FETCHED for file in self.files)

    @property
    def judged_nothing(self) -> bool:
        """Whether nothing was asked of any file: it could not be read, or no rule applied to it."""
        return not any(file.rules_run or file.validators_run for file in self.files)


def _counts(report: FileReport | Report) -> list[str]:
    counts = {severity: report.count(severity) for severity in Severity}
    found = [counted(number, severity.value) for severity, number in counts.items() if number]
    return found or ["no findings"]
