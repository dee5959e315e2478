"""Which findings of a run were known before, and which entries of a baseline are stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from posecheck.model.baseline import KnownFinding
from posecheck.model.finding import BASELINE, INTERNAL_ERROR, Finding, Suppression
from posecheck.model.fingerprint import fingerprint_of_entry
from posecheck.model.report import FileReport, FileStatus

NEVER_KNOWN = frozenset({INTERNAL_ERROR, "FIL009", "FIL013", "FIL014", "FIL015", "FIL016"})
"""Codes that say that a check failed or could not look: that is of the run, and not of the file."""

_CERTAIN = frozenset({FileStatus.CHECKED, FileStatus.UNREADABLE, FileStatus.NOT_NWB})
"""After which checks a finding may become known: it is of the file, and of all that was read."""


class KnownFindings:
    """Sets the findings of a run against the entries of a baseline.

    Parameters
    ----------
    entries
        The baseline, with the paths that files have now.
    path_of
        Returns the path of a file from the root of the report, from its path in the findings.
    """

    def __init__(self, entries: Iterable[KnownFinding], path_of: Callable[[str], str]) -> None:
        self._entries = {fingerprint_of_entry(entry): entry for entry in entries}
        self._path_of = path_of
        self._made: Counter[str] = Counter()
        self._certain: Counter[str] = Counter()
        self._new: dict[str, KnownFinding] = {}

    def mark(self, report: FileReport) -> FileReport:
        """Suppress what is known of a file or a dandiset: as many findings as the baseline says."""
        is_certain = report.status in _CERTAIN
        return replace(
            report,
            findings=tuple(self._marked(each, is_certain=is_certain) for each in report.findings),
        )

    def stale(self, was_checked: Callable[[KnownFinding], bool]) -> tuple[KnownFinding, ...]:
        """Return the entries of which findings are missing, with the number of those.

        Parameters
        ----------
        was_checked
            Whether the run would have made the findings of an entry.
        """
        missing = (
            replace(entry, count=entry.count - self._made[key])
            for key, entry in self._entries.items()
            if self._made[key] < entry.count
        )
        return tuple(filter(was_checked, missing))

    def renewed(self, stale: Iterable[KnownFinding]) -> tuple[KnownFinding, ...]:
        """Return the baseline of this run: what it found, and what it did not check.

        Parameters
        ----------
        stale
            As `stale` returns them.
        """
        gone = set(map(fingerprint_of_entry, stale))
        kept = []
        for key, entry in {**self._new, **self._entries}.items():
            made = self._certain[key]
            count = made if key in gone or key in self._new else max(made, entry.count)
            if count:
                kept.append(replace(entry, count=count))
        return tuple(kept)

    def _marked(self, finding: Finding, *, is_certain: bool) -> Finding:
        if finding.code in NEVER_KNOWN:
            return finding
        found = KnownFinding.of(finding, self._path_of(finding.file))
        key = fingerprint_of_entry(found)
        self._made[key] += 1
        self._certain[key] += is_certain
        entry = self._entries.get(key)
        if entry is None:
            self._new.setdefault(key, found)
        if entry is None or self._made[key] > entry.count:
            return finding
        return replace(finding, suppression=Suppression(BASELINE, entry.reason))
