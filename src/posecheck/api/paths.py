"""Paths as a program hands them over."""

from __future__ import annotations

import os
from collections.abc import Iterable

AnyPath = str | os.PathLike[str]


def as_paths(paths: AnyPath | Iterable[AnyPath]) -> tuple[str, ...]:
    """Return one path, or several, as texts."""
    if isinstance(paths, str | os.PathLike):
        return (os.fspath(paths),)
    return tuple(os.fspath(path) for path in paths)
