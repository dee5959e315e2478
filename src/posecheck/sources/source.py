"""What the layers above need of a file, wherever it lies, and of what lies around it."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import ClassVar

from posecheck.files.file_lock import FileUse
from posecheck.model.external_file import Target
from posecheck.model.recording import Dandiset
from posecheck.model.reference import Reference
from posecheck.model.stamp import Stamp
from posecheck.sources.store_files import StoreFiles


class FileKind(StrEnum):
    """What is at an address."""

    FILE = "file"
    FOLDER = "folder"
    STORE = "store"
    """A folder that is one file to NWB: a Zarr store."""
    OTHER = "other"
    """A pipe, a socket, a device: opening it could wait for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatus:
    """What is known of a file without opening it.

    Attributes
    ----------
    kind
        What it is.
    stamp
        Its size, and what changes along with its content.
    changed_ns
        When its content or anything else about it changed last, in nanoseconds, which no program
        can set back; on Windows, when it was made; 0 if nobody says. Of a store: of whatever lies
        in it.
    tree
        Of a store on this machine: what changes along with anything about what lies in it. Empty
        if that cannot be told, and of anything else.
    """

    kind: FileKind
    stamp: Stamp
    changed_ns: int = 0
    tree: str = ""


class Source(ABC):
    """A file; a small value that can be sent to a worker.

    Attributes
    ----------
    address
        Where it is: a path, as it was found.
    display_path
        How it is printed.
    is_local
        Whether its content lies on this machine.
    has_path
        Whether it has a place on this machine, be its content there or not.
    is_on_archive
        Whether it is an asset of a dandiset of which a listing says what lies around it.
    """

    __slots__ = ()

    address: str
    display_path: str
    is_local: ClassVar[bool]
    has_path: ClassVar[bool] = False
    is_on_archive: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The last part of the address."""
        return PurePosixPath(self.address).name

    @property
    def address_path(self) -> str:
        """The path in the address, without server and query."""
        return self.address

    @property
    def suffix(self) -> str:
        """The extension of the name in lower case, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def read_from(self) -> str:
        """Where its content is read, as it may be printed; nothing if that is its own address."""
        return ""

    @property
    @abstractmethod
    def path(self) -> Path:
        """Where it lies on this machine.

        Raises
        ------
        ValueError
            If it lies elsewhere.
        """

    @abstractmethod
    def status(self) -> FileStatus:
        """Look it up.

        Raises
        ------
        OSError
            If nothing is there, or nobody says.
        """

    @abstractmethod
    def open(self) -> io.RawIOBase:
        """Open it for reading, without a buffer.

        Raises
        ------
        OSError
            If that fails.
        """

    def is_store(self) -> bool:
        """Whether it is of the kind `FileKind.STORE`, as far as nobody elsewhere need be asked."""
        return False

    def open_store(self) -> StoreFiles:
        """Open a store: what is of the kind `FileKind.STORE`.

        Raises
        ------
        OSError
            If it is none, or that fails.
        """
        raise NotADirectoryError(f"{self.display_path} is no store")

    @abstractmethod
    def unfetched_key(self) -> str | None:
        """Return the key of content that is named here and lies elsewhere; ``None`` if it is here.

        It is the key of git-annex or the hash of Git LFS.
        """

    def size_conflict(self, size: int) -> str:
        """Say that its content is not what git-annex keeps, if its key states another size."""
        return ""

    def way_out(self, linked_from: Sequence[Path] = ()) -> str:
        """Say where it is linked to if git holds a link out of the repository; else nothing.

        Parameters
        ----------
        linked_from
            Folders outside to which links may lead.
        """
        return ""

    def use(self) -> FileUse:
        """Return who else has it open: locks are of this machine, and elsewhere nobody knows."""
        return FileUse.FREE

    def is_there(self, path: str) -> bool:
        """Return whether anything lies at a path relative to its folder, links followed."""
        return False

    @property
    def is_settled(self) -> bool:
        """Whether it last changed so long ago that another change would show in its status."""
        return True

    def distrust(self) -> None:  # noqa: B027 - nobody remembers what was said of it
        """Take note that what is said of it now may be otherwise in a moment."""

    @abstractmethod
    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        """Return what lies around it.

        Parameters
        ----------
        linked_from
            Folders outside the dandiset to which linked folders may lead.
        """

    def stamp(self) -> Stamp | None:
        """Return what changes along with its content; ``None`` if nothing is there."""
        try:
            return self.status().stamp
        except (OSError, ValueError):  # ValueError: a zero byte or a lone surrogate in the name
            return None


class Surroundings(ABC):
    """The dandiset that holds a file, or else the folder.

    Places in it are components: from the root of the dandiset, or from the folder of a file outside
    one, where leading ``..`` may stand.

    Attributes
    ----------
    dandiset
        Where the file lies in its dandiset; ``None`` outside one.
    folder
        The place of its folder.
    file_name
        Its name.
    """

    dandiset: Dandiset | None
    folder: tuple[str, ...]
    file_name: str

    @abstractmethod
    def resolve(self, reference: Reference) -> tuple[str, ...] | None:
        """Return the place to which a relative reference leads; ``None`` outside the dandiset."""

    @abstractmethod
    def locate(self, reference: Reference) -> tuple[str, ...]:
        """Return the place to which an absolute reference leads; nothing if it leads elsewhere."""

    def leaves_repository(self, place: tuple[str, ...]) -> bool:
        """Whether git holds the file, and a place lies outside of its repository."""
        return False

    @abstractmethod
    def look_up(self, place: tuple[str, ...], *, bounded: bool = True) -> Target:
        """Return what is at a place, without opening it.

        Parameters
        ----------
        place
            Where to look.
        bounded
            Whether a link that leads out of the dandiset, or out of the folder, is reported and not
            followed.
        """

    @abstractmethod
    def names_in(self, folder: tuple[str, ...]) -> Sequence[str]:
        """Return the names in a folder; none if it cannot be listed."""

    def twins(self, place: tuple[str, ...]) -> Sequence[tuple[str, ...]] | None:
        """Return the places that differ from one in the case of letters or in accents alone.

        Returns
        -------
        Sequence or None
            The files there; ``None`` where only the names in a folder tell.
        """
        return None

    @abstractmethod
    def source_at(self, place: tuple[str, ...]) -> Source:
        """Return the file at a place, which need not be there."""
