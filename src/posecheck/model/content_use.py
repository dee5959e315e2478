"""How many files had their content at hand, how many had to, and what was fetched for the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from posecheck.model.values import text_in


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTransferred:
    """A file that git-annex did not fetch, or did not drop.

    Attributes
    ----------
    path
        The file, as the report names files.
    reason
        What git-annex says.
    """

    path: str
    reason: str

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> NotTransferred:
        """Return what `ContentUse.to_dict` made a document of."""
        return cls(path=text_in(document, "path"), reason=text_in(document, "reason"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentUse:
    """The content of the files of a run.

    Attributes
    ----------
    files
        How many files there are; with those that were left out as unchanged, though nobody knows
        what they reference.
    at_hand
        Of how many of these the content was at hand.
    required
        The fraction of them that had to be; ``None`` if one file suffices.
    fetched
        How many files, videos among them, git-annex fetched for the run and dropped again.
    not_fetched
        Those that it could not fetch.
    not_dropped
        Those that it fetched and would not drop: they are there still.
    """

    files: int
    at_hand: int
    required: float | None = None
    fetched: int = 0
    not_fetched: tuple[NotTransferred, ...] = ()
    not_dropped: tuple[NotTransferred, ...] = ()

    @property
    def suffices(self) -> bool:
        """Whether as many files as required had their content at hand."""
        if self.required is None:
            return self.at_hand > 0 or not self.files
        return self.at_hand >= self.required * self.files

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "files": self.files,
            "at_hand": self.at_hand,
            "required": self.required,
            "suffices": self.suffices,
            "fetched": self.fetched,
            "not_fetched": [asdict(each) for each in self.not_fetched],
            "not_dropped": [asdict(each) for each in self.not_dropped],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ContentUse:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        required = document["required"]
        return cls(
            files=int(document["files"]),
            at_hand=int(document["at_hand"]),
            required=None if required is None else float(required),
            fetched=int(document["fetched"]),
            not_fetched=tuple(map(NotTransferred.from_dict, document["not_fetched"])),
            not_dropped=tuple(map(NotTransferred.from_dict, document["not_dropped"])),
        )
