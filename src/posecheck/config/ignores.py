"""The ignores of a configuration: codes with their reasons, and the day on which they expire."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from posecheck.config.value_types import format_value


@dataclass(frozen=True, slots=True)
class IgnoreTerms:
    """Why something is ignored, and for how long.

    Attributes
    ----------
    reason
        In words; empty if none is given.
    expires
        The day from which on it is no longer ignored; ``None`` for never.
    """

    reason: str = ""
    expires: datetime.date | None = None


def has_expired(terms: IgnoreTerms, today: datetime.date | None = None) -> bool:
    """Whether the day of an ignore has come; by default today's date, in UTC, decides."""
    today = today or datetime.datetime.now(datetime.UTC).date()
    return terms.expires is not None and today >= terms.expires


def read_terms(value: Any) -> IgnoreTerms:
    """Read what a configuration says of one ignored selector.

    Parameters
    ----------
    value
        The reason in words, or a table of ``reason`` and ``expires``.

    Raises
    ------
    ValueError
        If it is neither; the sentence says what is wanted.
    """
    if isinstance(value, str) and value.strip():
        return IgnoreTerms(value)
    if not isinstance(value, Mapping):
        problem = f"wanted the reason in words, got {format_value(value)}"
        raise ValueError(problem)  # noqa: TRY004 - what a file says is a value
    unknown = sorted(set(value) - {"reason", "expires"})
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; there are reason and expires")
    reason, expires = value.get("reason", ""), value.get("expires")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"wanted the reason in words as reason, got {format_value(reason)}")
    # A date-time of TOML is a date to Python, too.
    if expires is not None and type(expires) is not datetime.date:
        problem = f"wanted a date such as 2027-01-31 as expires, got {format_value(expires)}"
        raise ValueError(problem)
    return IgnoreTerms(reason, expires)
