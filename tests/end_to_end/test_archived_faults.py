"""A dandiset on the archive with planted faults: found by one listing, and nothing else is.

By hand, with 300 recordings: ``POSECHECK_RECORDINGS=300 pytest tests/end_to_end -k planted``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import h5py
import pytest
from tests.archive.filling import send_folder
from tests.archive.fixtures import archive, store
from tests.archive.recordings import write_recordings
from tests.archive.server import Archive
from tests.end_to_end.command import posecheck
from tests.recordings.written import CAMERA_VIDEO

__all__ = ["archive", "store"]

pytestmark = pytest.mark.slow

RECORDINGS = int(os.environ.get("POSECHECK_RECORDINGS", "30"))


@dataclass(frozen=True, slots=True)
class Session:
    """A recording, and the video that lies beside it."""

    folder: Path
    number: int

    @property
    def nwb(self) -> Path:
        return self.folder / f"sub-mouse01/sub-mouse01_ses-{self.number:04}_behavior.nwb"

    @property
    def video(self) -> Path:
        stem = self.nwb.with_suffix("")
        return stem / f"sub-mouse01_ses-{self.number:04}_camera.mp4"


def plant(folder: Path) -> set[tuple[str, str, str]]:
    """Plant seven faults; return for each the code, its variant and the file that has it."""
    missing, case, outside, size, truncated, renamed = (
        Session(folder, number) for number in (3, 6, 9, 12, 15, 18)
    )
    missing.video.unlink()
    case.video.rename(case.video.with_name(case.video.name.replace("camera", "Camera")))
    outside.video.unlink()
    with h5py.File(outside.nwb, "r+") as file:
        file[f"{CAMERA_VIDEO}/external_file"][0] = f"../../videos/{outside.video.name}"
    with h5py.File(size.nwb, "r+") as file:
        file[f"{CAMERA_VIDEO}/dimension"][...] = [640, 480]
    unreferenced = folder / "sub-mouse01/overview.mp4"
    unreferenced.write_bytes(Session(folder, 1).video.read_bytes() + b"\0\0\0\x09freeX")
    whole = truncated.video.read_bytes()
    truncated.video.write_bytes(whole[: len(whole) // 2])
    renamed.video.rename(renamed.nwb.with_name(renamed.video.name))
    return {
        ("LAY007", "unanswered", missing.nwb.name),
        ("LAY007", "near", case.nwb.name),
        ("VID005", "", outside.nwb.name),
        ("VID018", "", size.nwb.name),
        ("VID028", "", unreferenced.name),
        ("VID015", "unfinished", truncated.nwb.name),
        ("LAY007", "near", renamed.nwb.name),
    }


def test_seven_planted_faults_are_found_and_nothing_else(archive: Archive, tmp_path: Path) -> None:
    write_recordings(tmp_path, RECORDINGS)
    planted = plant(tmp_path)
    dandiset = send_folder(archive, tmp_path)
    archive.log.clear()

    address = f"dandi://{archive.url.removeprefix('http://')}/{dandiset}@draft"
    outcome = posecheck("validate", address, "--output", "json", seconds=600)

    found = [
        (finding["code"], finding["variant"], finding["file"].rpartition("/")[2])
        for finding in outcome.report["findings"]
    ]
    assert sorted(found) == sorted(planted)
    assert outcome.code == 1
    assert len(archive.log.entries("GET", "/versions/")) == 1
    ((contents),) = [each["contents"] for each in outcome.report["dandisets"]]
    sizes = {path: path.stat().st_size for path in tmp_path.rglob("*.*") if path.is_file()}
    assert contents == {
        "assets": 2 * RECORDINGS - 1,
        "assets_bytes": sum(s for path, s in sizes.items() if path.suffix in {".nwb", ".mp4"}),
        "recordings": RECORDINGS,
        "recordings_bytes": sum(s for path, s in sizes.items() if path.suffix == ".nwb"),
        "videos": RECORDINGS - 1,
        "videos_bytes": sum(s for path, s in sizes.items() if path.suffix == ".mp4"),
        "read": RECORDINGS,
        "with_pose": RECORDINGS,
        "ndx_pose_versions": {"0.4.0": RECORDINGS},
        "references": RECORDINGS - 4,
        "dangling": 4,
        "probed": RECORDINGS - 4,
        "unplayable": 1,
        "unreferenced": 1,
        "unreferenced_by_read": 1,
        "unknown": "",
        "pose_probes": None,
    }
