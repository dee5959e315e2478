"""Which findings are ignored, and how many of each code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from posecheck.model.finding import Finding
from posecheck.validators.codes import validator_of


def is_ignored(code: str, ignored: Iterable[str]) -> bool:
    """Whether a code, or the validator that it begins with (``NWBI``), is ignored."""
    return any(code == each or code.startswith(f"{each}.") for each in ignored)


def count_ignored(
    findings: Iterable[Finding],
    ignored: Iterable[str],
    *,
    counted: Collection[str],
    finished: Collection[str],
) -> dict[str, int]:
    """Return how many findings of each code are ignored.

    Parameters
    ----------
    findings
        What is ignored, each once.
    ignored
        The codes, and prefixes of other validators, that are ignored.
    counted
        The codes of the rules that were evaluated on all that they are for.
    finished
        The other validators that finished.

    Returns
    -------
    dict
        Of what is ignored and was looked for without anything being found, zero; nothing of what
        was not looked for everywhere.
    """
    numbers = Counter(each.code for each in findings)
    for code in ignored:
        validator = validator_of(code)
        is_counted = code in counted if validator is None else validator.engine in finished
        if is_counted and not any(is_ignored(each, (code,)) for each in numbers):
            numbers[code] = 0
    return dict(numbers)
