"""Which findings fail a run: from which severity on, for all rules or for some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posecheck.model.finding import INTERNAL_ERROR, NEVER, Severity, Threshold


@dataclass(frozen=True, slots=True)
class FailOn:
    """The least severity that fails a run.

    Attributes
    ----------
    default
        That of every code that is not named.
    by_code
        That of single codes, and of all codes of another validator under its prefix (``NWBI``).
    stated
        As the configuration or the command line words it: selectors in place of codes.
    """

    default: Threshold = Severity.ERROR
    by_code: Mapping[str, Threshold] = field(default_factory=dict)
    stated: str = ""

    @classmethod
    def of(cls, value: FailOn | Threshold | str | None) -> FailOn:
        """Return one threshold for all codes; ``None`` stands for never.

        Raises
        ------
        ValueError
            If there is no such severity.
        """
        if isinstance(value, FailOn):
            return value
        return cls(NEVER if value is None or value == NEVER else Severity(value))

    def amended(self, other: FailOn) -> FailOn:
        """Return the same with the thresholds of single codes of another, which come first."""
        _, _, codes = other.stated.partition(", ")
        return FailOn(self.default, {**self.by_code, **other.by_code}, f"{self}, {codes}")

    def threshold_of(self, code: str) -> Threshold:
        """Return the least severity at which a code fails the run."""
        own = self.by_code.get(code)
        return own or self.by_code.get(code.partition(".")[0]) or self.default

    def fails(self, code: str, severity: Severity) -> bool:
        """Whether a finding fails the run. That posecheck itself failed always does."""
        if code == INTERNAL_ERROR:
            return True
        threshold = self.threshold_of(code)
        return isinstance(threshold, Severity) and severity.reaches(threshold)

    @property
    def never_fails(self) -> bool:
        """Whether no finding of any code fails the run."""
        return all(each == NEVER for each in (self.default, *self.by_code.values()))

    def __str__(self) -> str:
        return self.stated or str(self.default)


ON_ERRORS = FailOn()
"""What holds where nobody says otherwise."""
