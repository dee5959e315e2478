"""What it takes to fix one attribute of a large file, and to undo that.

Run as ``python -m benchmarks.fix [--gigabytes N] [--folder DIR]``. It writes a pose file of
uncompressed samples whose series state the unit as ``px``, plans the fix, carries it out and undoes
it by the command, and prints for each the wall time, the largest process, and what the disk holds
besides the file. Beside it stands what a plain copy of the file takes, and one that is read again.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from benchmarks.measuring import LargestProcess

_NODES = 4
_BLOCK = 1_000_000


def write(path: Path, size: int) -> None:
    """Write a recording of about so many bytes: float32 positions of four nodes."""
    random = np.random.default_rng(0)
    frames = size // (_NODES * 12)
    with h5py.File(path, "w") as file:
        file.attrs.update(nwb_version="2.9.0", neurodata_type="NWBFile", namespace="core")
        module = file.create_group("processing/behavior")
        module.attrs.update(neurodata_type="ProcessingModule", namespace="core")
        container = module.create_group("PoseEstimation")
        container.attrs.update(neurodata_type="PoseEstimation", namespace="ndx-pose")
        for node in range(_NODES):
            series = container.create_group(f"node{node}")
            series.attrs.update(neurodata_type="PoseEstimationSeries", namespace="ndx-pose")
            data = series.create_dataset("data", (frames, 2), "f4")
            confidence = series.create_dataset("confidence", (frames,), "f4")
            for start in range(0, frames, _BLOCK):
                rows = min(_BLOCK, frames - start)
                data[start : start + rows] = random.random((rows, 2), "f4") * 600
                confidence[start : start + rows] = random.random(rows, "f4")
            data.attrs["unit"] = "px"
            starting_time = series.create_dataset("starting_time", data=0.0)
            starting_time.attrs.update(rate=200.0, unit="seconds")


def measured(name: str, work: Callable[[], str], folder: Path) -> None:
    """Do something, and print what it took."""
    began = time.perf_counter()
    with LargestProcess() as largest:
        said = work()
    seconds = time.perf_counter() - began
    kept = sum(each.stat().st_size for each in (folder / ".posecheck").rglob("*") if each.is_file())
    own = re.search(r"Done in ([0-9.]+) s", said)
    apart = f" ({own[1]} s without the check)" if own else ""
    memory = f"; largest process {largest.bytes / 1e6:.0f} MB" if largest.bytes else ""
    undo = f"; kept to undo it {kept / 1e6:.2f} MB" if kept else ""
    print(f"{name}: {seconds:.1f} s{apart}{memory}{undo}", flush=True)


def posecheck(*arguments: str) -> Callable[[], str]:
    """Return what runs the command."""
    command = [sys.executable, "-m", "posecheck", "fix", *arguments]
    return lambda: subprocess.run(command, capture_output=True, check=True, text=True).stdout


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    """Write the file, and take each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        path = folder / "large.nwb"
        write(path, int(arguments.gigabytes * 10**9))
        before = digest(path)
        print(f"{path.stat().st_size / 1e9:.2f} GB")
        copied = folder / "copy"
        measured("plain copy", lambda: str(shutil.copyfile(path, copied)), folder)
        measured("both read once, and hashed", lambda: digest(path) + digest(copied), folder)
        copied.unlink()
        plan = folder / "plan.json"
        measured(
            "plan", posecheck(str(path), "-n", "--engine", "pose", f"--plan-file={plan}"), folder
        )
        measured("fix", posecheck(f"--from-plan={plan}", "--yes"), folder)
        assert digest(path) != before
        measured("undo", posecheck("--undo", str(folder)), folder)
        assert digest(path) == before


if __name__ == "__main__":
    main()
