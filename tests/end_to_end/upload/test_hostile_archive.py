"""An archive that lies, floods, poses or leads astray: a sentence, no token, no failure of ours."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.end_to_end.command import Outcome, posecheck

from posecheck.archive.dandisets import look_up_dandiset
from posecheck.archive.login import connect_to_archive
from posecheck.archive.retry import RetryPolicy
from posecheck.model.errors import PosecheckError
from posecheck.upload.collect.digests import digest_file
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.transfer import Transfer

pytestmark = pytest.mark.slow

TOKEN = "s3cret" * 6

Said = tuple[int, dict[str, str], bytes]
"""A status, header fields and a body."""


def say(value: Any, status: int = 200, **headers: str) -> Said:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return status, named, json.dumps(value).encode()


@dataclass
class Hostile:
    """A server that answers as it is set up to, and records what it received.

    Attributes
    ----------
    answers
        What it says under a path, or what makes that of the query.
    received
        The path and the value of ``Authorization`` of each request.
    """

    answers: dict[str, Said | Callable[[dict[str, list[str]]], Said]] = field(default_factory=dict)
    received: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def info(self) -> dict[str, Any]:
        """What an honest archive says of itself."""
        return {
            "schema_version": "0.7.0",
            "allowed_schema_versions": ["0.6.10", "0.7.0"],
            "cli-minimal-version": "0.74.0",
            "cli-bad-versions": [],
            "services": {"api": {"url": f"{self.url}/api"}},
        }

    def secrets(self) -> list[str]:
        """What was sent to identify the user."""
        return [value for _, value in self.received if value]


@contextmanager
def serving() -> Iterator[Hostile]:
    hostile = Hostile()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            target = urlsplit(self.path)
            hostile.received.append((target.path, self.headers.get("Authorization", "")))
            said = hostile.answers.get(target.path, say({"detail": "Not found."}, 404))
            status, headers, body = said(parse_qs(target.query)) if callable(said) else said
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET  # noqa: N815 (names it looks for)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing on the terminal."""

    server = _Threads(("127.0.0.1", 0), Handler)
    hostile.port = server.server_address[1]
    hostile.answers = {
        "/server-info": say(hostile.info),
        "/api/auth/token/": say(TOKEN),
        "/api/dandisets/000001/": say({"embargo_status": "OPEN"}),
        LISTING: say({"count": 0, "next": None, "results": []}),
    }
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hostile
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client that has read enough go away without a word."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


LISTING = "/api/dandisets/000001/versions/draft/assets/"


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serving() as server:
        yield server


def run(hostile: Hostile, folder: Path, *, token: str = TOKEN) -> Outcome:
    """Upload a folder as a user does."""
    done = posecheck(
        *("upload", "-i", hostile.url, "--isolated", "--retries", "0", "--yes", "--no-receipt"),
        cwd=folder,
        env={f"{hostile.host}_API_KEY": token},
    )
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def assert_reported(done: Outcome, *words: str) -> None:
    """See that it ended with a sentence, and not as a failure of posecheck."""
    said = " ".join((done.stderr + done.stdout).split())
    assert done.code in {1, 2}, said
    for word in words:
        assert word in said


@pytest.fixture(autouse=True)
def token(hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token at hand for this server and for the archive that all know."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("DANDI_API_KEY", TOKEN)
    monkeypatch.setenv(f"{hostile.host}_API_KEY", TOKEN)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def reach(hostile: Hostile, instance: str = "") -> None:
    """Find the archive, log in, and list what it holds, as an upload does."""
    archive = connect_to_archive(instance or hostile.url, RetryPolicy(0, threading.Event()))
    with closing(archive):
        look_up_dandiset(archive, "000001")
        archive.list_assets("000001")


def refused(hostile: Hostile, instance: str = "") -> str:
    """Return the sentence with which this ends; it quotes nothing secret."""
    with pytest.raises(PosecheckError) as raised:
        reach(hostile, instance)
    assert TOKEN not in str(raised.value)
    return str(raised.value)


def asset(number: int) -> dict[str, Any]:
    return {"path": f"a/{number}.nwb", "asset_id": f"id-{number}", "size": 1, "blob": "b"}


def page(*assets: Any, count: Any = 1, following: str | None = None) -> Said:
    return say({"count": count, "next": following, "results": list(assets)})


def test_an_honest_one_is_answered(hostile: Hostile) -> None:
    """What the others differ from by one answer each."""
    reach(hostile)

    assert hostile.secrets() == [f"token {TOKEN}"] * 3


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("path", ["/server-info", "/api/auth/token/", LISTING])
def test_nobody_is_followed(hostile: Hostile, tmp_path: Path, path: str, status: int) -> None:
    """Nor is a password looked up for where it would lead."""
    (tmp_path / "netrc").write_text(
        "machine localhost login me password hunter2\nmachine 127.0.0.1 login me password hunter2\n"
    )
    with serving() as other:
        address = f"http://localhost:{other.port}/away?signature=abc"
        hostile.answers[path] = say("", status, Location=address)

        said = refused(hostile)

        assert other.received == []
    assert str(status) in said
    assert f"localhost:{other.port}" in said
    assert "signature" not in said
    assert set(hostile.secrets()) <= {f"token {TOKEN}"}


@pytest.mark.parametrize("api", ["https://DANDI/api", "https://dandi_sandbox", "https://linc"])
def test_the_name_of_a_known_archive_is_not_lent(hostile: Hostile, api: str) -> None:
    hostile.answers["/server-info"] = say({**hostile.info, "services": {"api": {"url": api}}})

    assert "that archive's token" in refused(hostile)
    assert hostile.secrets() == []


def test_the_address_of_a_known_archive_is_not_lent(hostile: Hostile) -> None:
    api = {"api": {"url": "https://api.dandiarchive.org/api"}}
    hostile.answers["/server-info"] = say({**hostile.info, "services": api})

    assert "instance='dandi'" in refused(hostile)


@pytest.mark.parametrize(
    "address",
    ["http://archive.example", "http://[bad", "ftp://archive.example", "https://me:x@archive.test"],
)
def test_an_address_that_is_not_to_be_used_is_reported(hostile: Hostile, address: str) -> None:
    assert "https" in refused(hostile, address)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 7},
        {"schema_version": "new"},
        {"allowed_schema_versions": "0.7.0"},
        {"cli-bad-versions": 7},
        {"cli-bad-versions": ["?"]},
        {"cli-minimal-version": ["1"]},
        {"services": {"api": {"url": 7}}},
        {"services": {"api": "x"}},
        {"services": {"api": {"url": "gopher://127.0.0.1/api"}}},
        {"services": {"api": {"url": "http://archive.example/api"}}},
    ],
    ids=str,
)
def test_an_archive_that_says_nonsense_of_itself_is_reported(
    hostile: Hostile, change: dict[str, Any]
) -> None:
    hostile.answers["/server-info"] = say({**hostile.info, **change})

    assert hostile.host in refused(hostile)
    assert hostile.secrets() == []


def test_an_older_archive_is_reported_with_a_remedy(hostile: Hostile) -> None:
    hostile.answers["/server-info"] = say({**hostile.info, "schema_version": "0.5.1"})

    assert "pip install 'dandi<" in refused(hostile)


def test_an_archive_that_names_no_address_is_asked_where_it_is(hostile: Hostile) -> None:
    hostile.answers["/server-info"] = say({**hostile.info, "services": {"api": None}})

    reach(hostile)

    assert LISTING in [path for path, _ in hostile.received]


@pytest.mark.parametrize(
    "said",
    [
        page({"path": "a.nwb", "size": 1}),
        page({"asset_id": "x", "size": 1}),
        page({**asset(1), "size": "large"}),
        page({**asset(1), "size": -1}),
        page({**asset(1), "metadata": 7}),
        page({**asset(1), "metadata": {"digest": ["x"]}}),
        page("abc"),
        page(count="many"),
        say({"count": 1, "next": None, "results": "abc"}),
        say([]),
        (200, {}, b"<html>Welcome</html>"),
        (200, {"Content-Encoding": "gzip"}, b"no gzip"),
        (200, {"Content-Encoding": "br"}, b"?"),
    ],
    ids=str,
)
def test_a_listing_of_another_shape_is_reported(hostile: Hostile, said: Said) -> None:
    hostile.answers[LISTING] = said

    assert hostile.host in refused(hostile)


@pytest.mark.slow
def test_a_listing_that_unpacks_without_end_is_reported(hostile: Hostile) -> None:
    bomb = gzip.compress(bytes(100 * 1024**2), 9)
    hostile.answers[LISTING] = 200, {"Content-Encoding": "gzip"}, bomb

    assert "64 MB" in refused(hostile)


def test_pages_without_end_are_not_followed(hostile: Hostile) -> None:
    numbers = itertools.count()
    hostile.answers[LISTING] = lambda _: page(
        *(asset(next(numbers)) for _ in range(10)), count=25, following=f"{hostile.url}{LISTING}"
    )

    reach(hostile)

    assert [path for path, _ in hostile.received].count(LISTING) == 3


def test_an_archive_that_is_overburdened_is_requested_less(hostile: Hostile) -> None:
    sizes: list[str] = []

    def answer(query: dict[str, list[str]]) -> Said:
        sizes.extend(query["page_size"])
        return page(count=0) if query["page_size"] == ["50"] else say("", 504)

    hostile.answers[LISTING] = answer

    reach(hostile)

    assert sizes == ["1000", "200", "50"]


def test_who_needs_no_token_is_not_requested_one(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"{hostile.host}_API_KEY")
    prompted: list[str] = []

    def prompt(name: str) -> str:
        prompted.append(name)
        return TOKEN

    retry = RetryPolicy(0, threading.Event())
    with closing(
        connect_to_archive(hostile.url, retry, needs_token=False, prompt_for_token=prompt)
    ) as archive:
        assert (archive.has_token, prompted) == (False, [])
    with closing(connect_to_archive(hostile.url, retry, prompt_for_token=prompt)) as archive:
        assert (archive.has_token, prompted) == (True, [hostile.host])


def test_the_environment_is_left_as_it_was(hostile: Hostile) -> None:
    before = dict(os.environ)

    reach(hostile)

    assert dict(os.environ) == before


def test_the_first_contact_is_tried_three_times(hostile: Hostile) -> None:
    hostile.answers["/server-info"] = say("", 500)

    with pytest.raises(PosecheckError, match="answered 3 times with 500"):
        connect_to_archive(hostile.url, RetryPolicy(12, threading.Event()))

    assert [path for path, _ in hostile.received] == ["/server-info"] * 3


def test_a_server_that_repeats_the_token_is_not_quoted(hostile: Hostile) -> None:
    hostile.answers[LISTING] = say(f"no: token {TOKEN}", 418)

    assert "418" in refused(hostile)


def test_a_token_that_is_none_is_not_shown(hostile: Hostile, one: Path) -> None:
    """Run as a user runs it: what becomes of an error is part of the question."""
    done = run(hostile, one, token=f"{TOKEN}\n{TOKEN}")

    assert_reported(done, "the value in the environment variable")
    assert hostile.secrets() == []


def begin(size: int, url: str) -> Said:
    return say({"upload_id": "u", "parts": [{"part_number": 1, "size": size, "upload_url": url}]})


@pytest.mark.parametrize(
    "answer",
    [
        say({}),
        say({"upload_id": "u", "parts": "abc"}),
        say({"upload_id": "u", "parts": [7]}),
        say("Blob already exists.", 409),
        begin(6, "ftp://127.0.0.1/x?X-Amz-Signature=abc"),
        begin(6, "http://[bad?X-Amz-Signature=abc"),
        begin(6, "file:///etc/passwd?X-Amz-Signature=abc"),
        begin(6, "https://me:abc@127.0.0.1/x?X-Amz-Signature=abc"),
    ],
    ids=["empty", "text", "numbers", "nowhere", "ftp", "bad", "file", "user"],
)
def test_an_upload_that_begins_wrong_is_reported(
    hostile: Hostile, tmp_path: Path, answer: Said
) -> None:
    hostile.answers["/api/uploads/initialize/"] = answer

    said = failure_of_sending(hostile, tmp_path)

    assert said
    assert "abc" not in said.replace("'abc'", "")


def test_the_storage_is_not_followed_either(hostile: Hostile, tmp_path: Path) -> None:
    hostile.answers["/api/uploads/initialize/"] = begin(6, f"{hostile.url}/store?signature=abc")
    with serving() as other:
        hostile.answers["/store"] = say("", 307, Location=f"{other.url}/?signature=abc")

        said = failure_of_sending(hostile, tmp_path)

        assert other.received == []
    assert other.host in said
    assert "signature" not in said


def failure_of_sending(hostile: Hostile, folder: Path) -> str:
    """Send six bytes, and return the sentence with which that ends."""
    path = folder / "a.mp4"
    path.write_bytes(b"abcdef")
    file = LocalFile(path="a.mp4", location=str(path), size=6, modified_ns=path.stat().st_mtime_ns)
    archive = connect_to_archive(hostile.url, RetryPolicy(0, threading.Event()))
    transfer = Transfer(archive, "000001", parts=1, journal=Journal(archive.api, "000001"))
    with closing(archive), pytest.raises(PosecheckError) as raised:
        transfer.send_bytes(
            file, digest_file(file, threading.Event().is_set), lambda _: None, on_start=lambda: None
        )
    return str(raised.value)
