"""How fast the other validators run inside posecheck, beside themselves.

Run as ``python -m benchmarks.engines [--rounds N] [--only WORKLOAD] [--corpus DIR]``.

Three workloads: 40 small recordings; one recording of 648 series (of the corpus); 300 training
frames with 600 instances. On each, ``dandi validate`` and ``nwbinspector --config dandi`` run in
this process, as their commands do without the start of a process, next to posecheck's adapters for
the schema, NWB Inspector and the layout. Of the adapters there are two figures: *first*, when the
process meets the specification for the first time, and *next*, when it has loaded it before.
The figures are medians of processor time in seconds, since none of them waits for anything and a
busy machine shall not decide; the rounds of the contenders alternate.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ["DANDI_NO_ET"] = "1"  # dandi asks no server for its newest version
os.environ["DANDI_CACHE"] = "ignore"  # nor its disk for what pynwb said of a file before

import h5py
from dandi.validate._core import validate as dandi_validate
from nwbinspector import inspect_all, load_config

from posecheck.validators.inspector_checks import Inspector
from posecheck.validators.layout_check import check_layout
from posecheck.validators.schema_validation import SchemaValidator
from posecheck.validators.specification import foreign_namespaces

SMALL = 40
FRAMES, INSTANCES = 300, 2
MANY_SERIES = "sleap-io-0.9.5/centered_pair.predictions.nwb"
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"

Contender = Callable[[Path], object]


def run_dandi(folder: Path) -> object:
    return list(dandi_validate(folder))


def run_inspector(folder: Path) -> object:
    config = load_config("dandi")
    return list(inspect_all(path=folder, config=config, progress_bar=False))


class Adapters:
    """What a worker does with one file after the other."""

    def __init__(self) -> None:
        self.schema, self.inspector = SchemaValidator(), Inspector()

    def __call__(self, folder: Path) -> object:
        findings: list[object] = []
        for path in sorted(folder.rglob("*.nwb")):
            with path.open("rb") as stream, h5py.File(stream, "r") as handle:
                findings += self.schema.validate(handle, path.name, path)
                findings += self.inspector.inspect(handle, path.name, path)
            findings += check_layout(path, folder, path.name)
        return findings


def run_adapters(folder: Path) -> object:
    return Adapters()(folder)


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        workloads = _prepare(root, options.corpus)
        print(f"{'workload':34}{'contender':24}{'CPU s':>9}   ratio to adapters, first / next")
        for workload, folder in workloads.items():
            if options.only in workload:
                _compare(workload, folder, options.rounds)


def _compare(workload: str, folder: Path, rounds: int) -> None:
    kept = Adapters()
    kept(folder)
    contenders: dict[str, Contender] = {
        "dandi validate": run_dandi,
        "nwbinspector": run_inspector,
        "adapters, first": run_adapters,
        "adapters, next": kept,
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                begin = time.process_time()
                contender(folder)
                seconds[name].append(time.process_time() - begin)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    first, following = medians["adapters, first"], medians["adapters, next"]
    for name, median in medians.items():
        ratio = f"{median / first:8.1f} x {median / following:8.1f} x"
        print(f"{workload:34}{name:24}{median:9.2f}   {ratio if 'adapters' not in name else ''}")
    assert foreign_namespaces() == (), "an extension was imported: the results are not comparable"


def _prepare(root: Path, corpus: Path) -> dict[str, Path]:
    """Write or copy what is checked, each workload into a dandiset of its own."""
    folders = {
        f"{SMALL} small recordings": root / "small",
        "1 recording of 648 series": root / "series",
        f"{FRAMES} frames, {FRAMES * INSTANCES} instances": root / "training",
    }
    for folder in folders.values():
        (folder / "sub-m1").mkdir(parents=True)
        (folder / "dandiset.yaml").write_text("identifier: '000000'\n")
    _write(root / "pose.nwb", "write_pose(path)")
    for index in range(SMALL):
        target = root / "small" / "sub-m1" / f"sub-m1_ses-{index}_behavior.nwb"
        shutil.copy(root / "pose.nwb", target)
    shutil.copy(corpus / MANY_SERIES, root / "series" / "sub-m1" / "sub-m1_behavior.nwb")
    _write(
        root / "training" / "sub-m1" / "sub-m1_behavior.nwb",
        f"write_training(path, {FRAMES}, {INSTANCES})",
    )
    return folders


def _write(path: Path, call: str) -> None:
    """Write a file in another process: ndx-pose must not be imported in this one."""
    program = (
        "import sys; from pathlib import Path; path = Path(sys.argv[1]); "
        f"from tests.validators.recordings import write_pose, write_training; {call}"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(path)],
        cwd=Path(__file__).parents[1],
        check=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="a part of a workload's name")
    parser.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("POSECHECK_CORPUS", CORPUS))
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
