"""How fast recordings come into a dandiset: ``posecheck organize`` against ``dandi organize``.

``python -m benchmarks.organize`` writes recordings with a small video each, brings copies of them
into two dandisets by either command, in one run on one machine, and prints the wall times and their
ratio. Both copy the NWB files and the videos, and both rewrite the references; start-up counts.

What dandi leaves out is counted, too: how many references lead to a file in the end.
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
from collections.abc import Callable
from pathlib import Path

RECORDINGS = 200
QUIET = {"DANDI_NO_ET": "1", "DANDI_CACHE": "ignore"}
"""Let dandi ask no server for its newest version, nor its disk for what pynwb said before."""

Contender = Callable[[Path, Path], list[str]]


def by_posecheck(raw: Path, dandiset: Path) -> list[str]:
    return [
        *("posecheck", "organize", str(raw), "--dandiset", str(dandiset), "--yes", "--quiet"),
        *("--files", "copy", "--videos", "copy"),
    ]


def by_dandi(raw: Path, dandiset: Path) -> list[str]:
    return [
        *("dandi", "organize", str(raw), "--dandiset-path", str(dandiset)),
        *("--update-external-file-paths", "-f", "copy", "--media-files-mode", "copy"),
    ]


CONTENDERS: dict[str, Contender] = {"posecheck organize": by_posecheck, "dandi organize": by_dandi}


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        seconds, held = compare(Path(name), options.recordings, options.rounds)
    ours, theirs = (statistics.median(seconds[contender]) for contender in CONTENDERS)
    print(f"{options.recordings} recordings with a video each, copied")
    for contender, each in seconds.items():
        median = statistics.median(each)
        print(f"  {contender:20}{median:9.2f} s   {held[contender]}")
    print(f"  ratio               {theirs / ours:9.1f} x")


def compare(
    root: Path, recordings: int, rounds: int
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Return the seconds of each contender, round by round, and what arrived in the last one."""
    _write(root / "raw", recordings)
    seconds: dict[str, list[float]] = {contender: [] for contender in CONTENDERS}
    held: dict[str, str] = {}
    for number in range(rounds):
        for contender, command in CONTENDERS.items():
            dandiset = _start(root / f"{number} {contender}")
            seconds[contender].append(_time(command(root / "raw", dandiset), root))
            held[contender] = _count(dandiset)
            shutil.rmtree(dandiset)
    return seconds, held


def _time(command: list[str], folder: Path) -> float:
    tools = Path(sys.executable).parent
    begin = time.perf_counter()
    done = subprocess.run(
        [str(tools / command[0]), *command[1:]],
        cwd=folder,
        env=os.environ | QUIET,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return seconds


def _count(dandiset: Path) -> str:
    """Say how many recordings arrived, and how many of their references lead to a file."""
    from tests.end_to_end.organize.dandisets import recordings, references  # noqa: PLC0415

    arrived = recordings(dandiset).values()
    leads = [path.parent / text for path in arrived for text in references(path).values()]
    resolved = sum(lead.is_file() for lead in leads)
    return f"{len(arrived)} recordings, {resolved} of {len(leads)} references resolve"


def _start(dandiset: Path) -> Path:
    dandiset.mkdir()
    (dandiset / "dandiset.yaml").write_text("identifier: DANDI:000123\nname: A benchmark\n")
    return dandiset


def _write(raw: Path, count: int) -> None:
    """Write the recordings in another process: ndx-pose must not be imported in this one."""
    program = (
        "import sys; from pathlib import Path; raw, count = Path(sys.argv[1]), int(sys.argv[2])\n"
        "from tests.recordings.sessions import Footage, film, write_session\n"
        "for number in range(count):\n"
        "    name = f'session{number:04}'\n"
        "    film(raw / 'videos' / f'{name}.mp4', number=number)\n"
        "    write_session(raw / f'{name}.nwb', Footage(files=[f'videos/{name}.mp4']),\n"
        "        subject=f'mouse{number % 10}', session=name)\n"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(raw), str(count)],
        cwd=Path(__file__).parents[1],
        check=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--recordings", type=int, default=RECORDINGS)
    parser.add_argument("--rounds", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
