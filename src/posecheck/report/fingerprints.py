"""The fingerprints of a report of any size."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from posecheck.model.finding import Finding
from posecheck.model.fingerprint import numbered_fingerprint
from posecheck.model.report import Report


def distinct_in(report: Report, *, active: bool = False) -> Iterator[tuple[Finding, str]]:
    """Yield each finding with a fingerprint that no other of the report has.

    It is what `posecheck.model.fingerprint.distinct_fingerprints` yields. Most fingerprints occur
    once: the report is read a first time for those that do not, and they alone are counted.

    Parameters
    ----------
    report
        A finished run.
    active
        Whether to yield those alone that count.
    """
    hashes = sorted(
        array("q", (hash(each.fingerprint) for each in _findings(report, active=active)))
    )
    repeated = {one for one, other in pairwise(hashes) if one == other}
    del hashes
    counts: Counter[str] = Counter()
    for finding in _findings(report, active=active):
        number = 1
        if hash(finding.fingerprint) in repeated:
            counts[finding.fingerprint] += 1
            number = counts[finding.fingerprint]
        yield finding, numbered_fingerprint(finding, number)


def _findings(report: Report, *, active: bool) -> Iterator[Finding]:
    for block in report.blocks:
        yield from block.active if active else block.findings
