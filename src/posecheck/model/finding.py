"""What posecheck says of a file: findings, skipped rules, and the report that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from posecheck.model.display import one_line
from posecheck.model.edit import Edit, FixSafety, edit_from_dict, edit_to_dict
from posecheck.model.h5py_lines import h5py_lines
from posecheck.model.values import Value, plain_value, text_in, value_from


class Severity(StrEnum):
    """How much a finding matters; the values map to dandi's ERROR, WARNING and HINT."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """0 for the most severe; findings are sorted by it."""
        return list(Severity).index(self)

    def reaches(self, threshold: Severity) -> bool:
        """Whether this is at least as severe as ``threshold``."""
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


BASELINE: Final = "baseline"
"""What suppresses findings that were known before (see `posecheck.gate`)."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding counts for nothing though it was made.

    Attributes
    ----------
    by
        What suppresses it: `BASELINE`.
    reason
        The reason that a person gave; empty where none is given.
    """

    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect, in one place.

    Attributes
    ----------
    code, name
        The rule's code (``VID002``) and slug (``external-file-missing``).
    severity
        How severe it is here; one rule may report with two severities.
    message
        A sentence: the value that was found and the value that is wanted.
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
    subject
        What the finding is about besides its location: a referenced path, a node, a camera. It is
        never an index and never a measured value; empty where the location says it all.
    url
        The page that explains the rule; empty if there is none.
    fingerprint
        What makes it the same finding in another run (see `posecheck.model.fingerprint`); empty
        before it is in a report.
    suppression
        Why it does not count; ``None`` for a finding that counts.
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
    subject: str = ""
    url: str = ""
    fingerprint: str = ""
    suppression: Suppression | None = None

    def __repr__(self) -> str:
        place = f"{self.severity.value} {self.code} in {self.file!r} at {self.location!r}"
        return one_line(self, f"{place}: {self.message!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values, by the names of ``docs/report.schema.json``.

        Returns
        -------
        dict
            Numbers stay as they are, NaN and the infinities too. The lines of h5py stand beside the
            edits that they make.
        """
        fix = self.fix and {
            "safety": self.fix.value,
            "edits": [edit_to_dict(edit) for edit in self.edits],
            "h5py": list(h5py_lines(self.edits)),
        }
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "message": self.message,
            "file": self.file,
            "location": self.location,
            "subject": self.subject,
            "variant": self.variant,
            "remedy": self.remedy,
            "url": self.url,
            "origin": {"validator": self.origin.validator, "version": self.origin.version},
            "values": {name: plain_value(value) for name, value in self.values.items()},
            "fix": fix,
            "fingerprint": self.fingerprint,
            "suppression": self.suppression and asdict(self.suppression),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Finding:
        """Return the finding that `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        fix, origin = document["fix"], document["origin"]
        suppression = document["suppression"]
        texts = {name: text_in(document, name) for name in _TEXTS}
        return cls(
            **texts,
            severity=Severity(document["severity"]),
            origin=Origin(text_in(origin, "validator"), text_in(origin, "version")),
            values={name: value_from(value) for name, value in document["values"].items()},
            edits=tuple(map(edit_from_dict, fix["edits"])) if fix else (),
            fix=FixSafety(fix["safety"]) if fix else None,
            suppression=Suppression(text_in(suppression, "by"), text_in(suppression, "reason"))
            if suppression
            else None,
        )


_TEXTS = (
    *("code", "name", "message", "file", "location", "subject", "variant"),
    *("remedy", "url", "fingerprint"),
)


OUTSIDE_DANDISET: Final = "not inside a dandiset"
"""Why checks of DANDI's layout are skipped where a file lies in no dandiset."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that could not be evaluated on a subject, and why."""

    code: str
    file: str
    location: str
    reason: str

    def to_dict(self) -> dict[str, str]:
        """Return it as plain values."""
        return {
            "code": self.code,
            "file": self.file,
            "location": self.location,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Skipped:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError
            If it is no such document.
        """
        return cls(*(text_in(document, name) for name in ("code", "file", "location", "reason")))


WHOLE_FILE = "/"
"""The location of a finding on the file as a whole."""

INTERNAL_ERROR = "internal-error"
"""The code of a finding against posecheck itself."""
