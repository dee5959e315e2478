"""Files that a program hands over opened: what fsspec opens, and file objects of any kind."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar

from posecheck.model.errors import UsageError
from posecheck.sources import filesystem_ranges
from posecheck.sources.local_source import LocalSource
from posecheck.sources.ranged_file import RangedFile
from posecheck.sources.remote_access import redacted
from posecheck.sources.remote_source import RemoteSource
from posecheck.sources.source import FileStatus, Surroundings
from posecheck.sources.unknown_surroundings import UnknownSurroundings

_UNNAMED = "a file object"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFileSource(RemoteSource):
    """An `fsspec.core.OpenFile`, which is read in ranges through its own file system.

    Attributes
    ----------
    filesystem
        The file system, with whatever options and credentials it was made with.
    filesystem_path
        The file's path in it.
    """

    filesystem: Any = field(repr=False)
    filesystem_path: str

    @classmethod
    def of(cls, opened: Any) -> OpenFileSource:
        """Return the source of an `fsspec.core.OpenFile`."""
        address = str(opened.full_name)
        return cls(
            address, redacted(address), filesystem=opened.fs, filesystem_path=str(opened.path)
        )

    def status(self) -> FileStatus:
        """Ask for it.

        Raises
        ------
        SourceError
            If nothing is there, or nobody says.
        """
        kind, stamp = filesystem_ranges.status_of(self.filesystem, self.filesystem_path)
        return FileStatus(kind=kind, stamp=stamp)

    def open(self) -> io.RawIOBase:
        """Open it.

        Raises
        ------
        SourceError
            If that fails.
        """
        return RangedFile(filesystem_ranges.ranges_of(self.filesystem, self.filesystem_path))

    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        """Return that nobody knows what lies around it."""
        return UnknownSurroundings(self.name, self)


@dataclass(frozen=True, slots=True)
class CopiedSource(LocalSource):
    """A file object's content, in a temporary file that workers can open."""

    has_path: ClassVar[bool] = False

    @classmethod
    def of(cls, opened: IO[bytes], folder: Path, number: int) -> CopiedSource:
        """Copy what a file object holds from where it stands.

        Parameters
        ----------
        opened
            The file object; it is read to its end.
        folder
            Where the copy goes.
        number
            What tells it apart from others.

        Raises
        ------
        UsageError
            If it is not opened for reading bytes, or cannot be copied.
        """
        named = getattr(opened, "name", "")
        name = named if isinstance(named, str) and named else _UNNAMED
        copy = folder / f"{number}.nwb"
        try:
            with copy.open("wb") as target:
                shutil.copyfileobj(opened, target, 1024 * 1024)
        except (TypeError, io.UnsupportedOperation):
            raise UsageError(f"{name} is not opened for reading bytes (mode 'rb')") from None
        except OSError as error:
            raise UsageError(f"{name} cannot be copied: {error.strerror or error}") from error
        return cls(str(copy), name)

    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        """Return that nobody knows what lies around it."""
        return UnknownSurroundings(Path(self.display_path).name, self)
