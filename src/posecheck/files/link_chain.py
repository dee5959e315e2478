"""The names through which a path leads to its content: each link on the way, and the last file."""

from __future__ import annotations

import os
from pathlib import Path

_MOST_LINKS = 40


def names_of(path: str) -> frozenset[str]:
    """Return what must not change so that a path leads to the same content.

    Parameters
    ----------
    path
        An absolute path; nothing need exist there.

    Returns
    -------
    frozenset of str
        Absolute paths without links in their folders: every link that is passed, and where the
        last one leads. A link of git-annex is among them, and so is the object it leads to.
    """
    names: set[str] = set()
    links = 0
    reached = ""
    pending = list(reversed(Path(path).parts))
    while pending:
        part = pending.pop()
        if part == os.pardir:
            reached = os.path.dirname(reached)  # noqa: PTH120 - text, thousands of times
            continue
        name = os.path.join(reached, part)  # noqa: PTH118
        try:
            target = os.readlink(name)  # noqa: PTH115
        except (OSError, ValueError):  # no link, not there, or a name that no file has
            reached = name
            continue
        names.add(name)
        links += 1
        if links > _MOST_LINKS:
            return frozenset(names)
        pending.extend(reversed(Path(target).parts))
    return frozenset({*names, reached})
