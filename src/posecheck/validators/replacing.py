"""Give a module another object under a name, for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import ModuleType


@contextlib.contextmanager
def replaced(module: ModuleType, name: str, value: object) -> Iterator[None]:
    """Have a module use another object, until the block ends."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)
