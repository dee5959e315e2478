"""Which hosts an address of somebody else may lead to."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.remote.range_server import Fault, RangeServer

from posecheck.sources import http_ranges
from posecheck.sources.http_filesystem import CheckedHTTPFileSystem, HTTPFile
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.remote_access import Authorization, RemoteAccess, check_redirect


@pytest.mark.parametrize("host", ["１２７.０.０.１", "127.0.0.１", "①27.0.0.1", "127。0。0。1"])
def test_a_private_address_in_digits_of_another_script_is_not_asked(
    tmp_path: Path, host: str
) -> None:
    stranger = RemoteAccess(trusts_named=False)
    with RangeServer(tmp_path) as server:
        address = f"https://{host}:{server.port}/a.nwb"
        with pytest.raises(SourceError, match="not written in ASCII"):
            http_ranges.look_up(address, None, stranger)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://data.org/a.nwb", ""),
        ("http://data.org/a.nwb", "no https address"),
        ("http://lab.local/a.nwb", ""),
        ("https://lab.local/a.nwb", ""),
        ("https://192.168.1.5/a.nwb", "private address"),
        ("https://[::1]/a.nwb", "private address"),
        ("https://[::ffff:127.0.0.1]/a.nwb", "private address"),
        ("https://2130706433/a.nwb", "private address"),
        ("https://0x7f.1/a.nwb", "private address"),
        ("https://[64:ff9b::7f00:1]/a.nwb", "private address"),
        ("https://[2002:7f00:1::]/a.nwb", "private address"),
        ("ftp://other.org/a.nwb", "no https address"),
        ("https://other.org/a.nwb", ""),
    ],
)
def test_where_a_redirect_may_lead(url: str, said: str) -> None:
    """The user named https://data.org and http://lab.local."""
    trusted, plain = {"data.org", "lab.local"}, {"lab.local"}
    if not said:
        check_redirect(url, trusted, plain)
        return
    with pytest.raises(SourceError, match=said):
        check_redirect(url, trusted, plain)


def test_a_host_is_trusted_for_the_files_that_were_named_there(tmp_path: Path) -> None:
    """Two files of one run: the second one's server leads to the host that only the first names."""
    (tmp_path / "a.nwb").write_bytes(b"x" * 100)
    access = RemoteAccess()
    with RangeServer(tmp_path) as server:
        private = f"http://localhost:{server.port}/a.nwb"
        away = server.address("away.nwb")
        server.faults["away.nwb"] = Fault(status=302, headers=(("Location", private),))
        assert http_ranges.look_up(private, None, access).size == 100
        asked = len(server.log)
        for look in (http_ranges.look_up, http_ranges.open_ranges):
            with pytest.raises(SourceError, match="which is no https address"):
                look(away, None, access)
        with pytest.raises(SourceError, match="which is no https address"):
            http_ranges.download(away, None, access, io.BytesIO())
        assert {request.path for request in server.log[asked:]} == {"/away.nwb"}
        allowed = RemoteAccess(allow_private=frozenset({"localhost"}))
        assert http_ranges.look_up(away, None, allowed).size == 100


def test_a_token_is_not_sent_without_https(tmp_path: Path) -> None:
    (tmp_path / "a.nwb").write_bytes(b"x" * 100)
    with RangeServer(tmp_path) as server:
        plain = server.address("a.nwb")
        secret = Authorization(f"127.0.0.1:{server.port}", "token made-up")
        http_ranges.look_up(plain, secret, RemoteAccess())
        assert server.log[-1].authorization == "token made-up"
        filesystem = CheckedHTTPFileSystem(RemoteAccess(), plain)
        # As if an answer over HTTPS had led to plain HTTP on the same host and port.
        file = HTTPFile(plain.replace("http:", "https:"), secret, resolved=plain)
        filesystem.cat_ranges([file.url], [0], [10], file=file, on_error="raise")
        assert server.log[-1].authorization == ""
