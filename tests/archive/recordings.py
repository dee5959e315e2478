"""Many small recordings, made of one: each a session of its own with a video of its own."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import h5py
from tests.archive.dandi import name_dandiset
from tests.recordings.written import CAMERA_VIDEO, STEM, VIDEO, write_recording


def write_recordings(
    folder: Path, count: int, *, dandiset: str = "000001", same_video: bool = False, pad: int = 16
) -> list[Path]:
    """Write a dandiset of small sessions.

    Parameters
    ----------
    folder
        The dandiset's root.
    count
        How many sessions.
    dandiset
        Its identifier.
    same_video
        Whether all videos are the same, byte for byte.
    pad
        How many bytes each video is longer than it need be, at least 16. They lie in a box that
        players skip.

    Returns
    -------
    list of Path
        The NWB files.
    """
    name_dandiset(folder, dandiset)
    template = write_recording(folder / "template")
    written = [
        _write(folder, template, f"{number:04}", 0 if same_video else number, pad)
        for number in range(1, count + 1)
    ]
    shutil.rmtree(folder / "template")
    return written


def _write(folder: Path, template: Path, session: str, seed: int, pad: int) -> Path:
    path = folder / "sub-mouse01" / f"sub-mouse01_ses-{session}_behavior.nwb"
    video = f"{path.stem}/sub-mouse01_ses-{session}_camera.mp4"
    (path.parent / path.stem).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template.parent / VIDEO, path.parent / video)
    pad_video(path.parent / video, pad, seed)
    shutil.copyfile(template, path)
    with h5py.File(path, "r+") as file:
        file["identifier"][()] = f"{STEM}-{session}"
        file["general/session_id"][()] = session
        file[f"{CAMERA_VIDEO}/external_file"][0] = video
        file.attrs["object_id"] = str(uuid.uuid4())
    return path


def pad_video(path: Path, size: int, seed: int = 0) -> None:
    """Append a box of bytes that players skip (``free``), unlike that of another seed."""
    with path.open("ab") as file:
        file.write(size.to_bytes(4, "big") + b"free")
        block = seed.to_bytes(8, "big") * 2**17
        for start in range(0, size - 8, len(block)):
            file.write(block[: min(len(block), size - 8 - start)])
