"""What a terminal shows while files elsewhere are read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.archive.faults import Fault
from tests.archive.fixtures import archive, store
from tests.archive.sending import send
from tests.archive.server import Archive
from tests.end_to_end.command import posecheck
from tests.end_to_end.terminal import lines_on_terminal
from tests.remote import range_server
from tests.remote.range_server import RangeServer

__all__ = ["archive", "store"]

pytestmark = pytest.mark.slow

_CHECK = ("--isolated", "--engine", "pose")


@pytest.fixture
def server(careful: Path, tmp_path: Path) -> Iterator[RangeServer]:
    """A slow server with three recordings, of which each has some megabytes beside the pose."""
    folder = tmp_path / "served"
    folder.mkdir()
    for number in range(3):
        path = folder / f"{number}.nwb"
        shutil.copy(careful, path)
        with h5py.File(path, "r+") as file:
            noise = np.random.default_rng(number).bytes(4_000_000)
            file["scratch/noise"] = np.frombuffer(noise, dtype="u1")
    with RangeServer(folder, latency=0.4) as server:
        yield server


def test_received_bytes_and_their_rate_are_shown(server: RangeServer, tmp_path: Path) -> None:
    addresses = [server.address(f"{number}.nwb") for number in range(3)]
    lines = lines_on_terminal("validate", *addresses, *_CHECK, output=tmp_path / "out")
    shown = [re.search(r"(\d) of 3 files · (\S+) (k|M)B received", line) for line in lines]
    found = [each for each in shown if each is not None]
    assert found, lines
    assert any(re.search(r"received · \S+ [kM]?B/s$", line) for line in lines), lines
    received = [float(each[2]) * {"k": 1e3, "M": 1e6}[each[3]] for each in found]
    assert received == sorted(received)
    assert received[-1] <= server.sent * 1.05
    assert max(map(len, lines)) <= 80


def test_a_file_that_is_downloaded_whole_has_a_bar(server: RangeServer, tmp_path: Path) -> None:
    server.faults["0.nwb"] = range_server.Fault(whole=True, pause=0.05)
    size = (server.folder / "0.nwb").stat().st_size
    lines = lines_on_terminal("validate", server.address("0.nwb"), *_CHECK, output=tmp_path / "out")
    shown = [re.search(r"(\S+) (k|M)B of (\S+) MB downloaded", line) for line in lines]
    found = [each for each in shown if each is not None]
    assert found, lines
    assert {each[3] for each in found} == {f"{size / 1e6:.1f}"}
    assert len({each[1] for each in found}) > 2
    # Where the bar stands is a half of a line; one that only says that something happens has none.
    assert any(re.search("[╸╺].* downloaded", line) for line in lines), lines


def test_info_shows_what_it_receives(server: RangeServer, tmp_path: Path) -> None:
    lines = lines_on_terminal("info", server.address("0.nwb"), output=tmp_path / "out")
    assert any(re.match(r"Reading .* [kM]B received", line) for line in lines), lines
    assert "PoseEstimation" in (tmp_path / "out").read_text()


def test_a_listing_says_how_far_it_is(archive: Archive, careful: Path, tmp_path: Path) -> None:
    dandiset = archive.create_dandiset()
    send(archive, dandiset, "a.nwb", [careful.read_bytes()])
    archive.copy_asset(dandiset, "a.nwb", (f"more/{number}.txt" for number in range(3_500)))
    archive.faults.add(Fault(method="GET", path="/versions/draft/assets/", delay=0.7))
    address = f"dandi://{archive.url.removeprefix('http://')}/{dandiset}@draft"
    lines = lines_on_terminal("validate", address, *_CHECK, output=tmp_path / "out")
    listed = [line for line in lines if line.startswith(f"Listing the assets of DANDI:{dandiset}")]
    assert any(line.endswith("2,000 so far") for line in listed), lines
    assert any(line.endswith("3,000 so far") for line in listed), lines


def test_nothing_is_shown_where_no_terminal_is(server: RangeServer) -> None:
    outcome = posecheck("validate", server.address("0.nwb"), *_CHECK)
    assert "received" not in outcome.stderr + outcome.stdout


@pytest.mark.parametrize("options", [(), ("--output", "json")])
def test_own_findings_are_on_the_screen_first(
    careful: Path, beside_video: Path, options: tuple[str, ...]
) -> None:
    path = Path(shutil.copyfile(careful, beside_video / careful.name))
    with h5py.File(path, "r+") as file:
        del file["general/subject"]
    lines = lines_on_terminal("validate", str(path), "--isolated", *options)
    early = [n for n, line in enumerate(lines) if "while other validators still check" in line]
    if options:
        assert not early
        return
    (summary,) = (n for n, line in enumerate(lines) if line.startswith("Checked 1 file"))
    assert early
    assert early[0] < summary
    assert not any("NWBI." in line for line in lines[: early[-1] + 1])
    assert any("NWBI." in line for line in lines[early[-1] : summary])
