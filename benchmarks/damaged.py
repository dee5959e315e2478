"""What becomes of damaged files: posecheck's own findings are always there, and nothing takes long.

Run as ``python -m benchmarks.damaged [--seed N] [--files N] [--folder DIR …] [--jobs N]``.

Recordings are written, and those below the folders are added, if any are given. Each damaged file
is a copy of one of them in which bytes are turned, set to zero, inserted, cut off, or exchanged
between two places; most of it where HDF5 keeps its structures, not its samples.
``posecheck validate`` runs over them in batches as a user runs it, with every validator. The script
prints how many were checked in full, how many without a validator that was stopped or died, and how
many not at all, and fails if posecheck failed on one, lost its own findings without a word, or took
longer than ``--longest`` seconds. ``--keep DIR`` keeps the files on which that was so, or on which
a validator was stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LARGEST = 4_000_000
"""Bytes above which a file is not damaged: what is to be shown does not take gigabytes."""

_STRUCTURES = tuple(b"TREE HEAP SNOD OHDR OCHK FRHP FHDB FHIB BTHD BTLF BTIN GCOL".split())
"""How HDF5's structures begin (HDF5 File Format Specification, section III)."""

_NEAR = 512
_BATCH = 50


def damage(content: bytes, chance: random.Random) -> bytes:
    """Return a damaged copy of a file: one kind of damage, or several.

    Parameters
    ----------
    content
        The file.
    chance
        Says where and how.
    """
    damaged = bytearray(content)
    places = _structures(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        chance.choice(_KINDS)(damaged, chance, places)
    return bytes(damaged)


def _structures(content: bytes) -> list[int]:
    places = []
    for signature in _STRUCTURES:
        start = content.find(signature)
        while start >= 0:
            places.append(start)
            start = content.find(signature, start + 1)
    return places or [0]


def _place(content: bytearray, chance: random.Random, places: Sequence[int]) -> int:
    if chance.random() < 0.8:
        return min(chance.choice(places) + chance.randrange(_NEAR), max(0, len(content) - 1))
    return chance.randrange(max(1, len(content)))


def _turn(content: bytearray, chance: random.Random, places: Sequence[int]) -> None:
    for _ in range(chance.choice((1, 8, 64))):
        content[_place(content, chance, places)] ^= 1 << chance.randrange(8)


def _replace(content: bytearray, chance: random.Random, places: Sequence[int]) -> None:
    start = _place(content, chance, places)
    size = min(chance.choice((1, 4, 8, 64)), len(content) - start)
    content[start : start + size] = chance.randbytes(size)


def _clear(content: bytearray, chance: random.Random, places: Sequence[int]) -> None:
    start = _place(content, chance, places)
    size = min(chance.choice((8, 512, 4096)), len(content) - start)
    content[start : start + size] = bytes(size)


def _cut(content: bytearray, chance: random.Random, places: Sequence[int]) -> None:
    del content[max(1, _place(content, chance, places)) :]


def _insert(content: bytearray, chance: random.Random, places: Sequence[int]) -> None:
    start = _place(content, chance, places)
    content[start:start] = chance.randbytes(chance.choice((1, 8, 512)))


def _exchange(content: bytearray, chance: random.Random, places: Sequence[int]) -> None:
    size = chance.choice((8, 64, 512))
    here, there = (_place(content, chance, places) for _ in range(2))
    one, other = content[here : here + size], content[there : there + size]
    shared = min(len(one), len(other))
    content[here : here + shared], content[there : there + shared] = other[:shared], one[:shared]


_KINDS: tuple[Callable[[bytearray, random.Random, Sequence[int]], None], ...] = (
    *(_turn,) * 5,
    *(_replace,) * 5,
    *(_exchange,) * 3,
    *(_clear,) * 2,
    _insert,
    _cut,
)
"""What is done, the frequent more often: what ends a file early shows little of the rest."""


@dataclass(slots=True)
class Outcome:
    """What was found over all files.

    Attributes
    ----------
    counts
        Files by what became of them.
    faults
        What must not be, as sentences.
    slowest
        The file that took longest, and its seconds.
    remarkable
        Files on which posecheck failed or a validator was stopped.
    """

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    remarkable: set[str] = field(default_factory=set)

    def add(self, report: Any, *, longest: float) -> None:
        """Look at the report of a batch."""
        said: dict[str, list[dict[str, Any]]] = {}
        for finding in report["findings"]:
            said.setdefault(finding["file"], []).append(finding)
        for file in report["files"]:
            self._look(file, said.get(file["path"], []), longest)

    def _look(self, file: dict[str, Any], findings: list[dict[str, Any]], longest: float) -> None:
        name, codes = file["path"], {finding["code"] for finding in findings}
        self.counts[f"status {file['status']}"] += 1
        for finding in findings:
            if finding["code"] == "internal-error":
                self.faults.append(f"{name}: {finding['message']}")
        if file["seconds"] > longest:
            self.faults.append(f"{name}: it took {file['seconds']:.0f} s")
        self.slowest = max(self.slowest, (file["seconds"], name))
        is_checked = file["status"] == "checked" and file["rules_run"] > 0
        if not is_checked and not any(code.startswith("FIL") for code in codes):
            self.faults.append(f"{name}: {file['status']}, and no finding says why")
        for finding in findings:
            if finding["code"] in {"FIL013", "FIL014"}:
                self.remarkable.add(name)
                who = finding["values"].get("validator", "the file's own check")
                self.counts[f"{finding['code']} {who}"] += 1
        if "internal-error" in codes:
            self.remarkable.add(name)
        if is_checked and not codes & {"FIL013", "FIL014"}:
            self.counts["checked in full"] += 1


def sources_in(folders: Sequence[Path], written: Path) -> list[Path]:
    """Write recordings, and return them with the NWB files below the folders."""
    program = (
        "import sys; from pathlib import Path; root = Path(sys.argv[1]);"
        "from tests.recordings.written import write_recording;"
        "from tests.validators.recordings import write_pose, write_training;"
        "write_recording(root / 'careful'); write_pose(root / 'pose.nwb');"
        "write_training(root / 'training.nwb', 20, 2)"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(written)],
        cwd=Path(__file__).parents[1],
        check=True,
    )
    found = [path for folder in (written, *folders) for path in sorted(folder.rglob("*.nwb"))]
    return [path for path in found if path.is_file() and path.stat().st_size <= _LARGEST]


def validate(folder: Path, *options: str) -> Any:
    """Run the command over a folder and return its report."""
    command = [
        sys.executable,
        "-m",
        "posecheck",
        "validate",
        str(folder),
        "--isolated",
        "--no-cache",
    ]
    done = subprocess.run(
        [*command, "--output", "json", *options], capture_output=True, check=False
    )
    if done.returncode not in {0, 1, 3}:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def run(  # noqa: PLR0913 - each is the caller's to choose
    sources: Sequence[Path],
    *,
    seed: int,
    files: int,
    longest: float = 130.0,
    options: Sequence[str] = (),
    keep: Path | None = None,
) -> Iterator[Outcome]:
    """Damage and check so many files, and yield what was found so far after each batch.

    Parameters
    ----------
    sources
        What is damaged.
    seed
        The same seed gives the same files.
    files
        How many.
    longest
        Seconds that none may exceed.
    options
        Further options of the command.
    keep
        Where remarkable files are copied to.
    """
    outcome = Outcome()
    for first in range(0, files, _BATCH):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for number in range(first, min(first + _BATCH, files)):
                chance = random.Random(f"{seed}-{number}")  # noqa: S311 - repeatable, not secret
                source = sources[chance.randrange(len(sources))]
                content = damage(source.read_bytes(), chance)
                (folder / f"{number:05}-{source.stem}.nwb").write_bytes(content)
            outcome.add(validate(folder, *options), longest=longest)
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                for path in outcome.remarkable:
                    if Path(path).exists():
                        shutil.copy(path, keep)
        yield outcome


def main() -> int:
    """Run, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--folder", type=Path, action="append", default=[])
    parser.add_argument("--longest", type=float, default=130.0)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    options = ("--jobs", str(chosen.jobs)) if chosen.jobs else ()
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        sources = sources_in(chosen.folder, Path(name))
        print(f"{chosen.files} damaged copies of {len(sources)} files, seed {chosen.seed}")
        for outcome in run(
            sources,
            seed=chosen.seed,
            files=chosen.files,
            longest=chosen.longest,
            options=options,
            keep=chosen.keep,
        ):
            done = sum(n for what, n in outcome.counts.items() if what.startswith("status "))
            print(f"{done} of {chosen.files} …", flush=True)
    for what, number in sorted(outcome.counts.items()):
        print(f"{number:6}  {what}")
    seconds, slowest = outcome.slowest
    print(f"the slowest took {seconds:.1f} s ({Path(slowest).name})")
    for fault in outcome.faults:
        print(f"FAULT  {fault}")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
