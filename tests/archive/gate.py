"""The way to the store: what is sent to it and fetched from it passes here, and can go wrong here.

Addresses are signed for this host, and the store checks them as it got them. Without a gate (for
measuring) they are signed for the store itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

from tests.archive.faults import Fault, Faults, Log
from tests.archive.wire import CHUNK, Answer, CutError, Handler, Server

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_SMALL = 2**20


class Gate(Server):
    """The server in front of the store."""

    def __init__(self, store: str, faults: Faults, log: Log) -> None:
        super().__init__(_Passage, side="s3", faults=faults, log=log)
        self.store = store


class _Passage(Handler):
    """One client's connection, with one to the store for as long as it lasts."""

    def setup(self) -> None:
        super().setup()
        self.upstream = HTTPConnection(self.owner.store, timeout=120)

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def respond(self, fault: Fault) -> None:
        answer = self._request(self.take(fault))
        with contextlib.closing(answer):
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            size = int(answer.headers.get("Content-Length") or 0)
            if size <= _SMALL or self.command == "HEAD":
                body = answer.read()
                self.send(Answer(status=answer.status, headers=kept, body=body), fault)
            else:
                self._stream(answer, kept, size)

    def _request(self, body: Iterator[bytes]) -> HTTPResponse:
        """Pass the request on as it is, its body as it comes."""
        self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP:
                self.upstream.putheader(name, value)
        if "Content-Length" in self.headers:
            self.upstream.putheader("Content-Length", self.headers["Content-Length"])
        self.upstream.endheaders()
        try:
            for chunk in body:
                with contextlib.suppress(BrokenPipeError):  # it has answered already
                    self.upstream.send(chunk)
        except CutError:
            self.upstream.close()
            raise
        return self.upstream.getresponse()

    def _stream(self, answer: HTTPResponse, headers: dict[str, str], size: int) -> None:
        self.record(answer.status)
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        while chunk := answer.read(CHUNK):
            self.wfile.write(chunk)
