"""What makes a finding the same one in another run: who says what of which object.

A fingerprint follows from the code, the path of the file in the folder of the report, the location,
the variant and the subject. It is equal on every machine and for every version of posecheck, and
does not follow from the message: another number of frames in it makes no other defect.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from posecheck.model.baseline import KnownFinding
from posecheck.model.finding import Finding
from posecheck.model.report import FileReport


def fingerprint(finding: Finding, path: str) -> str:
    """Return the fingerprint of a finding.

    Parameters
    ----------
    finding
        The finding.
    path
        The path of its file, relative to the root of the report.

    Returns
    -------
    str
        64 hexadecimal digits. Two findings of one report may have the same.
    """
    return fingerprint_of(
        finding.code, path, finding.location, variant=finding.variant, subject=finding.subject
    )


def fingerprint_of(
    code: str, path: str, location: str, *, variant: str = "", subject: str = ""
) -> str:
    """Return the fingerprint of a finding from what it follows from; see `fingerprint`."""
    # macOS spells the letters of a file name apart where Linux joins them.
    place = unicodedata.normalize("NFC", path.replace("\\", "/"))
    return _digest("\0".join((code, place, location, variant, subject)))


def fingerprint_of_entry(entry: KnownFinding) -> str:
    """Return the fingerprint of the findings that an entry of a baseline stands for."""
    return fingerprint_of(
        entry.code, entry.path, entry.location, variant=entry.variant, subject=entry.subject
    )


def with_fingerprints(report: FileReport, path_of: Callable[[str], str]) -> FileReport:
    """Return a report whose findings have their fingerprints.

    Parameters
    ----------
    report
        What was said of a file, or of a dandiset.
    path_of
        Returns the path of a file in the root of the report, from its path in the findings.
    """
    findings = tuple(
        replace(finding, fingerprint=fingerprint(finding, path_of(finding.file)))
        for finding in report.findings
    )
    return replace(report, findings=findings)


def count_fingerprints(findings: Iterable[Finding]) -> Counter[str]:
    """Return how many findings there are of each fingerprint."""
    return Counter(finding.fingerprint for finding in findings)


def new_findings(findings: Iterable[Finding], known: Mapping[str, int]) -> Iterator[Finding]:
    """Yield the findings that are not known: of a fingerprint, those beyond the known number.

    Parameters
    ----------
    findings
        Of a report.
    known
        How many findings of each fingerprint are known, as `count_fingerprints` returns it.
    """
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.fingerprint] += 1
        if counts[finding.fingerprint] > known.get(finding.fingerprint, 0):
            yield finding


def distinct_fingerprints(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield each finding of a report with a fingerprint that no other of the report has.

    The first finding of a fingerprint keeps it, and the others get one that follows from it and
    their number: programs that show a report take two findings of one fingerprint for one.
    """
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.fingerprint] += 1
        yield finding, numbered_fingerprint(finding, counts[finding.fingerprint])


def numbered_fingerprint(finding: Finding, number: int) -> str:
    """Return the fingerprint that a finding has for itself, by its number among those like it."""
    own = finding.fingerprint
    return own if number == 1 else _digest(f"{own}\0{number}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
