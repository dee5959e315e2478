"""A report as one JSON document, for programs; ``docs/report.schema.json`` describes it.

The text is pure ASCII, so that it is right in every encoding and harmless on every terminal, and
strict (RFC 8259): it holds none of the ``NaN`` and ``Infinity`` that Python would write.
"""

from __future__ import annotations

import dataclasses
import json
import math
import numbers
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from posecheck.model.report import Report

_SURROGATES = re.compile("[\ud800-\udfff]")


def to_json(report: Report) -> str:
    """Write a finished report as JSON.

    Parameters
    ----------
    report
        The report.

    Returns
    -------
    str
        One document, indented, ending in a line feed. See `plain` for what JSON cannot hold.
    """
    return "".join(json_pieces(report))


def json_pieces(report: Report) -> Iterator[str]:
    """Yield the document that `to_json` returns piece by piece, at most a file's part at a time."""
    yield dump(report.head()).removesuffix("\n}\n")
    for name, items in report.lists().items():
        yield f',\n  "{name}": '
        yield from list_pieces(items, indent=2)
    yield "\n}\n"


def list_pieces(items: Iterable[Any], *, indent: int = 0) -> Iterator[str]:
    """Yield a list as `json.dumps` with an indent of 2 writes it, item by item.

    Parameters
    ----------
    items
        Values that `plain` takes.
    indent
        By how many characters the list itself is indented.
    """
    blanks = " " * (indent + 2)
    before = "["
    for item in items:
        # No text holds a line feed: JSON spells it out.
        text = json.dumps(plain(item), indent=2, allow_nan=False).replace("\n", f"\n{blanks}")
        yield f"{before}\n{blanks}{text}"
        before = ","
    yield "[]" if before == "[" else f"\n{' ' * indent}]"


def dump(document: Mapping[str, Any]) -> str:
    """Write any of posecheck's values as strict JSON, indented, ending in a line feed."""
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    r"""Turn a value of the model into what JSON can hold.

    Parameters
    ----------
    value
        Dataclasses, mappings, sequences, enumerations, text and numbers, nested.

    Returns
    -------
    Any
        Dataclasses as objects by field name. NaN and the infinities as the strings ``"NaN"``,
        ``"Infinity"`` and ``"-Infinity"``: ``null`` already means "not stored". A lone surrogate,
        which stands for an undecodable byte of a file name and which many JSON parsers refuse,
        is spelled out as the six characters ``\udc80``. Anything else as its text.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return _number(float(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value))


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
