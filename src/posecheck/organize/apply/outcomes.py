"""What applying a plan to organize returns, and what undoing it does."""

from __future__ import annotations

from dataclasses import dataclass


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
        What a person should know, as sentences: how videos came to their places, what was left
        behind.
    """

    run: str
    recordings: int
    media: int
    bytes: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What was undone.

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
