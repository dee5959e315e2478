"""What a declaration says of a fix: its safety, what it changes, and what it assumes."""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.model.edit import FixSafety


@dataclass(frozen=True, slots=True)
class Fix:
    """What is said to a person who decides whether the edits of a hit are made.

    Attributes
    ----------
    safety
        Whether the edits may be made without asking.
    what
        What is changed in the file, in one or two sentences.
    assumption
        What must be true so that an unsafe fix is right. Empty if it is safe.
    """

    safety: FixSafety
    what: str
    assumption: str = ""
