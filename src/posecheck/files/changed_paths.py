"""Which paths differ between a revision and a work tree, as git lists them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPaths:
    """What differs from a revision, by paths relative to the repository.

    Attributes
    ----------
    present
        Paths that were added or changed.
    gone
        Paths that are no longer there under this name.
    renamed
        The old path of each file that git recognizes under a new one.
    """

    present: frozenset[str]
    gone: frozenset[str]
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def every(self) -> frozenset[str]:
        """All paths at which something changed."""
        return self.present | self.gone


def raw_entries(output: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield status, old path (of a rename) and path from ``--raw -z``."""
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head:
            continue
        status = head.rsplit(b" ", 1)[-1].decode("ascii", "replace")[:1]
        first = os.fsdecode(next(fields))
        if status in {"R", "C"}:
            second = os.fsdecode(next(fields))
            yield status, first if status == "R" else "", second
        else:
            yield status, "", first
