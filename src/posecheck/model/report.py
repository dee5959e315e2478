"""A finished run: what was said of each file and of each dandiset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from posecheck.model.baseline import BaselineUse
from posecheck.model.change_scope import ChangeScope
from posecheck.model.configuration_use import NOTHING_CONFIGURED, ConfigurationUse
from posecheck.model.content_use import ContentUse
from posecheck.model.display import counted, one_line
from posecheck.model.file_report import FileReport, FileStatus, PoseSummary, severities_in_words
from posecheck.model.file_reports import Blocks, totals_of
from posecheck.model.finding import Finding, Severity, Skipped
from posecheck.model.report_totals import FindingKind, ReportTotals
from posecheck.model.values import text_in

__all__ = ["FileReport", "FileStatus", "PoseSummary", "Report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished run: what was said of each file, in the order in which the files were named.

    Attributes
    ----------
    files
        What was said of each file. Of a run over many files they wait on the disk, and each is
        read when it is asked for.
    root
        The folder to which the fingerprints of the findings are relative: the top of the git
        repository that holds all paths of the run, else their dandiset, else the folder of the
        configuration, else the folder that holds them all.
    dandisets
        What rules over several files said of each dandiset, under the path of its folder; each
        finding names the file that it concerns.
    configuration
        Where the configuration was read, what was ignored and why, and how many findings that
        suppressed.
    baseline
        What the run had from a baseline; ``None`` for a run without one.
    changes
        What was left out since it did not change; ``None`` for a run over all files.
    content
        How many files had their content at hand, and how many had to; ``None`` where that is not
        known: a check before an upload, several reports that were put together.
    remembered
        How many files are unchanged since an earlier check, whose verdicts these are.
    """

    version: str
    files: Sequence[FileReport] = ()
    seconds: float = 0.0
    dandisets: tuple[FileReport, ...] = ()
    root: str = ""
    configuration: ConfigurationUse = NOTHING_CONFIGURED
    baseline: BaselineUse | None = None
    changes: ChangeScope | None = None
    content: ContentUse | None = None
    remembered: int = 0

    def __repr__(self) -> str:
        return one_line(self, counted(len(self.files), "file"), *severities_in_words(self.count))

    @property
    def blocks(self) -> Sequence[FileReport]:
        """Everything that was said: of each file, and then of each dandiset."""
        return Blocks(self.files, self.dandisets)

    @property
    def totals(self) -> tuple[ReportTotals, ReportTotals]:
        """The numbers of the files, and those of the dandisets."""
        return totals_of(self.files), totals_of(self.dandisets)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all files, and then those over several files."""
        return tuple(finding for block in self.blocks for finding in block.findings)

    @property
    def active(self) -> tuple[Finding, ...]:
        """The findings that count: those that nothing suppresses."""
        return tuple(finding for block in self.blocks for finding in block.active)

    @property
    def active_kinds(self) -> Counter[FindingKind]:
        """How many findings that count there are of each severity and code."""
        files, dandisets = self.totals
        return files.active + dandisets.active

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The skipped rules of all files, and then those over several files."""
        return tuple(skip for block in self.blocks for skip in block.skipped)

    def count(self, severity: Severity) -> int:
        """How many findings that count have exactly this severity."""
        return sum(totals.count(severity) for totals in self.totals)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, by the names of ``docs/report.schema.json``.

        Returns
        -------
        dict
            What `from_dict` reads. Numbers stay as they are, NaN and the infinities too: the format
            ``json`` spells those out.
        """
        return {
            **self.head(),
            **{name: list(parts) for name, parts in self.lists().items()},
        }

    def head(self) -> dict[str, Any]:
        """Return what the document says before its lists: of the run as a whole."""
        return {
            "posecheck": self.version,
            "root": self.root,
            "seconds": self.seconds,
            "configuration": self.configuration.to_dict(),
            "baseline": self.baseline and self.baseline.to_dict(),
            "changes": self.changes and self.changes.to_dict(),
            "content": self.content and self.content.to_dict(),
            "remembered": self.remembered,
            "summary": self.summary(),
        }

    def lists(self) -> dict[str, Iterator[dict[str, Any]]]:
        """Return the lists of the document, each item made when it is asked for."""
        return {
            "files": map(_with_counts, self.files),
            "dandisets": map(_with_counts, self.dandisets),
            "findings": (each.to_dict() for block in self.blocks for each in block.findings),
            "skipped": (each.to_dict() for block in self.blocks for each in block.skipped),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Report:
        """Return the report that `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        findings, skipped = iter(document["findings"]), iter(document["skipped"])
        baseline, changes = document["baseline"], document["changes"]
        content = document["content"]
        files = tuple(_blocks(document["files"], findings, skipped))
        dandisets = tuple(_blocks(document["dandisets"], findings, skipped))
        if next(findings, None) is not None or next(skipped, None) is not None:
            raise ValueError("there are more findings than the files have")
        return cls(
            version=text_in(document, "posecheck"),
            root=text_in(document, "root"),
            seconds=float(document["seconds"]),
            files=files,
            dandisets=dandisets,
            configuration=ConfigurationUse.from_dict(document["configuration"]),
            baseline=BaselineUse.from_dict(baseline) if baseline else None,
            changes=ChangeScope.from_dict(changes) if changes else None,
            content=ContentUse.from_dict(content) if content else None,
            remembered=int(document.get("remembered", 0)),
        )

    def summary(self) -> dict[str, int]:
        """Return how many files, findings and skipped rules there are."""
        return {
            "files": len(self.files),
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "hints": self.count(Severity.HINT),
            "suppressed": sum(totals.suppressed for totals in self.totals),
            "skipped": sum(totals.skipped for totals in self.totals),
        }

    def has_at_least(self, threshold: Severity) -> bool:
        """Whether any finding that counts is as severe as ``threshold``."""
        return any(severity.reaches(threshold) for severity, _ in self.active_kinds)

    @property
    def has_findings(self) -> bool:
        """Whether there is any finding, be it known."""
        return any(totals.findings for totals in self.totals)

    @property
    def has_internal_error(self) -> bool:
        """Whether posecheck itself failed somewhere."""
        return any(totals.internal_errors for totals in self.totals)

    @property
    def content_at_hand(self) -> int:
        """How many files had their content here."""
        return len(self.files) - totals_of(self.files).statuses[FileStatus.NOT_FETCHED]

    @property
    def checked_nothing(self) -> bool:
        """Whether no file's content was at hand, so that the report cannot vouch for anything."""
        return not self.content_at_hand

    @property
    def searched_pose(self) -> bool:
        """Whether dandisets were searched for recordings with pose."""
        return any(
            block.contents is not None and block.contents.pose_probes is not None
            for block in self.dandisets
        )

    @property
    def applied_no_rule(self) -> bool:
        """Whether no file was evaluated: it could not be read, or no rule applied to it."""
        return not totals_of(self.files).with_rules


def _with_counts(block: FileReport) -> dict[str, Any]:
    counts = {"finding_count": len(block.findings), "skipped_count": len(block.skipped)}
    return {**block.to_dict_without_findings(), **counts}


def _blocks(
    documents: Sequence[Mapping[str, Any]], findings: Iterator[Any], skipped: Iterator[Any]
) -> Iterator[FileReport]:
    """Yield each block with its part of the findings, which stand in the same order."""
    for document in documents:
        own = {
            "findings": list(islice(findings, int(document["finding_count"]))),
            "skipped": list(islice(skipped, int(document["skipped_count"]))),
        }
        yield FileReport.from_dict({**document, **own})
