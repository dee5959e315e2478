"""Addresses in which two slashes follow each other: a key of S3 with an empty component.

The store that the other tests use keeps its objects in folders, and takes ``a//b`` for ``a/b``. So
here a web server that takes paths as they are stands for one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.remote.range_server import RangeServer

from posecheck.model.reference import parse_reference
from posecheck.sources import filesystem_ranges
from posecheck.sources.remote_access import access_of
from posecheck.sources.remote_source import RemoteSource

KEYS = ("a//b.nwb", "a//c//d.nwb", "a/e.nwb")


class _Listing(BaseHTTPRequestHandler):
    """Answers each listing with all keys that begin as wanted, and knows no object."""

    def log_message(self, *_: object) -> None:
        """Write nothing."""

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        contents = "".join(
            f"<Contents><Key>{key}</Key><Size>1</Size><ETag>x</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key in KEYS
        )
        body = (
            f"<ListBucketResult><Name>bucket</Name><KeyCount>{len(KEYS)}</KeyCount>"
            f"<IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def listing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Listing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("key", ["a//b.nwb", "/a/b.nwb", "//a//b.nwb"])
def test_a_key_and_what_lies_beside_it_are_asked_for_as_they_are(tmp_path: Path, key: str) -> None:
    (tmp_path / "bucket" / "a").mkdir(parents=True)
    (tmp_path / "bucket" / "a" / "b.nwb").write_bytes(b"x" * 3_000)
    (tmp_path / "bucket" / "a" / "video.mp4").write_bytes(b"y" * 200)
    with RangeServer(tmp_path) as server:
        access = access_of(endpoint_url=server.url, anonymous=True)
        source = RemoteSource.at(f"s3://bucket/{key}", access)
        with source.open() as file:
            assert len(file.read()) == 3_000
        around = source.surroundings()
        place = around.resolve(parse_reference("video.mp4"))
        assert place is not None
        assert around.look_up(place).size == 200
        video = key.replace("b.nwb", "video.mp4")
        assert {request.path for request in server.log} == {f"/bucket/{key}", f"/bucket/{video}"}


def test_on_the_web_they_count_too() -> None:
    around = RemoteSource.at("https://data.org/a//b.nwb").surroundings()
    place = around.resolve(parse_reference("../video.mp4"))
    assert place is not None
    assert around.source_at(place).address == "https://data.org/a/video.mp4"
    place = around.resolve(parse_reference("video.mp4"))
    assert place is not None
    assert around.source_at(place).address == "https://data.org/a//video.mp4"
    assert around.resolve(parse_reference("../../../video.mp4")) is None


@pytest.mark.parametrize(
    ("prefix", "keys"), [("a", KEYS), ("a//", KEYS[:2]), ("a//c//", KEYS[1:2])]
)
def test_a_prefix_with_one_is_taken_as_it_is(
    listing: str, prefix: str, keys: tuple[str, ...]
) -> None:
    access = access_of(endpoint_url=listing, anonymous=True)
    found = filesystem_ranges.find(f"s3://bucket/{prefix}", access)
    assert found == tuple(sorted(f"s3://bucket/{key}" for key in keys))
