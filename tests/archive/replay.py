"""The recorded requests, asked again of an archive of one's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from tests.archive.exchanges import UUID, Exchange
from tests.archive.sending import etag_of, md5_of, send
from tests.archive.server import Archive
from tests.archive.store import part_sizes

_DIGEST = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32}(?:-\d+)?)\b")
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_MADE_UP = re.compile(r"(\w)\1{31}")
"""Digests that were nobody's when they were recorded: they stay what they are."""


class Replay:
    """Asks an archive what was asked of the recorded one, each in the other's names.

    Identifiers are learned by laying each answer beside the recorded one. The bytes that were sent
    are not in the record: others of the same size are sent, and digests translated.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._names: dict[str, str] = {}
        self._urls: dict[tuple[str, str], str] = {}
        self._contents: dict[str, list[bytes]] = {}
        self._session = requests.Session()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, exchange: Exchange, token: str | None = None) -> Exchange:
        """Ask again, and return the exchange as it was this time."""
        headers = {}
        if exchange.server == "api":
            self._prepare(exchange)
            url = self._archive.url + self._translate(exchange.path)
            body = self._translate(exchange.request_body).encode()
            if body:
                headers["Content-Type"] = "application/json"
        else:
            url, body = self._urls[_place(exchange)], self._stored(exchange)
        if token is not None:
            scheme = exchange.request_headers["Authorization"].partition(" ")[0]
            headers["Authorization"] = f"{scheme} {token}"
        answer = self._session.request(
            exchange.method, url, data=body, headers=headers, allow_redirects=False, timeout=60
        )
        binary = answer.headers.get("Content-Type") == "application/octet-stream"
        played = replace(
            exchange,
            path=answer.request.path_url,
            status=answer.status_code,
            response_headers=dict(answer.headers),
            response_body="" if binary else answer.text,
        )
        self._learn(exchange, played)
        return played

    def supply(self, etag: str, size: int, dandiset: str, metadata: dict[str, Any]) -> None:
        """Make an asset that the recorded archive had got when nobody wrote it down."""
        parts = list(_make_up(etag, size))
        self._contents[etag] = parts
        self._name(etag, etag_of(parts))
        send(self._archive, dandiset, metadata["path"], parts, metadata)

    def _translate(self, text: str) -> str:
        text = UUID.sub(lambda found: self._names.get(found[0], found[0]), text)
        return _DIGEST.sub(lambda found: self._names.get(found[0], found[0]), text)

    def _prepare(self, exchange: Exchange) -> None:
        """Make up the bytes whose digests the request names for the first time."""
        if exchange.path.endswith("/initialize/") and exchange.status in {200, 409}:
            wanted = json.loads(exchange.request_body)
            etag = wanted["digest"]["value"]
            if etag not in self._contents:
                parts = list(_make_up(etag, wanted["contentSize"]))
                self._contents[etag] = parts
                self._name(etag, etag_of(parts))
        elif exchange.path.endswith("/complete/"):
            (upload,) = UUID.findall(exchange.path)
            for part in json.loads(exchange.request_body).get("parts", ()):
                bytes_ = self._contents[upload][part["part_number"] - 1]
                self._name(part["etag"].strip('"'), md5_of(bytes_).hex())

    def _name(self, recorded: str, own: str) -> None:
        if not _MADE_UP.match(recorded):
            self._names[recorded] = own

    def _stored(self, exchange: Exchange) -> bytes:
        if exchange.method != "PUT":
            return self._translate(exchange.request_body).encode()
        upload, number = _place(exchange)
        part = self._contents[upload][int(number) - 1]
        return part + b"x" * (int(exchange.request_headers["Content-Length"]) - len(part))

    def _learn(self, recorded: Exchange, played: Exchange) -> None:
        if recorded.server == "s3" or recorded.status != played.status:
            return
        if recorded.status == 302:
            there = urlsplit(recorded.response_headers["Location"])
            place = UUID.findall(there.path)[0], "GET"
            self._urls[place] = played.response_headers["Location"]
        for theirs, ours in _pairs(_json(recorded), _json(played)):
            for pattern in (UUID, _SHA256):
                self._names.update(
                    zip(pattern.findall(theirs), pattern.findall(ours), strict=False)
                )
        if recorded.status == 200 and recorded.path.endswith("/initialize/"):
            upload = _json(recorded)["upload_id"]
            etag = json.loads(recorded.request_body)["digest"]["value"]
            self._contents[upload] = self._contents[etag]
            for part in _json(played)["parts"]:
                self._urls[upload, str(part["part_number"])] = part["upload_url"]
        elif recorded.status == 200 and recorded.path.endswith("/complete/"):
            (upload,) = UUID.findall(recorded.path)
            self._urls[upload, "POST"] = _json(played)["complete_url"]


def _make_up(seed: str, size: int) -> Iterator[bytes]:
    head = seed.encode()
    for length in part_sizes(size):
        yield head[:length] + bytes(max(0, length - len(head)))


def _place(exchange: Exchange) -> tuple[str, str]:
    """Return which object, and which part of it or what else is done with it."""
    target = urlsplit(exchange.path)
    (number,) = parse_qs(target.query).get("partNumber", [exchange.method])
    return UUID.findall(target.path)[0], number


def _json(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.response_body)
    except ValueError:
        return None


def _pairs(recorded: Any, own: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts at the same place of both."""
    if isinstance(recorded, dict) and isinstance(own, dict):
        for key in recorded.keys() & own.keys():
            yield from _pairs(recorded[key], own[key])
    elif isinstance(recorded, list) and isinstance(own, list):
        for theirs, ours in zip(recorded, own, strict=False):
            yield from _pairs(theirs, ours)
    elif isinstance(recorded, str) and isinstance(own, str):
        yield recorded, own
