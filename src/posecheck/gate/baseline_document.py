"""The text of a baseline: TOML, in which each entry is a block.

People write reasons into it and git merges it, so it is TOML: no comma joins two entries, and one
that is added or removed changes no line of another. The blocks are sorted. It may come with an
untrusted checkout, so whatever is not understood is an error.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from posecheck.model.baseline import KnownFinding
from posecheck.model.errors import ConfigurationError
from posecheck.model.fingerprint import fingerprint_of_entry

FORMAT = 1
"""The version of the format."""

MOST_BYTES = 20_000_000
"""What a baseline may have; 5,000 entries take one megabyte."""

_LONGEST_LINE = 100_000
_MOST_COUNT = 1_000_000_000
_REQUIRED = ("path", "code", "location")
_OPTIONAL = ("subject", "variant", "count", "reason")
_HEAD = f"""\
# Findings that are known and fail nothing: posecheck validate --baseline FILE
# Written by posecheck validate --write-baseline FILE, which keeps each reason = "…" that you add.
format = {FORMAT}
"""


def read_entries(text: str, name: str) -> tuple[KnownFinding, ...]:
    """Read the entries of a baseline.

    Parameters
    ----------
    text
        The TOML.
    name
        What messages call it.

    Returns
    -------
    tuple of KnownFinding
        Each fingerprint once: of two entries, as a merge may leave them, the larger count.

    Raises
    ------
    ConfigurationError
        If it is not TOML, not a baseline, or one of another format.
    """
    document = _parse(text, name)
    version = document.get("format")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ConfigurationError(f"{name} is no baseline of posecheck: it has no `format = 1`")
    if version != FORMAT:
        raise ConfigurationError(
            f"{name} is a baseline of format {version}, and this posecheck reads format {FORMAT}: "
            "use the posecheck that wrote it, or write it again with --write-baseline"
        )
    unknown = document.keys() - {"format", "known"}
    if unknown:
        raise ConfigurationError(f"{name}: unknown key {min(unknown)!a}")
    listed = document.get("known", [])
    if not isinstance(listed, list):
        raise ConfigurationError(f"{name}: known: wanted a list of tables")
    entries: dict[str, KnownFinding] = {}
    for number, table in enumerate(listed, start=1):
        entry = _entry(table, f"{name}: entry {number}")
        key = fingerprint_of_entry(entry)
        other = entries.setdefault(key, entry)
        if other is not entry:
            entries[key] = replace(
                other, count=max(other.count, entry.count), reason=other.reason or entry.reason
            )
    return tuple(entries.values())


def write_entries(entries: Iterable[KnownFinding]) -> str:
    """Return the text of a baseline, its entries sorted by path, code and location."""
    ordered = sorted(entries, key=attrgetter("path", "code", "location", "subject", "variant"))
    return _HEAD + "".join("".join(_block(entry)) for entry in ordered)


def _parse(text: str, name: str) -> Mapping[str, Any]:
    if len(text) > MOST_BYTES:
        raise ConfigurationError(f"{name} is too large for a baseline")
    if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        raise ConfigurationError(f"{name} has a line that is too long for a baseline")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{name} is no baseline: it is not TOML: {error}") from error
    except ValueError as error:  # Python reads no integers of more than 4300 digits
        raise ConfigurationError(f"{name} holds a number of thousands of digits") from error


def _entry(table: object, where: str) -> KnownFinding:
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where}: wanted a table")
    for key in _REQUIRED:
        if key not in table:
            raise ConfigurationError(f"{where}: has no {key}")
    for key, value in table.items():
        if key not in {*_REQUIRED, *_OPTIONAL}:
            raise ConfigurationError(f"{where}: unknown key {key!a}")
        if key != "count" and not isinstance(value, str):
            raise ConfigurationError(f"{where}: {key}: wanted text")
    count = table.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= _MOST_COUNT:
        raise ConfigurationError(f"{where}: count: wanted a whole number above 0")
    return KnownFinding(**table)


def _block(entry: KnownFinding) -> Iterator[str]:
    yield "\n[[known]]\n"
    for key in (*_REQUIRED, *_OPTIONAL):
        value = getattr(entry, key)
        if isinstance(value, int):
            if value != 1:
                yield f"{key} = {value}\n"
        elif value or key in _REQUIRED:
            yield f"{key} = {_quoted(value)}\n"


def _quoted(text: str) -> str:
    """Write a basic string of TOML, in which nothing is invisible."""
    return "".join(
        each if each.isprintable() else _escaped(each)
        for each in json.dumps(text, ensure_ascii=False)
    )


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"
