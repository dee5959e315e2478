"""What applying a plan says: while it works, and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is.

    Attributes
    ----------
    done, total
        Bytes of what is brought. What a plan brings by a link counts as much as what it copies.
    what
        What is being done, as a clause: ``bringing sub-01/a.mp4``.
    copied
        Bytes that were really copied: what is linked, or shares its blocks, takes no room.
    """

    done: int
    total: int
    what: str
    copied: int = 0


OnProgress = Callable[[Progress], None]
"""Is told how far it is, by one thread at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was done.

    Attributes
    ----------
    run
        The run's name, as its folder in ``.posecheck/organize`` is called.
    recordings, media
        How many NWB files, and how many videos and images, are in their places.
    bytes
        How much they are.
    seconds
        How long it took.
    notes
        What a person should know, as sentences: by which way videos came, what was left behind.
    """

    run: str
    recordings: int
    media: int
    bytes: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What was taken back.

    Attributes
    ----------
    run
        The run's name.
    recordings, media
        How many NWB files, and how many videos and images, are no longer in their places.
    seconds
        How long it took.
    notes
        What a person should know, as sentences: folders that were kept because something else lies
        in them.
    """

    run: str
    recordings: int
    media: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalized:
    """What is given up, or was, when runs are made final.

    Attributes
    ----------
    runs
        How many runs can no longer be taken back.
    originals
        How many videos there are whose only copy in their first container this removes.
    bytes
        How much room is free then.
    notes
        What a person should know, as sentences.
    """

    runs: int
    originals: int
    bytes: int
    notes: tuple[str, ...] = ()
