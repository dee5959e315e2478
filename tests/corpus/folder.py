"""Where the real files lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "POSECHECK_CORPUS"
_BESIDE_THE_CHECKOUT = Path(__file__).parents[3] / "shared" / "corpus"


def find_corpus() -> Path | None:
    """Return the folder of the real files: the variable's, or ``../shared/corpus``.

    Raises
    ------
    pytest.UsageError
        If the variable names a folder that is not there: who asks for the corpus must get it.
    """
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else _BESIDE_THE_CHECKOUT
    if (folder / "INDEX.md").is_file():
        return folder
    if named:
        raise pytest.UsageError(f"{VARIABLE} names {folder}, where no corpus lies")
    return None
