"""What posecheck says of a file: findings, skipped rules, and the report that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from posecheck.model.display import one_line
from posecheck.model.edit import Edit, FixSafety

Value = str | int | float | bool | None | tuple["Value", ...]
"""What a finding carries as evidence: plain values that JSON can hold."""


class Severity(StrEnum):
    """How much a finding matters; the values map to dandi's ERROR, WARNING and HINT."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """0 for the gravest; findings are sorted by it."""
        return list(Severity).index(self)

    def reaches(self, threshold: Severity) -> bool:
        """Whether this is as grave as ``threshold``, or graver."""
        return self.rank <= threshold.rank


NEVER: Final = "never"
"""The threshold that no finding reaches."""

Threshold = Severity | Literal["never"]
"""From which severity on findings fail a run, or that none does."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says it: posecheck itself, or a validator that it ran."""

    validator: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect, in one place.

    Attributes
    ----------
    code, name
        The rule's code (``VID002``) and slug (``external-file-missing``).
    severity
        How grave it is here; one rule may speak with two severities.
    message
        A sentence: the value that was seen and the value that is wanted.
    file
        The NWB file's path as the user would write it.
    location
        The object's path inside the file (``/processing/behavior/…``); ``/`` for the whole file.
    remedy
        What to do about it.
    origin
        The validator that says so.
    values
        The figures behind the message, for machines.
    edits
        What to change in the file, in this order, so that the finding goes away; empty where that
        takes a person, or more than this file.
    fix
        Whether the edits may be made without asking; ``None`` if there are none.
    variant
        Which of its wordings the rule chose; empty for the plain one.
    """

    code: str
    name: str
    severity: Severity
    message: str
    file: str
    location: str
    remedy: str
    origin: Origin
    values: Mapping[str, Value] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    fix: FixSafety | None = None
    variant: str = ""

    def __repr__(self) -> str:
        place = f"{self.severity.value} {self.code} in {self.file!r} at {self.location!r}"
        return one_line(self, f"{place}: {self.message!r}")


OUTSIDE_DANDISET: Final = "not inside a dandiset"
"""Why what judges DANDI's layout is skipped where a file lies in no dandiset."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that could not judge a subject, and why."""

    code: str
    file: str
    location: str
    reason: str


WHOLE_FILE = "/"
"""The location of a finding on the file as a whole."""

INTERNAL_ERROR = "internal-error"
"""The code of a finding against posecheck itself."""
