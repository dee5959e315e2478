"""How many requests it takes to learn whether a file elsewhere carries ndx-pose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.corpus.folder import find_corpus
from tests.recordings.written import start_session, write_recording
from tests.remote.range_server import Fault, RangeServer

from posecheck.sources import http_ranges
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.remote_access import RemoteAccess
from posecheck.storage.pose_probe import BEGINNING, MOST_REQUESTS, PoseProbe, probe_pose

CORPUS = find_corpus()
CORE = ("core", "hdmf-common", "hdmf-experimental")
POSE = (*CORE, "ndx-pose")
MEGABYTE = 1024 * 1024


def probe(path: Path, *, fault: Fault | None = None) -> tuple[PoseProbe, int]:
    """Return what is said of a file on a web server, and how many requests that took."""
    with RangeServer(path.parent) as server:
        if fault is not None:
            server.faults[path.name] = fault
        reader = http_ranges.open_ranges(
            server.address(path.name), None, RemoteAccess(), first=BEGINNING
        )
        said = probe_pose(reader)
        assert all(request.range is not None for request in server.log)
        return said, len(server.log)


def write_old_groups(
    path: Path, namespaces: Iterable[str] | None = POSE, *, size: int = 0, **options: object
) -> Path:
    """Write the groups of a file as MatNWB does: symbol tables, and data between them."""
    with h5py.File(path, "w", **options) as file:
        for name in ("acquisition", "analysis", "general", "processing", "scratch", "stimulus"):
            file.create_group(name)
            if size:
                file[f"{name}/data"] = np.arange(size // 8, dtype=np.float64)
        for name in ("file_create_date", "identifier", "session_description"):
            file[name] = "text"
        file.create_group("units")
        for namespace in namespaces or ():
            file[f"specifications/{namespace}/1.0/namespace"] = "x" * 1000
    return path


def test_a_file_of_pynwb_and_ndx_pose_carries_it(tmp_path: Path) -> None:
    said, requests = probe(write_recording(tmp_path))
    assert said is PoseProbe.CARRIED
    assert requests <= MOST_REQUESTS


def test_a_file_of_pynwb_alone_does_not(tmp_path: Path) -> None:
    from pynwb import NWBHDF5IO, get_manager  # noqa: PLC0415 - it takes a second

    path = tmp_path / "session.nwb"
    with NWBHDF5IO(path, "w", manager=get_manager()) as io:
        io.write(start_session("A session without pose."))
    with h5py.File(path, "r+") as file:  # ndx-pose is imported here, so that pynwb carries it
        del file["specifications/ndx-pose"]
        for name in set(file["specifications"]) - set(CORE):
            del file[f"specifications/{name}"]
        file.move("specifications", "kept")
        file.copy("kept", "specifications")
        del file["kept"]
    said, requests = probe(path)
    assert said is PoseProbe.ABSENT
    assert requests <= MOST_REQUESTS


@pytest.mark.parametrize("size", [0, MEGABYTE])
@pytest.mark.parametrize(
    ("namespaces", "expected"), [(POSE, PoseProbe.CARRIED), (CORE, PoseProbe.ABSENT)]
)
def test_groups_of_old_style(
    tmp_path: Path, namespaces: tuple[str, ...], expected: PoseProbe, size: int
) -> None:
    said, requests = probe(write_old_groups(tmp_path / "a.nwb", namespaces, size=size))
    assert said is expected
    assert requests <= MOST_REQUESTS


@pytest.mark.parametrize(
    ("namespaces", "expected"), [(POSE, PoseProbe.CARRIED), (CORE, PoseProbe.ABSENT)]
)
def test_groups_of_new_style(
    tmp_path: Path, namespaces: tuple[str, ...], expected: PoseProbe
) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w", libver="latest") as file:
        file["data"] = np.zeros(MEGABYTE)
        for namespace in namespaces:
            file.create_group(f"specifications/{namespace}")
    said, requests = probe(path)
    assert said is expected
    assert requests <= MOST_REQUESTS


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda path: write_old_groups(path, None), id="no specifications"),
        pytest.param(lambda path: write_old_groups(path, userblock_size=512), id="user block"),
        pytest.param(lambda path: write_old_groups(path, libver="latest"), id="links in a heap"),
        pytest.param(lambda path: path.write_bytes(b"no HDF5 at all" * 100), id="no HDF5"),
        pytest.param(lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n"), id="a beginning"),
    ],
)
def test_what_is_not_understood_is_never_taken_for_absent(
    tmp_path: Path, write: Callable[[Path], object]
) -> None:
    path = tmp_path / "a.nwb"
    write(path)
    said, requests = probe(path)
    assert said is PoseProbe.UNDECIDED
    assert requests <= MOST_REQUESTS


def test_a_soft_link_to_the_specifications_is_left_to_the_library(tmp_path: Path) -> None:
    path = write_old_groups(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        file.move("specifications", "kept")
        file["specifications"] = h5py.SoftLink("/kept")
    assert probe(path)[0] is PoseProbe.UNDECIDED


@pytest.mark.parametrize(("moved", "expected"), [(4, PoseProbe.CARRIED), (40, PoseProbe.UNDECIDED)])
def test_names_that_moved_twice_take_a_request_more_than_there_are(
    tmp_path: Path, moved: int, expected: PoseProbe
) -> None:
    """Names that outgrow the space of a new group move behind what was written meanwhile."""
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        file["first"] = np.zeros(MEGABYTE // 8)
        for number in range(10):
            file.create_group(f"a-group-with-a-long-name-{number}")
        file["second"] = np.zeros(MEGABYTE // 8)
        file.create_group("specifications/ndx-pose")
        file["third"] = np.zeros(MEGABYTE // 8)
        for number in range(moved):
            file.create_group(f"specifications/ndx-{number}")
    assert probe(path) == (expected, MOST_REQUESTS)


@pytest.mark.parametrize("cut", range(0, 4096, 256))
def test_damaged_files_end_in_a_word(tmp_path: Path, cut: int) -> None:
    content = bytearray(write_old_groups(tmp_path / "whole.nwb").read_bytes())
    content[cut : cut + 256] = bytes(255 - byte for byte in content[cut : cut + 256])
    path = tmp_path / "a.nwb"
    path.write_bytes(content)
    assert probe(path)[1] <= MOST_REQUESTS


def test_a_server_that_fails_is_an_error_and_no_answer(tmp_path: Path) -> None:
    path = write_old_groups(tmp_path / "a.nwb", size=MEGABYTE)
    with pytest.raises(SourceError, match="403"):
        probe(path, fault=Fault(after=1, status=403))


@pytest.mark.parametrize(
    "path", sorted(CORPUS.rglob("*.nwb")) if CORPUS else [], ids=lambda path: path.name
)
def test_files_of_other_programs(path: Path) -> None:
    with path.open("rb") as content, h5py.File(content) as file:
        carries = "specifications" in file and "ndx-pose" in file["specifications"]
    said, requests = probe(path)
    assert said is PoseProbe.CARRIED if carries else said is not PoseProbe.CARRIED
    assert requests <= MOST_REQUESTS
