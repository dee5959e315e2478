"""How much of the arrays of a file is read."""

from __future__ import annotations

from enum import StrEnum


class DataRead(StrEnum):
    """How much of the arrays of a file is read.

    ``sample`` reads the first rows, the last, and some that lie evenly between them; arrays that
    are no longer than that it reads whole. ``none`` reads no array, only headers and small values.
    """

    FULL = "full"
    SAMPLE = "sample"
    NONE = "none"
