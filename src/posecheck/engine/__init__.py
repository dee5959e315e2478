"""Configure, select, bind and run: from paths to a report.

The names are imported when they are asked for: a worker imports this package too, and what it does
not need would delay the first answer by a tenth of a second.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posecheck.engine.runner import run
    from posecheck.engine.settings import Settings
    from posecheck.engine.single_file import describe

__all__ = ["Settings", "describe", "run"]

_HOMES = {"Settings": "settings", "describe": "single_file", "run": "runner"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
