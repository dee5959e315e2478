"""How memory and time grow with the number of files.

Run as ``python -m benchmarks.many [--files N]... [--entries N] [--jobs N] [--output FORMAT]...``.
It lays out a small pose file so many times, in folders of a hundred, and checks each tree by
``posecheck validate --engine pose``: the peak memory of the main process (Linux), and the seconds
of the whole command, also for each file. Then it times the search for NWB files among directory
entries, of which one in ten is an NWB file.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from posecheck.engine.discovery import discover

FRAMES, NODES = 100, 3
IN_A_FOLDER = 100
ROUNDS = 5
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def write(path: Path) -> None:
    """Write a small recording with some findings: no skeleton, no source software, no subject."""
    random = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file.attrs.update(nwb_version="2.9.0", neurodata_type="NWBFile", namespace="core")
        module = file.create_group("processing/behavior")
        module.attrs.update(neurodata_type="ProcessingModule", namespace="core")
        container = module.create_group("PoseEstimation")
        container.attrs.update(neurodata_type="PoseEstimation", namespace="ndx-pose")
        for node in range(NODES):
            series = container.create_group(f"node{node}")
            series.attrs.update(neurodata_type="PoseEstimationSeries", namespace="ndx-pose")
            data = series.create_dataset("data", data=random.uniform(0, 600, (FRAMES, 2)))
            data.attrs["unit"] = "pixels"
            series["confidence"] = random.random(FRAMES)
            series["timestamps"] = np.arange(FRAMES) / 200
            series["timestamps"].attrs["unit"] = "seconds"


def lay_out(folder: Path, template: Path, files: int) -> None:
    """Lay out copies of a file."""
    for number in range(files):
        place = folder / f"sub-{number // IN_A_FOLDER:04d}"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, place / f"recording-{number:06d}.nwb")


def check(folder: Path, arguments: list[str]) -> tuple[float, float]:
    """Return the peak of the main process in MB, and the seconds of the command."""
    command = [
        sys.executable,
        "-m",
        "posecheck",
        "validate",
        "--isolated",
        "--no-cache",
        "--engine",
        "pose",
    ]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, *arguments, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        status, peak = Path(f"/proc/{process.pid}/status"), 0
        while process.poll() is None:
            found = _PEAK.search(status.read_text()) if status.exists() else None
            peak = max(peak, int(found[1])) if found else peak
            time.sleep(0.02)
    return peak / 1024, time.perf_counter() - began


def seconds_to_find(folder: Path, entries: int) -> float:
    """Return the median seconds of the search among so many directory entries."""
    for number in range(entries):
        place = folder / f"sub-{number // 1000:04d}"
        place.mkdir(parents=True, exist_ok=True)
        suffix = ".mp4" if number % 10 else ".nwb"
        (place / f"sub-{number // 1000:04d}_ses-{number:06d}{suffix}").touch()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        discover([str(folder)])
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Measure each number of files, and the search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, action="append")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", action="append", default=[])
    options = parser.parse_args()
    arguments = ["--jobs", str(options.jobs)]
    for output in options.output:
        arguments += ["--output", output]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = folder / "template.nwb"
        write(template)
        empty = folder / "one"
        lay_out(empty, template, 1)
        check(empty, arguments)  # a round that only warms the caches
        start_up = statistics.median(check(empty, arguments)[1] for _ in range(ROUNDS))
        print(f"start-up, with one file: {start_up:.2f} s", flush=True)
        for files in options.files or (100, 1_000, 10_000):
            tree = folder / str(files)
            lay_out(tree, template, files)
            peak, seconds = check(tree, arguments)
            each = 1000 * (seconds - start_up) / files
            print(
                f"{files:,} files: {peak:.0f} MB, {seconds:.1f} s, {each:.2f} ms a file", flush=True
            )
            shutil.rmtree(tree)
        if options.entries:
            found = seconds_to_find(folder / "entries", options.entries)
            print(f"search among {options.entries:,} entries: {found:.2f} s")


if __name__ == "__main__":
    main()
