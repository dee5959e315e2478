"""What a report comes to in numbers: added up file by file, so that none of them has to stay."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from posecheck.model.file_report import FileReport, FileStatus
from posecheck.model.finding import INTERNAL_ERROR, OUTSIDE_DANDISET, Severity

FindingKind = tuple[Severity, str]
"""The severity and the code of a finding."""

_EVALUATED = frozenset({FileStatus.CHECKED, FileStatus.CHANGED})


@dataclass(slots=True, kw_only=True)
class ReportTotals:
    """The numbers of some files and dandisets.

    Attributes
    ----------
    active
        How many findings count, of each severity and code.
    findings, suppressed, fixable, skipped
        How many findings there are, how many of them do not count, how many of those that count
        carry edits, and how many rules were skipped.
    internal_errors
        How many findings are against posecheck itself.
    statuses
        How many checks came how far.
    with_active, clean
        How many files and dandisets have findings that count; how many were checked and have none.
    most_rules
        The greatest number of rules that were evaluated on one.
    with_rules
        On how many a rule was evaluated, or another validator run.
    skipped_codes
        The rules that were skipped where the check came to its end, other than for lying outside a
        dandiset.
    outside
        How many lie outside a dandiset, so that rules were skipped.
    sampled, sampled_rules
        Of how many a sample of the rows was read, and how many rules looked at the first of them.
    streamed
        How many were read from elsewhere.
    """

    active: Counter[FindingKind] = field(default_factory=Counter)
    findings: int = 0
    suppressed: int = 0
    fixable: int = 0
    skipped: int = 0
    internal_errors: int = 0
    statuses: Counter[FileStatus] = field(default_factory=Counter)
    with_active: int = 0
    clean: int = 0
    most_rules: int = 0
    with_rules: int = 0
    skipped_codes: set[str] = field(default_factory=set)
    outside: int = 0
    sampled: int = 0
    sampled_rules: int = 0
    streamed: int = 0

    def count(self, severity: Severity) -> int:
        """How many findings that count have exactly this severity."""
        return sum(number for (each, _), number in self.active.items() if each is severity)

    def add(self, block: FileReport) -> None:
        """Add what was said of a file or a dandiset."""
        active = block.active
        self.active.update((finding.severity, finding.code) for finding in active)
        self.findings += len(block.findings)
        self.suppressed += len(block.findings) - len(active)
        self.fixable += sum(bool(finding.edits) for finding in active)
        self.skipped += len(block.skipped)
        self.internal_errors += sum(each.code == INTERNAL_ERROR for each in block.findings)
        self.statuses[block.status] += 1
        self.with_active += bool(active)
        self.clean += not block.findings and block.status is FileStatus.CHECKED
        self.most_rules = max(self.most_rules, block.rules_run)
        self.with_rules += bool(block.rules_run or block.validators_run)
        if block.status in _EVALUATED:
            reasons = {skip.reason for skip in block.skipped}
            self.outside += OUTSIDE_DANDISET in reasons
            self.skipped_codes.update(
                skip.code for skip in block.skipped if skip.reason != OUTSIDE_DANDISET
            )
        if block.sampled:
            self.sampled_rules = self.sampled_rules or len(block.sampled)
            self.sampled += 1
        self.streamed += bool(block.read_from)
