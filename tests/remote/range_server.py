"""A web server that serves the files of a folder in ranges, and goes wrong where a test says so."""

from __future__ import annotations

import gzip
import re
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

_PIECE = 64 * 1024
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with the requests for one file.

    Attributes
    ----------
    after, times
        How many requests are answered well before, and how many then go wrong.
    status, headers
        What is answered in place of the file.
    cut
        After how many bytes of a body the connection is cut.
    drip
        Seconds before each byte of a body.
    pause
        Seconds before each 64 KiB of a body.
    whole
        Whether the range is ignored.
    total, shift
        What is added to the size, and to the positions, that the answer states.
    tag
        Another entity tag, as of a file that changed.
    compressed
        Whether the body is said to be compressed.
    gzipped
        Whether the whole file is sent, compressed with gzip, whatever the request wants.
    """

    after: int = 0
    times: int = 1_000_000
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    drip: float = 0.0
    pause: float = 0.0
    whole: bool = False
    total: int = 0
    shift: int = 0
    tag: str | None = None
    compressed: bool = False
    gzipped: bool = False


NO_FAULT = Fault()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked, and what was answered."""

    method: str
    path: str
    range: tuple[int, int] | None
    status: int
    sent: int
    authorization: str


@dataclass(slots=True)
class Signatures:
    """Addresses that a redirect gives out, each valid for some requests: as of S3 in an archive.

    ``/download/NAME`` leads to ``/signed/NAME?signature=N``.
    """

    uses: int = 1_000_000
    given: int = 0
    left: dict[str, int] = field(default_factory=dict)


class RangeServer:
    """Serves a folder on the loopback interface; a context manager.

    Parameters
    ----------
    folder
        The files.
    latency
        Seconds before each answer.
    context
        What makes it HTTPS; ``None`` for plain HTTP.

    Attributes
    ----------
    faults
        What goes wrong, by the path of the file.
    log
        What was asked, in the order of the answers.
    token
        What the header ``Authorization`` must hold; empty if nothing is asked for.
    """

    def __init__(
        self, folder: Path, *, latency: float = 0.0, context: ssl.SSLContext | None = None
    ) -> None:
        self.folder, self.latency = folder, latency
        self.faults: dict[str, Fault] = {}
        self.log: list[Request] = []
        self.signatures = Signatures()
        self.token = ""
        self.lock = threading.Lock()
        self.counts: defaultdict[str, int] = defaultdict(int)
        self._scheme = "https" if context is not None else "http"
        self._server = _Threads(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        if context is not None:
            # The handshake is for the connection's own thread: one that stalls stops no other.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def sent(self) -> int:
        """How many bytes of bodies were sent."""
        return sum(request.sent for request in self.log)

    def address(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.url}/{quote(name)}"

    def fault(self, name: str) -> Fault:
        """Return what goes wrong with the next request for a file."""
        with self.lock:
            number = self.counts[name]
            self.counts[name] += 1
        found = self.faults.get(name, NO_FAULT)
        return found if found.after <= number < found.after + found.times else NO_FAULT

    def correct(self, request: Request, sent: int) -> None:
        """Log that less was sent than a request was to be answered with."""
        with self.lock:
            for place, logged in enumerate(self.log):
                if logged is request:
                    self.log[place] = replace(request, sent=sent)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: RangeServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients go away when they are ended."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Threads

    def log_message(self, *_: object) -> None:
        """Write nothing."""

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def _serve(self, *, with_body: bool) -> None:
        owner = self.server.owner
        time.sleep(owner.latency)
        place = urlsplit(self.path)
        name = unquote(place.path).lstrip("/")
        if name.startswith("download/"):
            self._give_signature(name.removeprefix("download/"))
            return
        if name.startswith("signed/"):
            name = name.removeprefix("signed/")
            signature = parse_qs(place.query).get("signature", [""])[0]
            with owner.lock:
                left = owner.signatures.left.get(signature, 0)
                owner.signatures.left[signature] = left - 1
            if left <= 0:
                self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
                return
        elif owner.token and self.headers.get("Authorization") != owner.token:
            self._answer(401, b"a token is wanted")
            return
        fault = owner.fault(name)
        if fault.gzipped and (owner.folder / name).is_file():
            content = gzip.compress((owner.folder / name).read_bytes())
            self._answer(200, content, ("Content-Encoding", "gzip"))
            return
        if fault.status is not None:
            self._answer(fault.status, b"as the test wants it", *fault.headers)
            return
        path = owner.folder / name
        if not path.resolve().is_relative_to(owner.folder.resolve()) or not path.is_file():
            self._answer(404, b"nothing is here")
            return
        self._send_file(path, fault, with_body=with_body)

    def _give_signature(self, name: str) -> None:
        owner = self.server.owner
        if owner.token and self.headers.get("Authorization") != owner.token:
            self._answer(401, b"a token is wanted")
            return
        with owner.lock:
            owner.signatures.given += 1
            signature = str(owner.signatures.given)
            owner.signatures.left[signature] = owner.signatures.uses
        where = f"{owner.url}/signed/{quote(name)}?signature={signature}"
        self._answer(302, b"", ("Location", where))

    def _send_file(self, path: Path, fault: Fault, *, with_body: bool) -> None:
        content = path.read_bytes() if path.stat().st_size < 2**20 else None
        size = path.stat().st_size
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        start, stop = 0, size
        if asked is not None and not fault.whole:
            start, stop = int(asked[1]), min(int(asked[2]) + 1, size)
            if start >= size:
                self._answer(416, b"", ("Content-Range", f"bytes */{size}"))
                return
        self.send_response(206 if asked is not None and not fault.whole else 200)
        if asked is not None and not fault.whole:
            stated = f"{start + fault.shift}-{stop - 1 + fault.shift}/{size + fault.total}"
            self.send_header("Content-Range", f"bytes {stated}")
        self.send_header("ETag", fault.tag or f'"{path.stat().st_mtime_ns}-{size}"')
        self.send_header("Content-Length", str(stop - start))
        if fault.compressed:
            self.send_header("Content-Encoding", "gzip")
        body = b""
        if with_body:
            body = content[start:stop] if content is not None else _part(path, start, stop)
        is_part = asked is not None and not fault.whole
        status, part = (206, (start, stop)) if is_part else (200, None)
        request = self._record(status, len(body), part)
        self.end_headers()
        sent = self._send_body(body, fault)
        if sent < len(body):
            self.server.owner.correct(request, sent)

    def _send_body(self, body: bytes, fault: Fault) -> int:
        if fault.cut is not None and fault.cut < len(body):
            self.close_connection = True
            return self._write(body[: fault.cut])
        if fault.drip:
            for position in range(len(body)):
                time.sleep(fault.drip)
                if not self._write(body[position : position + 1]):
                    return position
            return len(body)
        return self._write(body, fault.pause)

    def _write(self, body: bytes, pause: float = 0.0) -> int:
        """Write a body; return how much of it was taken, if the client hangs up."""
        for position in range(0, len(body), _PIECE):
            time.sleep(pause)
            try:
                self.wfile.write(body[position : position + _PIECE])
            except OSError:
                self.close_connection = True
                return position
        return len(body)

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self._record(status, len(body), None)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _record(self, status: int, sent: int, asked: tuple[int, int] | None) -> Request:
        """Log a request before it is answered: whoever has the answer looks for it in the log."""
        owner = self.server.owner
        request = Request(
            method=self.command,
            path=self.path,
            range=asked,
            status=status,
            sent=sent,
            authorization=self.headers.get("Authorization", ""),
        )
        with owner.lock:
            owner.log.append(request)
        return request


def _part(path: Path, start: int, stop: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(stop - start)
