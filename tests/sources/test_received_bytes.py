"""The bytes that come from elsewhere are counted, in this process and in others."""

from __future__ import annotations

import io
import multiprocessing
from pathlib import Path

import pytest
from tests.recordings.written import write_recording
from tests.remote.range_server import Fault, RangeServer

from posecheck.model.progress import Received
from posecheck.sources import http_ranges
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.received_bytes import Download, FileCount, ReceivedBytes, count_received
from posecheck.sources.remote_access import RemoteAccess, access_of
from posecheck.sources.remote_source import RemoteSource
from posecheck.validators.pynwb_process import PynwbReading

SIZE = 300_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    served = tmp_path / "served"
    (served / "bucket").mkdir(parents=True)
    for path in (served / "a.nwb", served / "bucket" / "a.nwb"):
        path.write_bytes(b"x" * SIZE)
    return served


def read_counted(count: FileCount, address: str) -> None:
    with count.counting(), RemoteSource.at(address).open() as file:
        file.read()


def test_ranges_count_for_the_file_that_is_read(folder: Path, tmp_path: Path) -> None:
    counts = ReceivedBytes.create(tmp_path / "counts", 3)
    assert counts.so_far() == Received(total=0)
    with RangeServer(folder) as server:
        address = server.address("a.nwb")
        read_counted(counts.of(0), address)
        assert counts.so_far() == Received(total=server.sent)
        assert server.sent >= SIZE
        worker = multiprocessing.get_context("spawn").Process(
            target=read_counted, args=(counts.of(2), address)
        )
        worker.start()
        worker.join()
        assert counts.so_far() == Received(total=server.sent)
        # A second attempt goes on from what the first one received.
        read_counted(counts.of(0), address)
        counted = server.sent
        assert counts.so_far() == Received(total=counted)
        with RemoteSource.at(address).open() as file:
            file.read()
        assert server.sent > counted
        assert counts.so_far() == Received(total=counted)


def test_what_comes_from_s3_counts(folder: Path, tmp_path: Path) -> None:
    counts = ReceivedBytes.create(tmp_path / "counts", 1)
    with RangeServer(folder) as server:
        access = access_of(endpoint_url=server.url, anonymous=True)
        source = RemoteSource.at("s3://bucket/a.nwb", access)
        with counts.of(0).counting(), source.open() as file:
            file.read()
    assert counts.so_far() == Received(total=SIZE)


def test_what_came_before_a_connection_broke_counts(folder: Path, tmp_path: Path) -> None:
    counts = ReceivedBytes.create(tmp_path / "counts", 1)
    with RangeServer(folder) as server:
        server.faults["a.nwb"] = Fault(cut=100_000, times=1)
        read_counted(counts.of(0), server.address("a.nwb"))
        assert 100_000 in {request.sent for request in server.log}
        assert counts.so_far() == Received(total=server.sent)


def test_a_download_has_a_size_while_it_lasts(folder: Path, tmp_path: Path) -> None:
    counts = ReceivedBytes.create(tmp_path / "counts", 2)
    with counts.of(1).counting():
        with Download(100) as download:
            download.add(30)
            assert counts.so_far() == Received(total=30, downloaded=30, to_download=100)
        assert counts.so_far() == Received(total=30)
        with Download(None) as download:
            download.add(5)
            assert counts.so_far() == Received(total=35)
        with RangeServer(folder) as server:
            server.faults["a.nwb"] = Fault(whole=True)
            with pytest.raises(SourceError, match="sends no ranges"):
                http_ranges.download(
                    server.address("a.nwb"), None, RemoteAccess(most_downloaded=10), io.BytesIO()
                )
            target = io.BytesIO()
            http_ranges.download(server.address("a.nwb"), None, RemoteAccess(), target)
    assert len(target.getvalue()) == SIZE
    assert counts.so_far() == Received(total=35 + SIZE)


def test_what_the_process_of_pynwb_reads_counts(folder: Path, tmp_path: Path) -> None:
    name = write_recording(folder).relative_to(folder).as_posix()
    counts = ReceivedBytes.create(tmp_path / "counts", 1)
    with RangeServer(folder) as server, PynwbReading() as reading:
        source = RemoteSource.at(server.address(name))
        with counts.of(0).counting():
            assert reading.read(source) is None
        assert server.sent > 10_000
        assert counts.so_far() == Received(total=server.sent)


def test_where_the_counts_are_not_there_nothing_is_counted(tmp_path: Path) -> None:
    with FileCount(tmp_path / "none", 0).counting():
        count_received(10)
    count_received(10)
    assert not (tmp_path / "none").exists()
