"""Which files a run left out since nothing that they depend on changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from posecheck.model.values import text_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeScope:
    """What a run of changed files left out.

    Attributes
    ----------
    revision
        The revision, as the user wrote it.
    commit
        The hash of the commit since which changes count: where the work tree and the revision
        parted.
    unchanged
        How many NWB files were not checked: neither they nor what they reference changed.
    unknown
        Of how many of these it is not known what they reference: their content was not fetched,
        or could not be read.
    """

    revision: str
    commit: str
    unchanged: int
    unknown: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ChangeScope:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        return cls(
            revision=text_in(document, "revision"),
            commit=text_in(document, "commit"),
            unchanged=int(document["unchanged"]),
            unknown=int(document["unknown"]),
        )
