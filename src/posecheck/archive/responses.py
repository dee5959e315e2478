"""The responses of a server: read up to a limit, and checked before they are used."""

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

LARGEST_RESPONSE = 64 * 1024 * 1024
"""The largest response in bytes that is read: ten times the size of a page of a listing."""

_BLOCK = 64 * 1024
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response that has been read.

    Attributes
    ----------
    server
        The server's name, for messages.
    status_code, headers, body
        As in HTTP.
    token
        The user's token, which is never quoted from the response.
    """

    server: str
    status_code: int
    headers: Mapping[str, str]
    body: bytes = b""
    token: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status_code < 300

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the JSON value of the body.

        Raises
        ------
        ArchiveError
            If the body is not JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ArchiveError(
                f"{self.server} answered with something other than JSON; is the address right?",
                status=self.status_code,
            ) from None

    def json_object(self) -> JsonObject:
        """Return the JSON object of the body.

        Raises
        ------
        ArchiveError
            If the body holds something else.
        """
        return JsonObject.of(self.json(), self.server, "the answer")


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object of a response, whose values are checked when they are read.

    A value that is null counts as missing. Every method raises `ArchiveError` for a value of
    another type, and for a missing one that has no default.
    """

    values: Mapping[str, Any]
    server: str

    @classmethod
    def of(cls, value: Any, server: str, place: str) -> JsonObject:
        """Return a JSON value as an object."""
        if not isinstance(value, dict):
            raise _unexpected(server, f"{place} is no object")
        return cls(value, server)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        return str(self._value(key, str, "text", default))

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number that is not negative."""
        value = self._value(key, int, "number", default)
        if isinstance(value, bool) or value < 0:
            raise _unexpected(self.server, f"{key!r} is not a number from 0 on")
        return int(value)

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; an empty one if it is missing."""
        values = self._value(key, list, "list", [])
        if not all(isinstance(value, str) for value in values):
            raise _unexpected(self.server, f"{key!r} holds something else than text")
        return list(values)

    def items(self, key: str) -> list[Any]:
        """Return a list of anything; an empty one if it is missing."""
        return list(self._value(key, list, "list", []))

    def object(self, key: str) -> JsonObject:
        """Return an object in this one; an empty one if it is missing."""
        return JsonObject(self._value(key, dict, "object", {}), self.server)

    def objects(self, key: str) -> list[JsonObject]:
        """Return a list of objects."""
        values = self._value(key, list, "list", None)
        return [JsonObject.of(value, self.server, f"an item of {key!r}") for value in values]

    def _value(self, key: str, kind: type[Any], name: str, default: Any) -> Any:
        value = self.values.get(key)
        value = default if value is None else value
        if value is None:
            raise _unexpected(self.server, f"{key!r} is missing")
        if not isinstance(value, kind):
            raise _unexpected(self.server, f"{key!r} is no {name}")
        return value


def _unexpected(server: str, why: str) -> ArchiveError:
    return ArchiveError(
        f"{server} answered something that posecheck does not understand ({why}). Look whether "
        "the address is right and the installed dandi as new as the archive (pip install "
        "--upgrade dandi)."
    )


def read_response(response: requests.Response, server: str, token: str) -> Response:
    """Read a response that takes, unpacked, no more than `LARGEST_RESPONSE`.

    Raises
    ------
    ArchiveError
        If it is larger, or compressed in a way that was not asked for.
    OSError
        If the connection ends; urllib3 has exceptions of its own for that, too.
    """
    try:
        body = _unpacked(response, server)
    except BaseException:
        response.close()
        raise
    return Response(
        server=server,
        status_code=response.status_code,
        headers=response.headers,
        body=body,
        token=token,
    )


def _unpacked(response: requests.Response, server: str) -> bytes:
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing not in {"", "identity", "gzip"}:
        raise ArchiveError(
            f"{server} compressed its answer in a way that posecheck did not ask for"
        )
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS) if packing == "gzip" else None
    blocks: list[bytes] = []
    left = LARGEST_RESPONSE
    while block := response.raw.read(_BLOCK, decode_content=False):
        if unpacker is not None:
            try:
                block = unpacker.decompress(block, left + 1)
            except zlib.error:
                raise ArchiveError(
                    f"{server} sent a compressed answer that cannot be unpacked"
                ) from None
        left -= len(block)
        if left < 0:
            raise ArchiveError(
                f"{server} answered with more than {LARGEST_RESPONSE // 1024**2} MB; an "
                "archive never does. Is the address right?"
            )
        blocks.append(block)
    return b"".join(blocks)


def quote_response(response: Response) -> str:
    """Return the text of a response as one short line, without markup and secrets."""
    try:
        text: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        text = _without_markup(response.text[: 20 * _LONGEST_QUOTE])
    while isinstance(text, list | dict) and len(text) == 1:
        text = text[0] if isinstance(text, list) else next(iter(text.values()))
    line = without_queries(" ".join(str(text)[: 20 * _LONGEST_QUOTE].split()))
    if response.token:
        line = line.replace(response.token, "…")
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def _without_markup(text: str) -> str:
    # What S3 says beyond its message repeats the request, with its signature.
    if message := re.search(r"<Message>(.*?)</Message>", text, re.DOTALL):
        text = message.group(1)
    return re.sub(r"<[^>]*>", " ", text)
