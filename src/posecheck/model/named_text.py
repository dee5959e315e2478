"""A text that was read already, and where."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NamedText:
    """The content of a file, for a reader that must not look for the file itself.

    Attributes
    ----------
    name
        What messages call it.
    text
        The content.
    """

    name: str
    text: str = field(repr=False)
