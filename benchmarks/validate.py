"""How long ``posecheck validate`` takes beside ``dandi validate`` and ``nwbinspector``.

All are whole commands as their users run them, each with its defaults. Those of posecheck leave the
verdict cache alone, but where it is what is measured.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
from tests.archive.recordings import write_recordings
from tests.validators.recordings import write_training

from benchmarks import many, samples
from benchmarks.fix import write as write_large
from benchmarks.measuring import Command, Taken, in_turn, median_seconds
from benchmarks.on_screen import seconds_until
from benchmarks.results import Bound, Row
from benchmarks.settings import Settings

_POSECHECK = ("posecheck", "validate", "--isolated")
_FRESH = "--no-cache"
_OWN = ("--engine", "pose")
_MANY_SERIES = "sleap-io-0.9.5/centered_pair.predictions.nwb"

DANDI, INSPECTOR = "dandi validate", "nwbinspector --config dandi"
OURS, OWN_RULES = "posecheck validate", "posecheck validate --engine pose"


def _on(folder: Path, *names: str) -> dict[str, Command]:
    """Return the commands of some programs, for a folder."""
    arguments = {
        DANDI: ("dandi", "validate", str(folder)),
        INSPECTOR: ("nwbinspector", str(folder), "--config", "dandi"),
        OURS: (*_POSECHECK, _FRESH, str(folder)),
        OWN_RULES: (*_POSECHECK, _FRESH, *_OWN, str(folder)),
    }
    return {name: Command(arguments[name], {}) for name in names}


def small_files(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare many small recordings, and one of them."""
    every, one = folder / "every", folder / "one"
    write_recordings(every, settings.files)
    write_recordings(one, 1)
    names = (DANDI, INSPECTOR, OURS)
    of_one = in_turn(_on(one, *names, OWN_RULES), settings.rounds, folder)
    of_every = in_turn(_on(every, *names), settings.rounds, folder)
    for key, other, wanted in (("small-dandi", DANDI, 15), ("small-inspector", INSPECTOR, 20)):
        yield Row(
            key=key,
            case=f"{settings.files} small pose files with a video each",
            against=other,
            figure=_ratio(of_every, other),
            wanted=Bound(value=wanted),
            ours=_apart(of_one[OURS], of_every[OURS], settings.files),
            theirs=_apart(of_one[other], of_every[other], settings.files),
        )
    first = (*_POSECHECK, _FRESH, str(one))
    on_screen = seconds_until("own rules", first, rounds=settings.rounds)
    yield Row(
        key="one",
        case="one small pose file with a video",
        against=DANDI,
        figure=_ratio(of_one, DANDI),
        wanted=Bound(value=1.3),
        ours=f"{_seconds(of_one[OURS])}; own findings on the screen after {on_screen:.1f} s",
        theirs=_seconds(of_one[DANDI]),
    )
    yield _compared("one-own", "the same, posecheck's own rules alone", of_one, 6, ours=OWN_RULES)
    yield _again(every, folder, settings)


def _again(every: Path, folder: Path, settings: Settings) -> Row:
    """Compare a run with the one before, where nothing changed."""
    command = (*_POSECHECK, str(every))
    firsts, seconds = [], []
    for number in range(settings.rounds):
        cache = {"POSECHECK_CACHE_DIR": str(folder / f"cache-{number}")}
        firsts.append(Command(command, cache).run(folder))
        seconds.append(Command(command, cache).run(folder))
    return Row(
        key="again",
        case=f"{settings.files} small pose files again, nothing changed",
        against="the first run",
        figure=100 * median_seconds(seconds) / median_seconds(firsts),
        wanted=Bound(value=5, is_most=True, unit="%"),
        unit="%",
        ours=_seconds(seconds, digits=2),
        theirs=_seconds(firsts),
    )


def training(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare a file of 300 training frames with two instances each."""
    path = _in_dandiset(folder)
    write_training(path, 300, 2)
    taken = in_turn(_on(folder, DANDI, OURS), settings.rounds, folder)
    yield _compared("training", "300 training frames, 600 instances, one file", taken, 20)


def series(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare a file of 648 series, which sleap-io wrote."""
    shutil.copy(settings.corpus / _MANY_SERIES, _in_dandiset(folder))
    taken = in_turn(_on(folder, DANDI, OURS), settings.rounds, folder)
    yield _compared("series", "648 series, one file", taken, 5)


def samples_of_a_file(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare the reading of 100 MB of samples with that of a bare script."""
    path = folder / "samples.nwb"
    samples.write(path, compressed=False)
    yield _beside_bare("samples", path, settings.rounds, Bound(value=1.5, is_most=True))


def large_file(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare the reading of a file that does not fit into the memory that is wanted."""
    path = folder / "large.nwb"
    write_large(path, int(settings.gigabytes * 10**9))
    with h5py.File(path, "r+") as file:
        for container in file["processing/behavior"].values():
            for each in container.values():
                each["data"].attrs["unit"] = "pixels"
    row = _beside_bare("large", path, settings.rounds, Bound(value=1.3, is_most=True))
    yield row
    taken = in_turn(_on(path, OWN_RULES), 1, folder)[OWN_RULES]
    megabytes = max(each.megabytes for each in taken)
    yield Row(
        key="large-memory",
        case=f"{settings.gigabytes:g} GB of samples, own rules",
        against="400 MB, the largest process",
        figure=megabytes,
        wanted=Bound(value=400, is_most=True, unit="MB"),
        unit="MB",
        ours=f"{megabytes:.0f} MB",
    )


def many_files(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare the memory of the main process, and the time a file, of few files and of many."""
    template = folder / "template.nwb"
    many.write(template)
    numbers = (100, 1_000, settings.many)
    peaks, each_takes = [], []
    for files in (1, *numbers):
        many.lay_out(folder / str(files), template, files)
    options = ["--jobs", str(settings.jobs), _FRESH]
    many.check(folder / "1", options)
    start_up = min(many.check(folder / "1", options)[1] for _ in range(5))
    for files in numbers:
        peak, seconds = many.check(folder / str(files), options)
        peaks.append(peak)
        each_takes.append(1000 * (seconds - start_up) / files)
    case = f"{settings.many:,} files, own rules"
    yield Row(
        key="many-memory",
        case=f"{case}: memory of the main process",
        against="1,000 files",
        figure=peaks[2] / peaks[1],
        wanted=Bound(value=1.1, is_most=True),
        ours=f"{peaks[2]:.0f} MB",
        theirs=f"{peaks[1]:.0f} MB ({peaks[0]:.0f} MB for 100)",
    )
    yield Row(
        key="many-time",
        case=f"{case}: time a file beyond the start",
        against="1,000 files",
        figure=each_takes[2] / each_takes[1],
        wanted=Bound(value=1.1, is_most=True),
        ours=f"{each_takes[2]:.1f} ms",
        theirs=f"{each_takes[1]:.1f} ms",
    )


def _beside_bare(key: str, path: Path, rounds: int, wanted: Bound) -> Row:
    """Compare with min, max and isnan of every dataset by h5py; both read once before."""
    bare, ours = "h5py: read, min, max, isnan", OWN_RULES
    commands = {bare: Command((sys.executable, "-c", samples.BARE, str(path)), {})}
    commands |= _on(path, ours)
    in_turn(commands, 1, path.parent)
    taken = in_turn(commands, rounds, path.parent)
    return Row(
        key=key,
        case=f"{path.stat().st_size / 1e9:.1f} GB of samples, uncompressed, own rules",
        against=bare,
        figure=median_seconds(taken[ours]) / median_seconds(taken[bare]),
        wanted=wanted,
        ours=_seconds(taken[ours], digits=2),
        theirs=_seconds(taken[bare], digits=2),
    )


def _compared(
    key: str, case: str, taken: dict[str, list[Taken]], wanted: float, *, ours: str = OURS
) -> Row:
    return Row(
        key=key,
        case=case,
        against=DANDI,
        figure=_ratio(taken, DANDI, ours),
        wanted=Bound(value=wanted),
        ours=_seconds(taken[ours]),
        theirs=_seconds(taken[DANDI]),
    )


def _ratio(taken: dict[str, list[Taken]], other: str, ours: str = OURS) -> float:
    return median_seconds(taken[other]) / median_seconds(taken[ours])


def _seconds(taken: list[Taken], digits: int = 1) -> str:
    return f"{median_seconds(taken):.{digits}f} s"


def _apart(one: list[Taken], every: list[Taken], files: int) -> str:
    """Tell the start apart from what a file costs."""
    start, whole = median_seconds(one), median_seconds(every)
    each = 1000 * (whole - start) / max(1, files - 1)
    return f"{whole:.1f} s: {start:.1f} s with one file, {each:.0f} ms for each more"


def _in_dandiset(folder: Path) -> Path:
    """Return where a recording lies in a dandiset of its own."""
    (folder / "sub-m1").mkdir(parents=True)
    (folder / "dandiset.yaml").write_text("identifier: '000000'\n", encoding="utf-8")
    return folder / "sub-m1" / "sub-m1_behavior.nwb"
