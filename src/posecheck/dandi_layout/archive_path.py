"""Which paths the archive stores."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_PATH = 512
"""Characters that the archive stores of a path."""

_CHARACTER = re.compile(r"[A-z0-9(),&\s#+~_=.-]", re.ASCII)


def refused_characters(names: Iterable[str]) -> tuple[str, ...]:
    """Return the characters of a path's components that the archive does not store, each once."""
    refused = (character for name in names for character in name if not _CHARACTER.match(character))
    return tuple(dict.fromkeys(refused))
