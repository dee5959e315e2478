"""What it costs to check files on a Dask cluster of this machine, in place of worker processes.

Run as ``python -m benchmarks.dask_cluster [--files N]... [--rounds N] [--engine NAME]...
[FOLDER]``. It starts a cluster of two workers with a thread each, and times ``posecheck validate``
of the same files with its workers and with two worker processes, in turn. Without a folder it lays
out small pose files, by default 20 and 100. It prints the medians, the least of each, and their
ratios; and for two numbers of files what the start takes of that, and each file.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from distributed import LocalCluster

from benchmarks.many import lay_out, write
from benchmarks.measuring import Command, Taken, in_turn, median_seconds

WORKERS = 2
FILES = (20, 100)


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--files", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", action="append", default=[])
    options = parser.parse_args()
    if options.folder is not None:
        _print(compare(options.folder, options.rounds, options.engine))
        return
    counts = sorted(options.files or FILES)
    taken = {}
    with tempfile.TemporaryDirectory() as name:
        template = Path(name) / "template.nwb"
        write(template)
        for files in counts:
            folder = Path(name) / f"{files}-files"
            lay_out(folder, template, files)
            print(f"{files} files")
            taken[files] = compare(folder, options.rounds, options.engine)
            _print(taken[files])
    if len(counts) > 1:
        _print_fit(counts[0], counts[-1], taken)


def compare(folder: Path, rounds: int, engines: Sequence[str] = ()) -> dict[str, list[Taken]]:
    """Return what each took to check a folder: ``pool`` and ``dask``."""
    cluster = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=WORKERS, threads_per_worker=1, dashboard_address=None
    )
    with cluster:
        named = [word for one in engines for word in ("--engine", one)]
        check = ("posecheck", "validate", "--isolated", "--no-cache", *named, str(folder))
        commands = {
            "pool": Command((*check, "--jobs", str(WORKERS)), {}),
            "dask": Command((*check, "--scheduler", cluster.scheduler_address), {}),
        }
        return in_turn(commands, rounds, folder)


def _print(taken: dict[str, list[Taken]]) -> None:
    seconds = {name: [one.seconds for one in runs] for name, runs in taken.items()}
    for what, of in (("median", statistics.median), ("least", min)):
        pool, dask = of(seconds["pool"]), of(seconds["dask"])
        print(
            f"{what}: two worker processes {pool:.2f} s, two Dask workers {dask:.2f} s, "
            f"ratio {dask / pool:.2f}"
        )


def _print_fit(few: int, many: int, taken: dict[int, dict[str, list[Taken]]]) -> None:
    for name in taken[few]:
        less, more = (median_seconds(taken[files][name]) for files in (few, many))
        each = (more - less) / (many - few)
        print(f"{name}: start {less - few * each:.2f} s, {1000 * each:.0f} ms a file")


if __name__ == "__main__":
    main()
