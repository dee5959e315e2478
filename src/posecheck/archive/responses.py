"""What a server answers: read within bounds, and taken apart as if it were wrong."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from posecheck.archive.addresses import without_queries
from posecheck.archive.errors import ArchiveError

if TYPE_CHECKING:
    import requests

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest answer that is read: some ten times what a page of a listing takes."""

_BLOCK = 64 * 1024
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that has been read.

    Attributes
    ----------
    who
        Whose it is, for messages.
    status_code, headers, body
        What it says.
    secret
        What must never be quoted from it.
    """

    who: str
    status_code: int
    headers: Mapping[str, str]
    body: bytes = b""
    secret: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status_code < 300

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return what its JSON says.

        Raises
        ------
        ArchiveError
            If it is no JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ArchiveError(
                f"{self.who} answered with something else than JSON; is the address right?",
                status=self.status_code,
            ) from None

    def record(self) -> Record:
        """Return what its JSON says, if that is an object.

        Raises
        ------
        ArchiveError
            If it is something else.
        """
        return Record.of(self.json(), self.who, "the answer")


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object of an answer, whose values are looked at before they are believed.

    A value that is null counts as missing. Every method raises `ArchiveError` for a value of
    another kind, and for a missing one that has no default.
    """

    values: Mapping[str, Any]
    who: str

    @classmethod
    def of(cls, value: Any, who: str, place: str) -> Record:
        """Return a JSON value as a record."""
        if not isinstance(value, dict):
            raise _nonsense(who, f"{place} is no object")
        return cls(value, who)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        return str(self._value(key, str, "text", default))

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number that is not negative."""
        value = self._value(key, int, "number", default)
        if isinstance(value, bool) or value < 0:
            raise _nonsense(self.who, f"{key!r} is no number that could be")
        return int(value)

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; an empty one if it is missing."""
        values = self._value(key, list, "list", [])
        if not all(isinstance(value, str) for value in values):
            raise _nonsense(self.who, f"{key!r} holds something else than text")
        return list(values)

    def items(self, key: str) -> list[Any]:
        """Return a list of anything; an empty one if it is missing."""
        return list(self._value(key, list, "list", []))

    def record(self, key: str) -> Record:
        """Return a record in this one; an empty one if it is missing."""
        return Record(self._value(key, dict, "object", {}), self.who)

    def records(self, key: str) -> list[Record]:
        """Return a list of records."""
        values = self._value(key, list, "list", None)
        return [Record.of(value, self.who, f"an item of {key!r}") for value in values]

    def _value(self, key: str, kind: type[Any], name: str, default: Any) -> Any:
        value = self.values.get(key)
        value = default if value is None else value
        if value is None:
            raise _nonsense(self.who, f"{key!r} is missing")
        if not isinstance(value, kind):
            raise _nonsense(self.who, f"{key!r} is no {name}")
        return value


def _nonsense(who: str, why: str) -> ArchiveError:
    return ArchiveError(
        f"{who} answered what posecheck does not understand ({why}). Look whether the address is "
        "right and the installed dandi as new as the archive (pip install --upgrade dandi)."
    )


def read_answer(response: requests.Response, who: str, secret: str) -> Answer:
    """Read an answer, unpacked no larger than `LARGEST`.

    Raises
    ------
    ArchiveError
        If it is larger, or packed in a way that was not asked for.
    OSError
        If the connection ends; urllib3 has exceptions of its own for that, too.
    """
    try:
        body = _unpacked(response, who)
    except BaseException:
        response.close()
        raise
    return Answer(
        who=who,
        status_code=response.status_code,
        headers=response.headers,
        body=body,
        secret=secret,
    )


def _unpacked(response: requests.Response, who: str) -> bytes:
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing not in {"", "identity", "gzip"}:
        raise ArchiveError(f"{who} packed its answer in a way that nobody asked for")
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS) if packing == "gzip" else None
    blocks: list[bytes] = []
    left = LARGEST
    while block := response.raw.read(_BLOCK, decode_content=False):
        if unpacker is not None:
            try:
                block = unpacker.decompress(block, left + 1)
            except zlib.error:
                raise ArchiveError(f"{who} packed its answer wrong") from None
        left -= len(block)
        if left < 0:
            raise ArchiveError(
                f"{who} answered with more than {LARGEST // 1024**2} MB, which no answer of an "
                "archive has; is the address right?"
            )
        blocks.append(block)
    return b"".join(blocks)


def quote_answer(answer: Answer) -> str:
    """Return what an answer says, on one short line, without markup and secrets."""
    try:
        said: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = _plain(answer.text[: 20 * _LONGEST_QUOTE])
    while isinstance(said, list | dict) and len(said) == 1:
        said = said[0] if isinstance(said, list) else next(iter(said.values()))
    line = without_queries(" ".join(str(said)[: 20 * _LONGEST_QUOTE].split()))
    if answer.secret:
        line = line.replace(answer.secret, "…")
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def _plain(text: str) -> str:
    # What S3 says beyond its message repeats the request, with its signature.
    if message := re.search(r"<Message>(.*?)</Message>", text, re.DOTALL):
        text = message.group(1)
    return re.sub(r"<[^>]*>", " ", text)
