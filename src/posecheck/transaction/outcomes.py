"""What a transaction returns when it is undone or made final."""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.transaction.items import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverted:
    """What was undone.

    Attributes
    ----------
    run
        The run's name.
    items
        The files that are no longer in their places, or are as they were before.
    seconds
        How long it took.
    notes
        What a person should know, as sentences: folders that were kept because something else lies
        in them.
    """

    run: str
    items: tuple[Item, ...]
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalized:
    """What is given up, or was, when runs are made final.

    Attributes
    ----------
    runs
        How many runs can no longer be undone.
    originals
        How many videos there are whose only copy in their first container this removes.
    bytes
        How much disk space is free then.
    notes
        What a person should know, as sentences.
    """

    runs: int
    originals: int
    bytes: int
    notes: tuple[str, ...] = ()
