"""HTTP as both servers use it: kept connections, faults, and the log of every request."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.archive.faults import Entry, Fault, Faults, Log, Side

CHUNK = 2**18
JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request whose body has been read."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> Self:
        """Answer with JSON, spaced as the archive's framework does."""
        body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status=status, headers={"Content-Type": JSON, **named}, body=body)


class CutError(Exception):
    """The connection is to be cut here, because a fault says so or the other side went away."""


class Server:
    """A threaded HTTP server on the loopback interface, with faults and a log."""

    def __init__(
        self, handler: type[Handler], *, side: Side, faults: Faults, log: Log, port: int = 0
    ) -> None:
        self.side, self.faults, self.log = side, faults, log
        self._server = _Threads(("127.0.0.1", port), handler)
        self._server.owner = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End, whatever connections are open."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection: its requests meet the faults, are answered and recorded."""

    protocol_version = "HTTP/1.1"
    wbufsize = CHUNK  # head and body leave together
    disable_nagle_algorithm = True
    server: _Threads

    @property
    def owner(self) -> Any:
        """The server whose connection this is."""
        return self.server.owner

    def respond(self, fault: Fault) -> None:
        """Read the request's body, do what is asked, and send the answer."""
        raise AssertionError("each server answers in its own way")

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_GET  # noqa: N815 (names it looks for)

    def _serve(self) -> None:
        self.received = 0
        self.arrived = time.monotonic()
        hidden = self.path.startswith("/_")
        fault = None if hidden else self.owner.faults.meet(self.command, self.path)
        fault = fault or Fault()
        try:
            time.sleep(fault.delay)
            if fault.status is not None:
                for _ in self.take(fault):
                    pass
                self.send(
                    Answer(
                        status=fault.status,
                        headers={"Content-Type": JSON} | dict(fault.headers),
                        body=fault.body.encode(),
                    ),
                    Fault(),
                )
            else:
                self.respond(fault)
        except (CutError, ConnectionError):
            self.record(0)
            self._reset()

    def take(self, fault: Fault) -> Iterator[bytes]:
        """Yield the request's body, as slowly and as far as a fault lets it come."""
        size = int(self.headers.get("Content-Length") or 0)
        until = size if fault.cut_after is None else min(size, fault.cut_after)
        chunk = CHUNK if fault.rate is None else max(1, min(CHUNK, int(fault.rate / 10)))
        while self.received < until:
            data = self.rfile.read(min(chunk, until - self.received))
            if not data:
                raise CutError
            if fault.rate is not None:
                time.sleep(len(data) / fault.rate)
            if fault.corrupt and self.received == 0:
                data = bytes([data[0] ^ 1]) + data[1:]
            self.received += len(data)
            yield data
        if fault.cut_after is not None:
            raise CutError

    def read_request(self, fault: Fault) -> Request:
        """Read the whole request."""
        target = urlsplit(self.path)
        return Request(
            method=self.command,
            path=target.path,
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=b"".join(self.take(fault)),
        )

    def send(self, answer: Answer, fault: Fault) -> None:
        """Send an answer, or what a fault makes of it."""
        if fault.lose_answer:
            raise CutError
        answer = _altered(answer, fault)
        self.record(answer.status)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def record(self, status: int) -> None:
        """Write the request down, before the answer is on its way."""
        if not self.path.startswith("/_"):
            self.owner.log.add(
                Entry(
                    side=self.owner.side,
                    method=self.command,
                    path=self.path,
                    status=status,
                    received=self.received,
                    arrived=self.arrived,
                    agent=self.headers.get("User-Agent", ""),
                )
            )

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing on the terminal: the log has it."""

    def _reset(self) -> None:
        """Close the connection so that the other side sees a reset, as of a lost network."""
        self.close_connection = True
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client go away without a word; report everything else as usual."""
        if not isinstance(sys.exception(), (ConnectionError, ValueError)):
            super().handle_error(request, client_address)


def _altered(answer: Answer, fault: Fault) -> Answer:
    if fault.headers:
        answer = replace(answer, headers={**answer.headers, **fault.headers})
    if fault.rewrite:
        pattern, replacement = fault.rewrite
        answer = replace(answer, body=re.sub(pattern, replacement, answer.body.decode()).encode())
    return answer
