"""The rows of the table that other benchmarks of this folder measure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.archive.recordings import write_recordings

from benchmarks import dask_cluster, organize, upload
from benchmarks.measuring import median_seconds
from benchmarks.results import Bound, Row
from benchmarks.settings import Settings


def dask(folder: Path, settings: Settings) -> Iterator[Row]:
    """Compare a Dask cluster of two workers on this machine with two worker processes."""
    write_recordings(folder / "files", settings.files)
    taken = dask_cluster.compare(folder / "files", settings.rounds)
    ours, theirs = (median_seconds(taken[name]) for name in ("dask", "pool"))
    yield Row(
        key="dask",
        case=f"{settings.files} small pose files with a video each, two Dask workers",
        against="two worker processes",
        figure=ours / theirs,
        wanted=Bound(value=1.2, is_most=True),
        ours=f"{ours:.1f} s",
        theirs=f"{theirs:.1f} s",
    )


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
