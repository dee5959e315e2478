"""What each format writes of one report, kept as files beside this module.

Write them again where a format is meant to change: ``python -m tests.report.formats.snapshot``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.report.samples import file_report, finding, typical

from posecheck.model.finding import BASELINE, Severity, Suppression
from posecheck.model.fingerprint import with_fingerprints
from posecheck.model.report import Report
from posecheck.report.formats import FORMATS, render
from posecheck.report.reporter import Context

FOLDER = Path(__file__).parent / "snapshots"


def sample() -> Report:
    """Return a report of three files and one dandiset, where one finding was known before."""
    copy = finding(
        "LAY006",
        Severity.ERROR,
        "a.nwb and b.nwb have one object_id, 0f",
        "/",
        name="same-object-twice",
        remedy="Give the copy an object_id of its own.",
    )
    missing = replace(finding(), subject="videos/front.mp4", variant="beside")
    known = replace(
        missing,
        location="/acquisition/side",
        suppression=Suppression(BASELINE, "the camera broke"),
    )
    dandiset = file_report(copy, replace(missing, location="/acquisition/rear"), known, path=".")
    finished = replace(typical(), dandisets=(dandiset,), root="/home/lab/dataset")
    files, dandisets = (
        tuple(with_fingerprints(block, str) for block in blocks)
        for blocks in (finished.files, finished.dandisets)
    )
    return replace(finished, files=files, dandisets=dandisets)


def written(name: str) -> str:
    """Return what a format writes of the sample."""
    return render(name, sample(), Context())


def snapshot_of(name: str) -> Path:
    """Return the file that keeps what a format writes."""
    return FOLDER / f"{name}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in FORMATS:
        snapshot_of(name).write_text(written(name), encoding="utf-8", newline="\n")
