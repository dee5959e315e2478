"""Free text: what it mentions, whether it says anything, and how a message shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from posecheck.rules.body_part_names import listed

_WORDS = frozenset(
    {
        *("", "none", "null", "nan", "na", "n a", "nil", "unknown", "undefined", "unspecified"),
        *("not specified", "not available", "not applicable", "not known", "no information"),
        *("placeholder", "default", "todo", "tbd", "to be determined", "dummy", "fake", "xxx"),
        *("description", "no description", "no description given", "description here"),
        *("pose estimation", "poseestimation", "software", "source software", "unknown software"),
        *("scorer", "unknown scorer", "no scorer", "version", "unknown version", "no version"),
    }
)
_PATHS = frozenset(
    {
        *("fake path", "fakepath", "path", "the path", "video path", "path to video", "my path"),
        *("filepath", "file path", "filename", "file name", "video", "no video", "original video"),
        *("no path", "some path", "videos", "original videos", "labeled videos", "labeled video"),
    }
)
_LONGEST_PLACEHOLDER = 60

_NAMES = 3
_GROUPS = 4
_WIDTH = 60


def mentions(text: str | None, words: Iterable[str]) -> bool:
    """Whether a text holds a word that begins with one of these, in any case of letters."""
    folded = folded_text(text)
    return any(re.search(rf"\b{re.escape(word.casefold())}", folded) for word in words)


def folded_text(text: str | None) -> str:
    """Return a text in lower case, with single spaces."""
    return " ".join((text or "").casefold().split())


def says_nothing(text: str | None) -> bool:
    """Whether a text is absent, blank, empty brackets, or a word that only fills the field."""
    return text is None or _words_of(text) in _WORDS


def is_placeholder_path(text: str) -> bool:
    """Whether a text stands where a path belongs and is none: ``fake_path``, ``path/to/a.mp4``."""
    if re.match(r"[\\/.]*path[\\/]to[\\/]", text, re.IGNORECASE):
        return True
    return _words_of(text) in _WORDS | _PATHS


def _words_of(text: str) -> str:
    """Reduce a text to its words; one that is too long to be a placeholder stays as it is."""
    if len(text.strip()) > _LONGEST_PLACEHOLDER:
        return text
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def grouped(pairs: Iterable[tuple[str, str]]) -> str:
    """Say who has what: ``pixels (nose, ear); millimeters (tail_base)``.

    Parameters
    ----------
    pairs
        What is common, and the name of a series that has it.
    """
    groups: dict[str, list[str]] = {}
    for common, name in pairs:
        groups.setdefault(common, []).append(name)
    said = [
        f"{common} ({listed(names, _NAMES)})" for common, names in list(groups.items())[:_GROUPS]
    ]
    rest = len(groups) - _GROUPS
    return "; ".join(said) + (f"; and {rest} more" if rest > 0 else "")


def shortened(text: str) -> str:
    """Bring free text to one line of at most 60 characters, with an ellipsis if it was longer."""
    line = " ".join(text[: 4 * _WIDTH].split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1].rstrip() + "…"
