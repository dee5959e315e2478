"""What a run took from its configuration: where it was read, and what is ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from posecheck.model.values import text_in


class IgnoreState(StrEnum):
    """What became of an ignore."""

    ACTIVE = "active"
    EXPIRED = "expired-ignore"
    """Its day has come: it ignores nothing any more."""
    UNUSED = "unused-ignore"
    """It was in force for all files of its configuration, and there was nothing to ignore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreUse:
    """One ignore, and what it is for.

    Attributes
    ----------
    selector
        The code, prefix or name as it is written.
    glob
        Which files it is for; empty for all.
    reason, expires
        As the configuration states them: a sentence, and an ISO 8601 date; empty if it does not.
    is_configured
        Whether the configuration states it; else the command line does.
    findings
        How many findings.
    is_counted
        Whether that is the whole number: a rule whose facts no other rule needs is not evaluated
        only to be counted, and a file that cannot be read has nothing to count.
    """

    selector: str
    glob: str = ""
    reason: str = ""
    expires: str = ""
    is_configured: bool = True
    state: IgnoreState = IgnoreState.ACTIVE
    findings: int = 0
    is_counted: bool = True

    @property
    def title(self) -> str:
        """The selector, behind the glob if there is one."""
        return f"{self.glob}: {self.selector}" if self.glob else self.selector

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> IgnoreUse:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        texts = {name: text_in(document, name) for name in ("selector", "glob", "reason")}
        return cls(
            **texts,
            expires=text_in(document, "expires"),
            is_configured=bool(document["is_configured"]),
            state=IgnoreState(document["state"]),
            findings=int(document["findings"]),
            is_counted=bool(document["is_counted"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationUse:
    """What a run took from its configuration and from the ignores of its command line.

    Attributes
    ----------
    source
        Where the configuration was read: a path, or a git revision and a path; empty if there is
        none.
    ignores
        Those of the configuration, and those of the command line.
    ignored
        How many findings are ignored, each counted once.
    """

    source: str = ""
    ignores: tuple[IgnoreUse, ...] = ()
    ignored: int = 0

    def in_state(self, state: IgnoreState) -> tuple[IgnoreUse, ...]:
        """Return the ignores of which this became."""
        return tuple(each for each in self.ignores if each.state is state)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "source": self.source,
            "ignores": [each.to_dict() for each in self.ignores],
            "ignored": self.ignored,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ConfigurationUse:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        return cls(
            source=text_in(document, "source"),
            ignores=tuple(map(IgnoreUse.from_dict, document["ignores"])),
            ignored=int(document["ignored"]),
        )


NOTHING_CONFIGURED = ConfigurationUse()
"""That of a run without a configuration and without ignores."""
