"""How long ``posecheck upload`` takes, beside ``dandi upload``.

Run as ``python -m benchmarks.upload [--recordings N] [--megabytes N] [--only WORKLOAD]``.

Three workloads: many small recordings, each with a video of its own; the same once more, with
nothing to send; one recording with a large video. Each contender gets a copy of the files, an empty
archive with a store of its own (`tests.archive`, in another process, its checksums and results put
off until later), and empty caches, which its second run finds as the first one left them. Both
commands run as their users run them: with validation, in a process of their own. The figures are
wall time in seconds; the contenders take turns, and of several rounds the median counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import requests
from tests.archive.dandi import find_dandi
from tests.archive.recordings import write_recordings

ROOT = Path(__file__).parents[1]
MANY, AGAIN, LARGE = "many small", "many again", "one large"

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "dandi": (find_dandi(), "upload", "-i"),
    "posecheck": (sys.executable, "-m", "posecheck", "upload", "--yes", "-i"),
}


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        seconds = compare(
            Path(name),
            recordings=options.recordings,
            megabytes=options.megabytes,
            rounds=options.rounds,
            only=options.only,
        )
    _print(seconds, options)


def compare(
    folder: Path, *, recordings: int, megabytes: int, rounds: int, only: str = ""
) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of each contender, round by round, for each workload."""
    seconds: dict[str, dict[str, list[float]]] = {}
    many, large = folder / "many", folder / "large"
    if only in f"{MANY} {AGAIN}":
        write_recordings(many, recordings)
    if only in LARGE:
        write_recordings(large, 1, pad=megabytes * 1_000_000)
    for _ in range(rounds):
        for contender in COMMANDS:
            for files in (many, large):
                if files.exists():
                    for workload, took in _measure(contender, files, folder):
                        found = seconds.setdefault(workload, {})
                        found.setdefault(contender, []).append(took)
    return seconds


def _measure(contender: str, files: Path, folder: Path) -> Iterator[tuple[str, float]]:
    """Upload into an empty archive; twice, where many are to be sent."""
    work = folder / "work"
    shutil.copytree(files, work / "dandiset")
    expected = sum(path.suffix in {".nwb", ".mp4"} for path in files.rglob("*"))
    try:
        with _run_archive() as announced:
            environment = {
                **os.environ,
                "DANDI_NO_ET": "1",  # dandi asks no server for its newest version
                "XDG_CACHE_HOME": str(work / "cache"),
                "XDG_STATE_HOME": str(work / "state"),
                announced["variable"]: announced["token"],
            }
            workloads = (MANY, AGAIN) if files.name == "many" else (LARGE,)
            for workload in workloads:
                yield workload, _time(contender, announced["url"], work / "dandiset", environment)
                assert _count(announced) == expected, "not everything has arrived"
    finally:
        shutil.rmtree(work)


def _time(contender: str, url: str, folder: Path, environment: Mapping[str, str]) -> float:
    begin = time.perf_counter()
    done = subprocess.run(
        [*COMMANDS[contender], url],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(f"{contender} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return took


@contextlib.contextmanager
def _run_archive() -> Iterator[dict[str, str]]:
    """Run an archive in a process of its own, and yield what it prints about itself."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.archive", "--direct", "--settle", "1e6"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "\n")
            yield dict(line.strip().split(" ", 1) for line in lines if line)
        finally:
            process.terminate()
            process.communicate()


def _count(announced: Mapping[str, str]) -> int:
    version = f"{announced['url']}/api/dandisets/{announced['dandiset']}/versions/draft"
    url = f"{version}/assets/?page_size=1"
    return int(requests.get(url, timeout=60).json()["count"])


def _print(seconds: Mapping[str, Mapping[str, list[float]]], options: argparse.Namespace) -> None:
    print(
        f"{options.recordings} recordings, {options.megabytes} MB, {os.cpu_count()} processors, "
        f"medians of {options.rounds} (and the range)"
    )
    print(f"{'workload':14}{'dandi s':>24}{'posecheck s':>24}{'ratio':>9}")
    for workload, found in seconds.items():
        dandi, posecheck = found["dandi"], found["posecheck"]
        ratio = statistics.median(dandi) / statistics.median(posecheck)
        print(f"{workload:14}{_spread(dandi):>24}{_spread(posecheck):>24}{ratio:8.1f}x")


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f} … {max(seconds):.1f})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--recordings", type=int, default=300)
    parser.add_argument("--megabytes", type=int, default=500, help="the size of the large video")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of a workload's name")
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
