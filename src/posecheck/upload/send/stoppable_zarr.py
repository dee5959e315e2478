"""dandi's `ZarrAsset`, which ends soon when the user stops the run.

dandi hands the files of a store to its threads by the hundred, and waits for all of them, whatever
happens. Here a file that is opened to be sent after the run was stopped raises instead. This module
imports dandi, so it is imported where a store is sent.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dandi.files import LocalZarrEntry, ZarrAsset

from posecheck.archive.errors import StoppedError


class _StoppablePath(type(Path())):  # type: ignore[misc]  # a Path can be derived from since 3.12
    """A path that opens no file once its run is stopped."""

    stop: threading.Event | None = None

    def open(self, *arguments: Any, **options: Any) -> IO[Any]:
        if self.stop is not None and self.stop.is_set():
            raise StoppedError
        opened: IO[Any] = super().open(*arguments, **options)
        return opened


@dataclass
class _StoppableEntry(LocalZarrEntry):  # type: ignore[misc]  # dandi is not typed
    stop: threading.Event

    @property
    def filepath(self) -> Path:
        path = _StoppablePath(super().filepath)
        path.stop = self.stop
        return path


@dataclass
class StoppableZarrAsset(ZarrAsset):  # type: ignore[misc]
    """A Zarr store that dandi sends.

    Attributes
    ----------
    stop
        Ends the sending when set.
    """

    stop: threading.Event

    @property
    def filetree(self) -> LocalZarrEntry:
        """The root of the files in the store."""
        return _StoppableEntry(zarr_basepath=self.filepath, parts=(), stop=self.stop)
