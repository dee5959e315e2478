"""What each trick of `posecheck.execution.start_up` gains.

Run as ``python -m benchmarks.start_up [--rounds N] [--only TRICK] PATH…``. It copies the sources
once for each trick, switches the trick off in the copy, and runs ``posecheck --version`` and
``posecheck validate PATH`` with every copy and without any change. The runs of all alternate, and
the figures are lower quartiles, since another program only ever adds time: of the time on the
clock, and of the processor time of the command with all processes that it starts. What a trick
gains is how much more its absence takes. Linux only: the processes that a command leaves behind are
counted, too.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import posecheck

TRICKS = {
    "start_server_early": "def start_server_early(modules): pass",
    "preloading": "def _preloaded(modules): return ()\ndef start_server_early(modules): pass",
    "collect_only_new_in_forks": "def collect_only_new_in_forks(): pass",
    "skip_last_collection": "def skip_last_collection(): pass",
    "without_gc": "without_gc = contextlib.nullcontext",
}
"""What is appended to the module so that it does without a trick."""
EVERY = "every trick"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


def copy_without(trick: str, folder: Path) -> Path:
    """Copy the sources, with a trick switched off."""
    source = Path(posecheck.__file__).parent
    copied = folder / trick / "src" / "posecheck"
    shutil.copytree(source, copied, ignore=shutil.ignore_patterns("__pycache__"))
    if (rules := source.parents[1] / "rules").is_dir():
        (folder / trick / "rules").symlink_to(rules)
    if trick in TRICKS:
        with (copied / "execution" / "start_up.py").open("a", encoding="utf-8") as file:
            file.write(f"\n{TRICKS[trick]}\n")
    subprocess.run([sys.executable, "-m", "compileall", "-q", copied], check=True)
    return copied.parent


def run_once(source: Path, arguments: list[str]) -> tuple[float, float]:
    """Run the command; return seconds on the clock, and of processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", "from posecheck.cli import main; main()", *arguments],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(source)},
        check=False,
    )
    seconds = time.perf_counter() - began
    assert done.returncode in {0, 1}, done
    while True:  # the server of the workers ends after the command
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", action="append", choices=TRICKS)
    chosen = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    names = [EVERY, *(chosen.only or TRICKS)]
    with tempfile.TemporaryDirectory() as folder:
        sources = {name: copy_without(name, Path(folder)) for name in names}
        for arguments in (
            ["--version"],
            *(["validate", "--no-cache", str(path)] for path in chosen.paths),
        ):
            print(f"posecheck {' '.join(arguments)}")
            runs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
            for number in range(chosen.rounds + 1):
                for name in names if number % 2 else reversed(names):
                    runs[name].append(run_once(sources[name], arguments))
            figures_of = {
                name: [statistics.quantiles(each, n=4)[0] for each in zip(*taken[1:], strict=True)]
                for name, taken in runs.items()
            }
            for name, figures in figures_of.items():
                clock, processors = (
                    f"{figure:.3f} s ({figure / base - 1:+.0%})"
                    for figure, base in zip(figures, figures_of[EVERY], strict=True)
                )
                without = name if name == EVERY else f"without {name}"
                print(f"  {without:36}{clock} on the clock, {processors} of processors", flush=True)


if __name__ == "__main__":
    main()
