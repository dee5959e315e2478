"""The rows of the table that other benchmarks of this folder measure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks import organize, upload
from benchmarks.results import Row
from benchmarks.settings import Settings


def organized(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare ``posecheck organize`` with ``dandi organize``, both copying files and videos."""
    seconds, _ = organize.compare(folder, settings.recordings, settings.rounds)
    ours, theirs = (statistics.median(each) for each in seconds.values())
    yield Row(
        key="organize",
        case=f"{settings.recordings} recordings with a video each, copied into a dandiset",
        against="dandi organize",
        figure=theirs / ours,
        ours=f"{ours:.1f} s",
        theirs=f"{theirs:.1f} s",
    )


def uploaded(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare ``posecheck upload`` with ``dandi upload``, both with validation."""
    seconds = upload.compare(
        folder,
        recordings=settings.recordings,
        megabytes=settings.megabytes,
        rounds=settings.rounds,
    )
    cases = {
        upload.MANY: f"{settings.recordings} recordings with a video each, uploaded",
        upload.AGAIN: f"{settings.recordings} recordings again, nothing to send",
        upload.LARGE: f"a recording with a video of {settings.megabytes} MB, uploaded",
    }
    for workload, found in seconds.items():
        theirs, ours = (statistics.median(found[name]) for name in ("dandi", "posecheck"))
        yield Row(
            key=f"upload-{workload.replace(' ', '-')}",
            case=cases[workload],
            against="dandi upload",
            figure=theirs / ours,
            ours=f"{ours:.1f} s",
            theirs=f"{theirs:.1f} s",
        )
