"""What single values of a configuration may be, and how a message names one."""

from __future__ import annotations

import math
import re
from typing import Any

from posecheck.execution.limits import MOST_FILE_MEMORY
from posecheck.model.rule import Parameter
from posecheck.model.values import Value

_LONGEST_DESCRIPTION = 100

_SIZE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?) ?(?P<unit>(?:[KMGT]i?)?B)?", re.ASCII)
_UNITS = {"B": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_size(text: str) -> int:
    """Turn ``512 MB``, ``4GiB`` or ``1000000`` into bytes; units count in steps of 1024.

    Raises
    ------
    ValueError
        If it is not a number above 0 with a unit from B to TB, or more than 2**62 bytes.
    """
    match = _SIZE.fullmatch(text.strip())
    size = 0
    if match is not None and len(match["number"]) < 20:
        size = int(float(match["number"]) * 1024 ** _UNITS[(match["unit"] or "B")[0]])
    if size <= 0:
        raise ValueError(f"{text!r} is no size such as '512 MB' or '4 GB'")
    if size > MOST_FILE_MEMORY:
        raise ValueError(f"{text!r} is more than any machine holds (at most 2**62 bytes)")
    return size


def is_of_kind(parameter: Parameter, value: Value) -> bool:
    """Whether a value can stand for a parameter: the default's type decides.

    A number that is not finite cannot: no threshold means anything beside it.
    """
    default = parameter.default
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and _is_finite(value)
    if isinstance(default, str):
        return isinstance(value, str)
    if not isinstance(value, tuple):
        return False
    # A list that dandi provides is a list of words; any other is like its own default.
    wanted = (int, float) if default and _is_numeric(default) else (str,)
    return all(
        isinstance(item, wanted)
        and not isinstance(item, bool)
        and (isinstance(item, str) or _is_finite(item))
        for item in value
    )


def format_value(value: Any) -> str:
    """Return a value as a message names it: cut, since a file may hold a number of any length."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integers of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_DESCRIPTION else f"{text[:_LONGEST_DESCRIPTION]}…"


def _is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond what a float holds
        return False


def _is_numeric(default: Value) -> bool:
    return isinstance(default, tuple) and all(isinstance(item, int | float) for item in default)


def example_of(parameter: Parameter) -> str:
    """Return a value that a parameter may have, as a message names it."""
    if isinstance(parameter.default, tuple):
        return repr(list(parameter.default))
    return "a list of words" if parameter.default is None else repr(parameter.default)
