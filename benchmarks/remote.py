"""How many requests, bytes and seconds the structure of a file elsewhere takes.

Run as ``python -m benchmarks.remote [--only CASE] [--latency SECONDS] [--limit SECONDS] [--all]``.

It writes pose files and serves them with ranges on the loopback interface, each answer delayed by
50 ms. Each reader works in a process of its own, and its seconds are those after its imports:

- *posecheck*: h5py over posecheck's source reads every object, every attribute and every value of
  fewer than a thousand entries; *a recording*: `read_recording`, on which rules are evaluated;
- *remfile* and *fsspec*: h5py over `remfile.File`, and over fsspec's default file, reads the same
  objects by `visititems`; *by members*: without it, as posecheck does;
- *pynwb over …*: `NWBHDF5IO.read` over the same two;
- *the command*: ``posecheck validate URL --engine pose --data none``, with its start and workers.

The cases are a file of 124 MB with 12 series, packed with gzip as NeuroConv does, and the same
unpacked; with ``--all`` also 1,500 labeled frames of two instances each, and a file of 5 GB with
648 series. A reader that takes longer than the limit is ended. Figures are of one run: requests and
bytes are exact, and seconds are mostly round trips. Where a client hangs up, as remfile does after
it has seen how large a file is, what it took until then counts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import h5py
import numpy as np
import remfile
from hdmf.backends.hdf5 import H5DataIO
from ndx_pose import (
    PoseEstimation,
    PoseEstimationSeries,
    Skeleton,
    Skeletons,
)
from pynwb import NWBHDF5IO
from tests.recordings.written import start_session
from tests.remote.range_server import RangeServer
from tests.validators.recordings import write_training

from posecheck.reading import read_recording
from posecheck.sources.remote_source import RemoteSource
from posecheck.storage import open_store

SMALL_VALUE = 1000


def walk(file: h5py.File) -> int:
    """Read all objects, attributes and small values with `visititems`; return their number."""
    count = 1
    dict(file.attrs)

    def visit(_: str, item: h5py.Group | h5py.Dataset) -> None:
        nonlocal count
        count += 1
        look_at(item)

    file.visititems(visit)
    return count


def walk_members(file: h5py.File) -> int:
    """Read the same, but open each member by its name.

    For `visititems` HDF5 measures each object, and reads the whole index of its chunks for that.
    """
    waiting: list[h5py.Group] = [file["/"]]
    seen: set[str] = set()
    dict(file.attrs)
    while waiting:
        group = waiting.pop()
        for name in group:
            link = group.get(name, getlink=True)
            path = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(link, h5py.HardLink) or path in seen:
                continue
            seen.add(path)
            item = group[name]
            look_at(item)
            if isinstance(item, h5py.Group):
                waiting.append(item)
    return len(seen) + 1


def look_at(item: h5py.Group | h5py.Dataset) -> None:
    dict(item.attrs)
    if isinstance(item, h5py.Dataset) and item.size is not None and item.size < SMALL_VALUE:
        item[()]


def read_posecheck(url: str) -> int:
    store = open_store(RemoteSource.at(url))
    try:
        return walk_members(store.handle)
    finally:
        store.close()


def read_recording_of(url: str) -> int:
    recording = read_recording(RemoteSource.at(url), needs=frozenset())
    assert not recording.problems, recording.problems
    return 0


def read_remfile(url: str) -> int:
    with h5py.File(remfile.File(url), "r") as file:
        return walk(file)


def read_members_over_remfile(url: str) -> int:
    with h5py.File(remfile.File(url), "r") as file:
        return walk_members(file)


def read_fsspec(url: str) -> int:
    with fsspec.open(url) as stream, h5py.File(stream, "r") as file:
        return walk(file)


def read_pynwb_over_remfile(url: str) -> int:

    with h5py.File(remfile.File(url), "r") as file:
        return len(NWBHDF5IO(file=file, load_namespaces=True).read().objects)


def read_pynwb_over_fsspec(url: str) -> int:

    with fsspec.open(url) as stream, h5py.File(stream, "r") as file:
        return len(NWBHDF5IO(file=file, load_namespaces=True).read().objects)


READERS: dict[str, Callable[[str], int]] = {
    "posecheck": read_posecheck,
    "posecheck, a recording": read_recording_of,
    "remfile": read_remfile,
    "remfile, by members": read_members_over_remfile,
    "fsspec": read_fsspec,
    "pynwb over remfile": read_pynwb_over_remfile,
    "pynwb over fsspec": read_pynwb_over_fsspec,
}
COMMAND = "the command"


def write_pose(path: Path, series: int, frames: int, *, packed: bool) -> None:
    """Write series that share their timestamps."""

    random = np.random.default_rng(0)

    def stored_as(values: Any) -> Any:
        return H5DataIO(values, compression="gzip") if packed else values

    nwbfile = start_session("Benchmark.")
    nodes = [f"node_{number}" for number in range(series)]
    skeleton = Skeleton(name="mouse", nodes=nodes, edges=np.array([[0, 1]], np.uint8))
    first: Any = stored_as(np.arange(frames) / 30)
    stored = []
    for node in nodes:
        one = PoseEstimationSeries(
            name=node,
            data=stored_as(random.normal(size=(frames, 2)).cumsum(0).astype(np.float32)),
            confidence=stored_as(random.random(frames, np.float32)),
            timestamps=first,
            reference_frame="(0, 0) is the upper left corner.",
            unit="pixels",
        )
        first = one if not stored else first
        stored.append(one)
    module = nwbfile.create_processing_module("behavior", "Pose.")
    module.add(Skeletons(skeletons=[skeleton]))
    module.add(PoseEstimation(pose_estimation_series=stored, skeleton=skeleton))
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)


CASES: dict[str, Callable[[Path], None]] = {
    "packed": lambda path: write_pose(path, 12, 1_000_000, packed=True),
    "unpacked": lambda path: write_pose(path, 12, 825_000, packed=False),
    "training": lambda path: write_training(path, 1500, 2),
    "series": lambda path: write_pose(path, 648, 640_000, packed=False),
}


def measure(reader: str, server: RangeServer, name: str, limit: float) -> str:
    """Run a reader, and return a row of the table."""
    server.log.clear()
    url = server.address(name)
    arguments = ["-m", "benchmarks.remote", "--reader", reader, url]
    if reader == COMMAND:
        arguments = ["-m", "posecheck", "validate", url, "--isolated", "--engine", "pose"]
        arguments += ["--data", "none"]
    began = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        seconds, objects = f"> {limit:.0f}", "–"
    else:
        failed = done.returncode not in ({0, 1} if reader == COMMAND else {0})
        taken, objects = time.perf_counter() - began, "–"
        if reader != COMMAND and not failed:
            told = done.stdout.split()
            taken, objects = float(told[0]), f"{int(told[1]):,}" if int(told[1]) else "–"
        seconds = "failed" if failed else f"{taken:.1f}"
        if failed:
            print(done.stderr.decode()[-500:], file=sys.stderr)
    with server.lock:
        requests, received = len(server.log), server.sent
    return f"| {reader} | {objects} | {requests:,} | {received / 1e6:,.1f} | {seconds} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--limit", type=float, default=300.0)
    parser.add_argument("--reader", nargs=2, metavar=("READER", "URL"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.reader:
        began = time.perf_counter()
        objects = READERS[chosen.reader[0]](chosen.reader[1])
        print(time.perf_counter() - began, objects)
        return
    cases = [chosen.only] if chosen.only else list(CASES) if chosen.all else list(CASES)[:2]
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            path = Path(folder, "file.nwb")
            CASES[case](path)
            print(f"\n{case}: {path.stat().st_size / 1e6:,.0f} MB\n")
            print("| reader | objects | requests | MB | seconds |\n|---|---:|---:|---:|---:|")
            for reader in (*READERS, COMMAND):
                with RangeServer(Path(folder), latency=chosen.latency) as server:
                    print(measure(reader, server, path.name, chosen.limit), flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
