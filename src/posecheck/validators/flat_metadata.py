"""The fields that dandi reads of an NWB file, before it makes the archive's metadata of them.

The fast way hands dandi what pynwb made of the file already, by names that are private in dandi.
Where they are gone, or a version that was not tested gives something else, dandi reads the file
itself, which takes as long as pynwb needs to load the file's specification again.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

import dandi.pynwb_utils
from dandi.metadata.nwb import get_metadata
from dandi.misctypes import Readable

from posecheck.validators.containers import open_container
from posecheck.validators.messages import quiet_and_fast
from posecheck.validators.private_names import METADATA, obstacle
from posecheck.validators.replacing import replaced
from posecheck.validators.tiny_file import tiny_file


def flat_metadata(container: Any, path: Path | Readable) -> dict[str, Any]:
    """Return the fields that dandi reads of a file.

    Parameters
    ----------
    container
        What pynwb made of the file.
    path
        The file.

    Raises
    ------
    Exception
        What dandi raises on a file that it does not read.
    """
    if metadata_obstacle():
        return official_metadata(path if isinstance(path, Readable) else _File(path))
    return _fast_metadata(container, path)


def metadata_obstacle() -> str:
    """Return why dandi extracts metadata in its own way, as a clause; empty if it does not."""
    return obstacle(METADATA, try_metadata)


def try_metadata() -> str:
    """Read a tiny file in both ways, and say how the results differ; empty if they do not."""
    with quiet_and_fast(), tiny_file() as handle:
        handle.flush()
        file = _File(Path(handle.filename), handle.id.get_file_image())
        found = _fast_metadata(open_container(handle, file.path).container, file)
        wanted = official_metadata(file)
    differing = [name for name, value in found.items() if wanted.get(name) != value]
    return f"{', '.join(differing)} differ" if differing or not found else ""


def official_metadata(file: Readable) -> dict[str, Any]:
    """Return the fields as dandi reads them by itself, but for those of a BIDS dataset.

    dandi reads these too where it gets a path, by having the whole dataset validated.
    """
    found: dict[str, Any] = get_metadata(file)
    return found


def reads_with(open_reading: Callable[..., Any]) -> AbstractContextManager[None]:
    """For a while, let dandi open files with something else than `pynwb.NWBHDF5IO`."""
    return replaced(dandi.pynwb_utils, "NWBHDF5IO", open_reading)


class Reading:
    """What dandi uses of `pynwb.NWBHDF5IO`.

    Parameters
    ----------
    read
        Returns the file's objects, as pynwb makes them.
    """

    def __init__(self, read: Callable[[], Any]) -> None:
        self.read = read

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the file to whoever opened it."""


def _fast_metadata(container: Any, path: Path | Readable) -> dict[str, Any]:
    with reads_with(lambda **_: Reading(lambda: container)):
        found: dict[str, Any] = dandi.pynwb_utils._get_pynwb_metadata(path)
    return found


class _File(Readable):  # type: ignore[misc]
    """A file for dandi: opened by us, so that HDF5 follows no link out of it."""

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        self.path, self._content = path, content

    def open(self) -> IO[bytes]:
        return io.BytesIO(self._content) if self._content is not None else self.path.open("rb")

    def get_size(self) -> int:
        return len(self._content) if self._content is not None else self.path.stat().st_size

    def get_mtime(self) -> None:
        return None

    def get_filename(self) -> str:
        return self.path.name
