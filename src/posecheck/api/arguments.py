"""Arguments as a program hands them over, checked and brought into one form.

A type checker sees most mistakes before; who has none gets a sentence that names the argument.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from posecheck.archive.request_rate import LEAST_RATE, MOST_RATE
from posecheck.execution.limits import LEAST_SECONDS, MOST_FILE_MEMORY, MOST_SECONDS
from posecheck.model.errors import Argument, UsageError

AnyPath = str | os.PathLike[str]

_Choice = TypeVar("_Choice", bound=StrEnum)
_LONGEST = 100


def as_paths(paths: AnyPath | Iterable[AnyPath], *, keyword: str = "paths") -> tuple[str, ...]:
    """Return one path, or several, as texts.

    Raises
    ------
    UsageError
        If one of them is no path.
    """
    several = (paths,) if isinstance(paths, str | os.PathLike) else _listed(keyword, paths, "paths")
    for path in several:
        if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
            _refuse(keyword, "paths", path)
    return tuple(os.fspath(path) for path in several)


def as_path(keyword: str, path: AnyPath | None) -> Path | None:
    """Return a path; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If it is none.
    """
    if path is None:
        return None
    (text,) = as_paths((path,), keyword=keyword)
    return Path(text)


def as_scheduler(scheduler: AnyPath | None) -> str | None:
    """Return the address or the file of a Dask scheduler as a text; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if scheduler is None:
        return None
    (text,) = as_paths((scheduler,), keyword="scheduler")
    return text


def as_codes(keyword: str, codes: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Return codes as they may be given: one, several in one text, or a list of them.

    Raises
    ------
    UsageError
        If one of them is no text.
    """
    if codes is None:
        return None
    several = (codes,) if isinstance(codes, str) else _listed(keyword, codes, "codes")
    for code in several:
        if not isinstance(code, str):
            _refuse(keyword, "codes such as 'VID' or 'CNF007'", code)
    return tuple(
        code.strip() for text in several for code in (text.split(",") if text.strip() else [text])
    )


def as_texts(keyword: str, values: str | Iterable[str]) -> tuple[str, ...]:
    """Return several texts, or one alone.

    Raises
    ------
    UsageError
        If one of them is no text.
    """
    several = (values,) if isinstance(values, str) else _listed(keyword, values, "texts")
    for value in several:
        if not isinstance(value, str):
            _refuse(keyword, "texts", value)
    return several


def as_per_file(
    keyword: str, pairs: Iterable[tuple[str, str]] | None
) -> tuple[tuple[str, str], ...] | None:
    """Return pairs of a glob and a code.

    Raises
    ------
    UsageError
        If one of them is no such pair.
    """
    if pairs is None:
        return None
    wanted = "pairs such as ('sub-01/*.nwb', 'VID002')"
    found = []
    for pair in _listed(keyword, pairs, wanted):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            _refuse(keyword, wanted, pair)
        glob, code = pair
        if not isinstance(glob, str) or not isinstance(code, str):
            _refuse(keyword, wanted, pair)
        found.append((glob, code))
    return tuple(found)


def as_choice(keyword: str, kind: type[_Choice], value: _Choice | str) -> _Choice:
    """Return one of a few values, which may be given as text.

    Raises
    ------
    UsageError
        If it is none of them.
    """
    try:
        return kind(value)
    except ValueError:
        _refuse(keyword, f"one of {', '.join(kind)}", value)


def as_names(
    keyword: str, known: Sequence[str], values: Iterable[str] | None
) -> tuple[str, ...] | None:
    """Return several of the names that are known, or one alone; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If one is none of them, or there is none.
    """
    if values is None:
        return None
    several = (values,) if isinstance(values, str) else _listed(keyword, values, "a list")
    if not several:
        _refuse(keyword, f"some of {', '.join(known)}", values)
    for value in several:
        if value not in known:
            _refuse(keyword, f"one of {', '.join(known)}", value)
    return tuple(str(value) for value in several)


def as_count(keyword: str, value: Any) -> int | None:
    """Return a whole number above 0; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If it is no whole number above 0.
    """
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        _refuse(keyword, "a whole number above 0", value)
    return None if value is None else int(value)


def as_bytes(keyword: str, value: Any) -> int | None:
    """Return a number of bytes; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If it is no whole number from 1 to 2**62.
    """
    count = as_count(keyword, value)
    if count is not None and count > MOST_FILE_MEMORY:
        _refuse(keyword, "bytes, at most 2**62", value)
    return count


def as_seconds(keyword: str, value: Any) -> float | None:
    """Return a time limit; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If it is no number of seconds that a clock counts.
    """
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or math.isnan(value) or not LEAST_SECONDS <= value <= MOST_SECONDS:
        _refuse(keyword, f"seconds from {LEAST_SECONDS} to {MOST_SECONDS:.0f}", value)
    return float(value)


def as_rate(keyword: str, value: Any) -> float | None:
    """Return a number of requests a second; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If it is no number within what a run can keep to.
    """
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not LEAST_RATE <= value <= MOST_RATE:
        _refuse(keyword, f"requests a second from {LEAST_RATE} to {MOST_RATE:.0f}", value)
    return float(value)


def as_fraction(keyword: str, value: float | None) -> float | None:
    """Return a fraction; ``None`` stays what it is.

    Raises
    ------
    UsageError
        If it is not above 0, or above 1.
    """
    if value is not None and not 0 < value <= 1:
        raise UsageError(Argument(keyword), f" must be above 0 and at most 1, not {value}")
    return value


def _listed(keyword: str, values: Any, wanted: str) -> tuple[Any, ...]:
    if isinstance(values, bytes) or not isinstance(values, Iterable):
        _refuse(keyword, wanted, values)
    return tuple(values)


def _refuse(keyword: str, wanted: str, value: object) -> NoReturn:
    text = repr(value)
    quoted = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    raise UsageError(Argument(keyword), f": wanted {wanted}, got {quoted}")
