"""A baseline: the findings that were known before, which fail nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from posecheck.model.finding import Finding
from posecheck.model.values import text_in

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFinding:
    """An entry of a baseline: findings that differ in nothing but their messages.

    Attributes
    ----------
    path
        The path of the file from the root of the report, with slashes.
    code, location, subject, variant
        As of a `Finding`.
    count
        How many such findings are known.
    reason
        Why they are accepted, in a person's words; empty where nobody says.
    """

    path: str
    code: str
    location: str
    subject: str = ""
    variant: str = ""
    count: int = 1
    reason: str = ""

    @classmethod
    def of(cls, finding: Finding, path: str) -> KnownFinding:
        r"""Return the entry of one finding.

        Parameters
        ----------
        finding
            The finding.
        path
            The path of its file from the root of the report.

        Returns
        -------
        KnownFinding
            A byte that is no UTF-8, which no text file can hold, is spelled out: ``\udc80``.
        """
        return cls(
            path=_storable(unicodedata.normalize("NFC", path.replace("\\", "/"))),
            code=_storable(finding.code),
            location=_storable(finding.location),
            subject=_storable(finding.subject),
            variant=_storable(finding.variant),
        )

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> KnownFinding:
        """Return the entry that `dataclasses.asdict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        texts = {name: text_in(document, name) for name in _TEXTS}
        return cls(**texts, count=int(document["count"]))


_TEXTS = ("path", "code", "location", "subject", "variant", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineUse:
    """What a run had from a baseline.

    Attributes
    ----------
    name
        Where it was read: a path, or a git revision and a path.
    path
        The file to write it to again.
    stale
        Entries that no longer match, each with the number of findings that are missing.
    written
        How many findings the baseline knows that this run wrote; ``None`` if it wrote none.
    """

    name: str
    path: str
    stale: tuple[KnownFinding, ...] = ()
    written: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        stale = [asdict(entry) for entry in self.stale]
        return {"name": self.name, "path": self.path, "stale": stale, "written": self.written}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> BaselineUse:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        return cls(
            name=text_in(document, "name"),
            path=text_in(document, "path"),
            stale=tuple(map(KnownFinding.from_dict, document["stale"])),
            written=None if document["written"] is None else int(document["written"]),
        )


def _storable(text: str) -> str:
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
