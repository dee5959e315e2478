"""What makes a finding the same one in another run: who says what of which object."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from posecheck.model.finding import Finding


def fingerprints(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Give each finding of a report a fingerprint that no other of the report has.

    Parameters
    ----------
    findings
        In the order of the report.

    Yields
    ------
    tuple of Finding and str
        The finding, and 64 hexadecimal digits. They follow from the code, the file's path, the
        object's path and the wording that the rule chose, not from the message: another number of
        frames in it makes no other defect. Several findings that agree in all that are numbered.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in findings:
        key = (
            finding.code,
            finding.file.replace("\\", "/"),
            finding.location,
            finding.variant,
        )
        seen[key] += 1
        text = "\0".join((*key, str(seen[key])))
        yield finding, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
