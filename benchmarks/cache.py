"""What it costs to check again what did not change.

Run as ``python -m benchmarks.cache [--files N] [--rounds N] [--jobs N] [--engine NAME]``. It writes
small recordings, each with a video of its own, and runs ``posecheck validate`` over them with an
empty cache, and then again. It prints the time of each whole command, with the median of the later
runs, and the ratio. Before the first run everything rests for some seconds, since a file that was
just written is not remembered.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.recordings.sessions import Footage, film, write_session


def write_files(folder: Path, count: int) -> None:
    """Write recordings with videos: one of each is made, and copied."""
    first = write_session(folder / "sub-0" / "sub-0_ses-1.nwb", Footage(files=["camera.mp4"]))
    video = film(first.with_name("camera.mp4"))
    for number in range(1, count):
        copied = folder / f"sub-{number}"
        copied.mkdir()
        shutil.copyfile(first, copied / f"sub-{number}_ses-1.nwb")
        shutil.copyfile(video, copied / video.name)


def check(folder: Path, arguments: list[str]) -> tuple[float, int]:
    """Run the command; return its seconds, and how many verdicts were remembered."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "posecheck", "validate", ".", "--output", "json", *arguments],
        cwd=folder,
        env={**os.environ, "POSECHECK_CACHE_DIR": str(folder.parent / "cache")},
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    assert done.returncode in {0, 1}, done.stderr
    return seconds, json.loads(done.stdout)["remembered"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--engine", action="append", default=[])
    chosen = parser.parse_args()
    arguments = [f"--engine={name}" for name in chosen.engine]
    arguments += [f"--jobs={chosen.jobs}"] if chosen.jobs else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        write_files(folder, chosen.files)
        time.sleep(6)
        first, remembered = check(folder, arguments)
        assert remembered == 0
        again = []
        for _ in range(chosen.rounds):
            seconds, remembered = check(folder, arguments)
            assert remembered == chosen.files
            again.append(seconds)
    second = statistics.median(again)
    print(f"{chosen.files} files with videos, {' '.join(chosen.engine) or 'all validators'}")
    print(f"first run   {first:8.2f} s")
    print(f"second run  {second:8.2f} s  (median of {chosen.rounds})")
    print(f"ratio       {100 * second / first:8.1f} %")


if __name__ == "__main__":
    main()
