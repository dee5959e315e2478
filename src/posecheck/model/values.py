"""Plain values: what a finding carries as evidence, and what a document of it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Value = str | int | float | bool | None | tuple["Value", ...]
"""What a finding carries as evidence: plain values that JSON can hold."""


def plain_value(value: Value) -> Any:
    """Return a value with lists in place of tuples, as JSON has them."""
    return [plain_value(item) for item in value] if isinstance(value, tuple) else value


def value_from(value: Any) -> Value:
    """Return a value with tuples in place of lists.

    Raises
    ------
    TypeError
        If it holds anything but plain values.
    """
    if isinstance(value, list | tuple):
        return tuple(map(value_from, value))
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"not a plain value: {value!r}")


def text_in(document: Mapping[str, Any], name: str) -> str:
    """Return a text of a document, which may come from anybody.

    Raises
    ------
    KeyError
        If it is not there.
    TypeError
        If it is no text.
    """
    value = document[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value
