"""Requests with retry: who waits, for how long, and that an absence ends well."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from posecheck.archive.connection import Connection
from posecheck.archive.errors import ArchiveError, StoppedError
from posecheck.archive.retry import Backoff, RetryPolicy
from posecheck.upload.threads import in_threads


def serve(port: int, statuses: Iterator[int], headers: dict[str, str]) -> ThreadingHTTPServer:
    """Answer with one status after the other, and 200 when there is none left."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status = next(statuses, 200)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    ).start()
    return server


@pytest.fixture
def port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def begin() -> Iterator[Callable[..., ThreadingHTTPServer]]:
    """Starts a server, and ends it with the test."""
    with contextlib.ExitStack() as stack:

        def start(
            port: int, statuses: tuple[int, ...] = (), headers: dict[str, str] | None = None
        ) -> ThreadingHTTPServer:
            server = serve(port, iter(statuses), headers or {})
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return server

        yield start


@pytest.fixture
def connection() -> Iterator[Callable[[RetryPolicy], Connection]]:
    """Makes a connection, and closes it with the test."""
    with contextlib.ExitStack() as stack:

        def make(retry: RetryPolicy) -> Connection:
            made = Connection("the archive", retry, plain=True)
            stack.callback(made.close)
            return made

        yield make


def test_a_server_that_is_away_and_returns_is_waited_for(
    port: int,
    begin: Callable[..., ThreadingHTTPServer],
    connection: Callable[[RetryPolicy], Connection],
) -> None:
    messages: list[str] = []
    lock = threading.Lock()

    def report(text: str) -> None:
        with lock:
            messages.append(text)
            if len(messages) == 1:
                begin(port)

    archive = connection(RetryPolicy(3, threading.Event(), report))

    answers = in_threads(
        lambda number: archive.request("GET", f"http://127.0.0.1:{port}/{number}"),
        range(8),
        8,
        threading.Event(),
    )

    assert [answer.status_code for _, answer in answers] == [200] * 8
    assert messages[0].startswith("no answer from the archive: waiting ")
    assert messages[0].endswith("then attempt 2 of 4")


def test_a_server_that_stays_away_is_reported(
    port: int, connection: Callable[[RetryPolicy], Connection]
) -> None:
    with pytest.raises(ArchiveError, match="cannot be reached after 2 attempts") as raised:
        connection(RetryPolicy(1, threading.Event())).request(
            "GET", f"http://127.0.0.1:{port}/?key=abc"
        )
    assert raised.value.is_temporary
    assert "abc" not in str(raised.value)


def test_an_end_is_not_waited_for(
    port: int, connection: Callable[[RetryPolicy], Connection]
) -> None:
    stop = threading.Event()
    retry = RetryPolicy(100, stop, lambda _: stop.set())
    with pytest.raises(StoppedError):
        connection(retry).request("GET", f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "wait",
    ["1", format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), "soon"],
    # The hour is not part of a test's name: each process that runs tests collects them again.
    ids=["seconds", "a date gone by", "no time at all"],
)
def test_what_a_server_requests_is_understood(
    port: int,
    begin: Callable[..., ThreadingHTTPServer],
    wait: str,
    connection: Callable[[RetryPolicy], Connection],
) -> None:
    begin(port, (429, 503), {"Retry-After": wait})
    messages: list[str] = []

    answer = connection(RetryPolicy(2, threading.Event(), messages.append)).request(
        "GET", f"http://127.0.0.1:{port}/"
    )

    assert answer.status_code == 200
    assert ["429" in messages[0], "503" in messages[1], len(messages)] == [True, True, 2]


def test_a_date_is_waited_for(
    port: int,
    begin: Callable[..., ThreadingHTTPServer],
    connection: Callable[[RetryPolicy], Connection],
) -> None:
    moment = datetime.now(UTC) + timedelta(hours=1)
    begin(port, (429,), {"Retry-After": format_datetime(moment, usegmt=True)})
    stop = threading.Event()
    messages: list[str] = []

    def report(text: str) -> None:
        messages.append(text)
        stop.set()

    with pytest.raises(StoppedError):
        connection(RetryPolicy(1, stop, report)).request("GET", f"http://127.0.0.1:{port}/")

    assert "waiting 180 s" in messages[0]  # an hour, within reason


def test_all_wait_for_what_one_received() -> None:
    stop = threading.Event()
    gate = Backoff(RetryPolicy(1, stop))
    gate.wait_until_open()
    gate.delay_all(3600)
    waiting = threading.Thread(target=lambda: ended.append(_ends(gate)))
    ended: list[bool] = []
    waiting.start()
    stop.set()
    waiting.join()
    assert ended == [True]


def _ends(gate: Backoff) -> bool:
    try:
        gate.wait_until_open()
    except StoppedError:
        return True
    return False


def test_waits_grow_and_have_a_bound() -> None:
    retry = RetryPolicy(12, threading.Event())
    first, last = retry.seconds(0), retry.seconds(40)
    assert 0.25 <= first <= 0.5
    assert 30 <= last <= 60
    assert sum(retry.seconds(attempt) for attempt in range(12)) > 120
    assert retry.seconds(0, 7.0) == 7.0
    assert retry.seconds(0, 1e9) == 180.0
