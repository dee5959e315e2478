"""Which hosts an address of somebody else may lead to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.remote.range_server import RangeServer

from posecheck.sources import http_ranges
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.remote_access import RemoteAccess


@pytest.mark.parametrize("host", ["１２７.０.０.１", "127.0.0.１", "①27.0.0.1", "127。0。0。1"])
def test_a_private_address_in_digits_of_another_script_is_not_asked(
    tmp_path: Path, host: str
) -> None:
    stranger = RemoteAccess(trusts_named=False)
    with RangeServer(tmp_path) as server:
        address = f"https://{host}:{server.port}/a.nwb"
        with pytest.raises(SourceError, match="not written in ASCII"):
            http_ranges.look_up(address, None, stranger)
