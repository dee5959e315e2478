"""An archive to audit: dandisets with pose and without, one embargoed, one empty."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
from pynwb import NWBHDF5IO
from tests.archive.filling import send_folder
from tests.archive.recordings import write_recordings
from tests.archive.sending import send
from tests.archive.server import Archive
from tests.recordings.without_pose import write_without_pose
from tests.recordings.written import start_session

POSE_RECORDINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """An archive, and the identifiers of its dandisets.

    Attributes
    ----------
    posed
        Four recordings with pose, one of which references a video that is not there; one of
        electrophysiology without; and a Zarr store.
    unposed
        Two recordings of behavior without pose, and one of which the path suggests none.
    odd
        A recording with pose that carries no specifications; one that carries ndx-pose and holds no
        pose; and a video that nobody references.
    hidden
        An embargoed one with a recording.
    empty
        One without assets.
    """

    archive: Archive
    posed: str
    unposed: str
    odd: str
    hidden: str
    empty: str

    @property
    def host(self) -> str:
        """How ``dandi://`` addresses name the archive."""
        return self.archive.url.removeprefix("http://")

    @property
    def whole(self) -> str:
        """The address of the archive."""
        return f"dandi://{self.host}"

    def address(self, dandiset: str) -> str:
        """Return the address of a dandiset's draft."""
        return f"{self.whole}/{dandiset}@draft"

    def downloads_of(self, dandiset: str, path: str) -> int:
        """Return how often the archive was asked for an asset's bytes."""
        asset = self.archive.assets(dandiset)[path]
        return len(self.archive.log.entries("GET", f"/assets/{asset.asset_id}/download/"))

    def ranges_of(self, dandiset: str, path: str) -> int:
        """Return how often its store was asked for an asset's bytes."""
        key = self.archive.assets(dandiset)[path].blob.key
        found = self.archive.log.entries("GET", key)
        return len([entry for entry in found if entry.side == "s3"])


def write_dandisets(folder: Path) -> Path:
    """Write what `fill` sends, each dandiset in a folder."""
    posed, unposed, odd, hidden = (folder / name for name in ("posed", "unposed", "odd", "hidden"))
    write_recordings(posed, POSE_RECORDINGS)
    (video,) = posed.rglob("*ses-0002_camera.mp4")
    video.unlink()
    write_without_pose(posed / "sub-mouse01/sub-mouse01_ses-0009_ecephys.nwb")
    for number in (1, 2):
        write_without_pose(unposed / f"sub-{number}/sub-{number}_behavior.nwb")
    write_without_pose(unposed / "sub-3/sub-3_ophys.nwb")
    (recording,) = write_recordings(odd, 1, pad=32)
    with h5py.File(recording, "r+") as file:
        del file["specifications"]
        del file.attrs[".specloc"]
    (video,) = odd.rglob("*.mp4")
    (odd / "sub-mouse01/overview.mp4").write_bytes(video.read_bytes() + b"\0\0\0\x09freeX")
    with NWBHDF5IO(odd / "sub-mouse01/sub-mouse01_ses-0002_behavior.nwb", "w") as io:
        io.write(start_session("A mouse sleeps where ndx-pose is imported."))
    with h5py.File(odd / "sub-mouse01/sub-mouse01_ses-0002_behavior.nwb", "r+") as file:
        file.attrs["object_id"] = str(uuid.uuid4())
    write_recordings(hidden, 1, pad=48)
    return folder


def fill(archive: Archive, folder: Path) -> Audited:
    """Send the dandisets of `write_dandisets`."""
    posed = send_folder(archive, folder / "posed")
    send(archive, posed, "sub-mouse01/sub-mouse01_ses-0010_behavior.nwb.zarr", [b"a store"])
    filled = Audited(
        archive=archive,
        posed=posed,
        unposed=send_folder(archive, folder / "unposed"),
        odd=send_folder(archive, folder / "odd"),
        hidden=send_folder(archive, folder / "hidden", embargoed=True),
        empty=archive.create_dandiset(),
    )
    archive.log.clear()
    return filled


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return what a file of JSON lines holds, without what takes another time in each run."""
    return list(_lines(path))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for text in path.read_text().splitlines():
        line = json.loads(text)
        del line["seconds"]
        yield line
