"""Measure posecheck beside dandi and NWB Inspector, and write the table that the docs show.

Run as ``python -m benchmarks [--only PART]... [--rounds N] [--write]``. It makes its own data, runs
the programs in turn, each as a whole command, and prints a line for each case: the median of the
rounds, the ratio, and whether it is as wanted and as good as the last one that was written. With
``--write`` the figures go to ``docs/speed.json``, from which the documentation makes its
table; those of cases that were not run stay. The whole takes more than half an hour.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import peers, validate
from benchmarks.results import Measured, Row, read_results, remarks_on, write_results
from benchmarks.settings import Settings
from benchmarks.surroundings import describe_run

Case = Callable[[Path, Settings], Iterator[Row]]

CASES: Mapping[str, Case] = {
    "small": validate.small_files,
    "training": validate.training,
    "series": validate.series,
    "samples": validate.samples_of_a_file,
    "large": validate.large_file,
    "many": validate.many_files,
    "dask": peers.dask,
    "organize": peers.organized,
    "upload": peers.uploaded,
}
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def main() -> None:
    """Measure each case, say what became worse, and write the figures if that is wanted."""
    options = _options()
    settings = Settings(
        rounds=options.rounds,
        files=options.files,
        many=options.many,
        gigabytes=options.gigabytes,
        recordings=options.recordings,
        megabytes=options.megabytes,
        jobs=options.jobs,
        corpus=options.corpus,
    )
    run = describe_run(sys.argv[1:])
    results = read_results()
    for name, case in CASES.items():
        if options.only and name not in options.only:
            continue
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=options.folder) as folder:
            for row in case(Path(folder), settings):
                _print(row, results.get(row.key))
                if options.write:
                    results[row.key] = Measured(row=row, run=run)
                    write_results(results.values())


def _print(row: Row, before: Measured | None) -> None:
    print(f"{row.key}: {row.case}, against {row.against}: {row.figure_text}")
    print(f"    posecheck {row.ours}" + (f"; {row.against} {row.theirs}" if row.theirs else ""))
    for remark in remarks_on(row, before):
        print(f"    {remark.upper()}")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=CASES, help="a case; by default all are run"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each command runs")
    parser.add_argument("--files", type=int, default=200, help="how many small pose files")
    parser.add_argument("--many", type=int, default=10_000, help="how many files are many")
    parser.add_argument("--gigabytes", type=float, default=5, help="the size of the large file")
    parser.add_argument("--recordings", type=int, default=100, help="how many to organize and send")
    parser.add_argument("--megabytes", type=int, default=500, help="the size of the large video")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="workers for many")
    parser.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("POSECHECK_CORPUS", CORPUS))
    )
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    parser.add_argument("--write", action="store_true", help="write docs/speed.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
