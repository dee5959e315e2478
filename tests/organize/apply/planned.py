"""Folders to organize, and plans for them that were made by hand."""

from __future__ import annotations

import atexit
import functools
import io
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from tests.recordings.zarr_twin import write_twin

from posecheck.files import file_stamp
from posecheck.model.progress import ProgressListener
from posecheck.model.stamp import Stamp
from posecheck.model.storage_format import StorageFormat
from posecheck.model.string_change import StringChange
from posecheck.organize.apply.change_set import ORGANIZE
from posecheck.organize.plan.values import (
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.storage import zarr_texts
from posecheck.transaction import runs
from posecheck.transaction.steps import TransferMode


class Recorder(ProgressListener):
    """Keeps how far a run is after each report, and may do something then."""

    def __init__(self, then: Callable[[Recorder], object] = lambda _: None) -> None:
        self.done: list[int] = [0]
        self.total = self.copied = 0
        self.files: list[str] = []
        self._then = then
        self._lock = threading.Lock()

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        self.total = total

    def advance(self, count: int) -> None:
        with self._lock:
            self.done.append(self.done[-1] + count)
        self._then(self)

    def begin_file(self, path: str, size: int) -> None:
        self.files.append(path)

    def advance_file(self, path: str, count: int) -> None:
        with self._lock:
            self.copied += count
        self.advance(count)


def unfinished_run(dandiset: Path) -> str | None:
    return runs.unfinished_run(dandiset, ORGANIZE)


SERIES = "/acquisition/camera/external_file"


def stamp_of(path: Path) -> Stamp:
    stamp = file_stamp.stamp_of(path)
    assert stamp is not None
    return stamp


def write_session(folder: Path, name: str, *, video: str | None = None) -> tuple[Path, Path]:
    """Write an NWB file that references a video, as much of both as applying looks at."""
    folder.mkdir(parents=True, exist_ok=True)
    film = folder / (video or f"{name} film.mp4")
    film.write_bytes(name.encode() * 5000)
    path = folder / f"{name}.nwb"
    path.write_bytes(_recording_of(film.name))
    for index, written in enumerate((film, path)):
        os.utime(written, ns=(10**18, 10**18 + 1000 * index))
    return path, film


@functools.cache
def _recording_of(film: str) -> bytes:
    """Return the bytes of an NWB file that references a video: tests write it hundreds of times."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["neurodata_type"] = "NWBFile"
        camera = file.create_group("acquisition/camera")
        text = h5py.string_dtype()
        external = camera.create_dataset("external_file", data=[film], dtype=text)
        external.attrs["starting_frame"] = [0]
        module = file.create_group("processing/behavior")
        module.create_dataset("original_videos", data=[film, "other.avi"], dtype=text)
        module["data"] = np.arange(2000.0).reshape(-1, 2)
    return content.getvalue()


@functools.cache
def _store_of(film: str) -> Path:
    """Write the same into a Zarr store, once for this process, and return its folder."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    path = folder / "recording.nwb"
    path.write_bytes(_recording_of(film))
    with h5py.File(path, "r+") as file:
        del file["processing/behavior/data"]
    return write_twin(path, folder / "recording.nwb.zarr")


def write_store_session(folder: Path, name: str, *, video: str | None = None) -> tuple[Path, Path]:
    """Write the same into a Zarr store, of few members: each is an effect when it is placed."""
    path, film = write_session(folder, name, video=video)
    path.unlink()
    store = shutil.copytree(_store_of(film.name), folder / f"{name}.nwb.zarr")
    for written in sorted(store.rglob("*"), reverse=True):
        os.utime(written, ns=(10**18, 10**18 + 1000))
    return store, film


def texts_of(path: Path, array: str) -> list[str]:
    """Return the texts that an NWB file holds, in HDF5 or in Zarr."""
    if path.is_dir():
        with zarr_texts.opened_store(path) as store:
            return list(zarr_texts.open_array(store, array).value())
    with h5py.File(path) as file:
        return list(file[array].asstr()[()])


@dataclass(slots=True)
class Planner:
    """Collects what a plan is to bring."""

    dandiset: Path
    files: FileMode = FileMode.COPY
    videos: TransferMode = TransferMode.COPY
    media: list[PlannedMedia] = field(default_factory=list)
    recordings: list[PlannedRecording] = field(default_factory=list)
    new_identifier: str | None = None

    def add_film(self, film: Path, *target: str, remux: bool = False) -> None:
        self.media.append(
            PlannedMedia(
                source=os.fspath(film),
                stamp=stamp_of(film),
                target=target,
                mode=self.videos,
                remux=remux,
            )
        )

    def add_session(self, path: Path, *target: str, rewrites: Mapping[str, str]) -> None:
        """Plan a recording: ``rewrites`` maps old texts to new ones."""
        found = []
        for name in (SERIES, "/processing/behavior/original_videos"):
            for index, old in enumerate(texts_of(path, name)):
                if old in rewrites:
                    change = StringChange(dataset=name, index=index, old=old, new=rewrites[old])
                    found.append(change)
        self.recordings.append(
            PlannedRecording(
                source=os.fspath(path),
                storage=StorageFormat.ZARR if path.is_dir() else StorageFormat.HDF5,
                stamp=stamp_of(path),
                target=target,
                mode=self.files,
                rewrites=tuple(found),
                media=tuple(media.target for media in self.media),
            )
        )

    def add_both(self, path: Path, film: Path, subject: str) -> None:
        """Plan a recording with its film, where DANDI wants them."""
        stem = f"sub-{subject}_behavior"
        name = f"sub-{subject}_camera{film.suffix}"
        self.add_film(film, f"sub-{subject}", stem, name)
        rewrites = {film.name: f"{stem}/{name}"}
        ending = ".nwb.zarr" if path.is_dir() else ".nwb"
        self.add_session(path, f"sub-{subject}", f"{stem}{ending}", rewrites=rewrites)

    def plan(self) -> OrganizePlan:
        return OrganizePlan(
            dandiset=os.fspath(self.dandiset),
            new_identifier=self.new_identifier,
            media=tuple(self.media),
            recordings=tuple(self.recordings),
        )


Entry = tuple[str, int, int, bytes]


def tree(*roots: Path, ignoring: str = ".posecheck") -> dict[str, Entry]:
    """Return all that lies in some folders: kind, permissions, time of the file, and content."""
    found: dict[str, Entry] = {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            if ignoring and ignoring in path.relative_to(root).parts:
                continue
            status = path.lstat()
            mode = stat.S_IMODE(status.st_mode)
            name = f"{root.name}/{path.relative_to(root)}"
            if path.is_symlink():
                found[name] = ("link", 0, 0, os.fsencode(path.readlink()))
            elif path.is_dir():
                found[name] = ("folder", mode, 0, b"")
            else:
                found[name] = ("file", mode, status.st_mtime_ns, path.read_bytes())
    return found
