"""Texts that fill a field and say nothing."""

from __future__ import annotations

import re

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
_LONGEST = 60


def says_nothing(text: str | None) -> bool:
    """Whether a text is absent, blank, empty brackets, or a word that only fills the field."""
    return text is None or _folded(text) in _WORDS


def is_placeholder_path(text: str) -> bool:
    """Whether a text stands where a path belongs and is none: ``fake_path``, ``path/to/a.mp4``."""
    if re.match(r"[\\/.]*path[\\/]to[\\/]", text, re.IGNORECASE):
        return True
    return _folded(text) in _WORDS | _PATHS


def _folded(text: str) -> str:
    """Reduce a text to its words; one that is too long to be a placeholder stays as it is."""
    if len(text.strip()) > _LONGEST:
        return text
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
