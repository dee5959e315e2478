"""Temporary folders of a run, and how values that name them are sent to another machine.

A job says where its checkpoint is kept, and a task where workers share what they learned of videos.
On this machine those are folders of ours. A worker on another machine has folders of its own: what
is packed here names a temporary folder by its role, and is unpacked there with the folder that the
worker has for it.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_folders: set[Path] = set()
"""The temporary folders of the runs of this process."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a temporary folder, which is removed when the block ends."""
    with tempfile.TemporaryDirectory(prefix="posecheck-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _folders.add(folder)
        try:
            yield folder
        finally:
            _folders.discard(folder)


def pack(value: Any) -> bytes:
    """Pack a value for another machine, without the places of temporary folders."""
    stream = io.BytesIO()
    _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(value)
    return stream.getvalue()


def unpack(content: bytes, folder: Path) -> Any:
    """Unpack a value that `pack` packed.

    Parameters
    ----------
    content
        What it returned.
    folder
        What stands in for the temporary folder. Folders in it that the value names are made.
    """
    return _Unpickler(io.BytesIO(content), folder).load()


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> tuple[str, bool] | None:
        """Return how a path in a temporary folder is named, and whether it is a folder."""
        if isinstance(obj, Path):
            for folder in _folders:
                if obj.is_relative_to(folder):
                    return obj.relative_to(folder).as_posix(), obj.is_dir()
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, folder: Path) -> None:
        super().__init__(stream)
        self._folder = folder

    def persistent_load(self, pid: Any) -> Path:
        """Return the path of the same name in the folder that stands in."""
        name, is_folder = pid
        path: Path = self._folder / name
        (path if is_folder else path.parent).mkdir(parents=True, exist_ok=True)
        return path
