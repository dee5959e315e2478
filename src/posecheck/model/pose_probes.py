"""Which recordings of a dandiset were asked for pose, and which were not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


class NotProbed(StrEnum):
    """Why nobody knows whether a recording holds pose."""

    NOT_CANDIDATE = "not-candidate"
    """Nothing in its path suggests it."""
    NOT_NAMED = "not-named"
    """The user named other recordings of the dandiset."""
    ZARR = "zarr"
    """It is a Zarr store without consolidated metadata that tells it, or only called like one."""
    FAILED = "failed"
    """Its bytes could not be had, however often they were asked for, or not be read."""
    EMBARGOED = "embargoed"
    """Its dandiset is embargoed, and not shown to this user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseProbes:
    """What the search for pose in a version of a dandiset came to.

    Attributes
    ----------
    probed
        Of how many recordings it is known whether they hold pose.
    with_pose
        How many of these do; they were checked.
    read_whole
        How many of the probed ones had to be read for that, since a few bytes did not tell it.
    not_probed
        Of how many it is not known, by the reason.
    not_listed
        Why not even the recordings of the dandiset are known; ``None`` if they are.
    failures
        Some of what failed, each as a sentence.
    """

    probed: int = 0
    with_pose: int = 0
    read_whole: int = 0
    not_probed: Mapping[NotProbed, int] = field(default_factory=dict)
    not_listed: NotProbed | None = None
    failures: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, by the names of ``docs/report.schema.json``."""
        return {
            "probed": self.probed,
            "with_pose": self.with_pose,
            "read_whole": self.read_whole,
            "not_probed": {reason.value: number for reason, number in self.not_probed.items()},
            "not_listed": self.not_listed and self.not_listed.value,
            "failures": list(self.failures),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Return what `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        not_listed = document["not_listed"]
        counts = document["not_probed"].items()
        return cls(
            probed=int(document["probed"]),
            with_pose=int(document["with_pose"]),
            read_whole=int(document["read_whole"]),
            not_probed={NotProbed(reason): int(number) for reason, number in counts},
            not_listed=None if not_listed is None else NotProbed(not_listed),
            failures=tuple(map(str, document["failures"])),
        )
