"""Where the real files lie: of other programs, and of situations from public reports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "POSECHECK_CORPUS"
FIELD_VARIABLE = "POSECHECK_FIELD"
_BESIDE_THE_CHECKOUT = Path(__file__).parents[3] / "shared"


def find_corpus() -> Path | None:
    """Return the folder of the real files: the variable's, or ``../shared/corpus``.

    Raises
    ------
    pytest.UsageError
        If the variable names a folder that is not there: who asks for the corpus must get it.
    """
    return _find(VARIABLE, "corpus")


def find_field() -> Path | None:
    """Return the folder of the situations from public reports, likewise: ``../shared/field``.

    Raises
    ------
    pytest.UsageError
        If the variable names a folder that is not there.
    """
    return _find(FIELD_VARIABLE, "field")


def _find(variable: str, name: str) -> Path | None:
    named = os.environ.get(variable)
    folder = Path(named) if named else _BESIDE_THE_CHECKOUT / name
    if (folder / "INDEX.md").is_file():
        return folder
    if named:
        raise pytest.UsageError(f"{variable} names {folder}, where no {name} lies")
    return None
