"""A file at an address: of a web server, of S3, or of whatever else fsspec has a file system for.

Of a web server, what lies around a file is asked for one by one, since it lists nothing. There is
no dandiset around an address; `archive_source` knows the archive's.
"""

from __future__ import annotations

import functools
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import ClassVar
from urllib.parse import quote, unquote, urlsplit

from posecheck.dandi_layout.markers import STORES
from posecheck.model.external_file import Target, TargetState
from posecheck.model.reference import Reference, ReferenceKind, collapse
from posecheck.model.stamp import Stamp
from posecheck.sources import filesystem_ranges, http_ranges
from posecheck.sources.http_answers import NoRangesError
from posecheck.sources.ranged_file import NotThereError, RangedFile, RangeReader, SourceError
from posecheck.sources.remote_access import (
    DEFAULT_ACCESS,
    Authorization,
    RemoteAccess,
    redacted,
    scheme_of,
)
from posecheck.sources.remote_store import RemoteStoreFiles
from posecheck.sources.source import FileKind, FileStatus, Source, Surroundings
from posecheck.sources.store_files import CONSOLIDATED

_WEB = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class RemoteSource(Source):
    """A file at an address, which is read in ranges.

    Attributes
    ----------
    access
        What the user allows and states of files elsewhere.
    authorization
        The token for the server of the address; ``None`` without one.
    """

    address: str = field(repr=False)
    display_path: str
    access: RemoteAccess = DEFAULT_ACCESS
    authorization: Authorization | None = None
    is_local: ClassVar[bool] = False

    @classmethod
    def at(cls, address: str, access: RemoteAccess = DEFAULT_ACCESS) -> RemoteSource:
        """Return the file at an address; it is printed without what may be a secret."""
        return cls(address, redacted(address), access)

    @property
    def name(self) -> str:
        """The last part of the address's path."""
        return PurePosixPath(self.address_path).name

    @property
    def address_path(self) -> str:
        """The path in the address, without server and query."""
        return "/".join(_components(self.address))

    @property
    def path(self) -> Path:
        """Raise: it lies on no disk of this machine.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(f"{self.display_path} is not on this machine")

    def status(self) -> FileStatus:
        """Ask for it.

        Raises
        ------
        SourceError
            If nothing is there, or nobody says.
        """
        if self.is_store():
            # Its metadata is stored once more in one document, which changes along with it.
            stamp = self.member(CONSOLIDATED).stamp_of_member()
            return FileStatus(kind=FileKind.STORE, stamp=stamp)
        if self.is_on_the_web:
            stamp = http_ranges.look_up(self.address, self.authorization, self.access)
            return FileStatus(kind=FileKind.FILE, stamp=stamp)
        kind, stamp = filesystem_ranges.look_up(self.address, self.access)
        return FileStatus(kind=kind, stamp=stamp)

    def is_store(self) -> bool:
        """Whether it is named as a Zarr store is, and is no zip file."""
        return self.address_path.lower().endswith(STORES)

    def open_store(self) -> RemoteStoreFiles:
        """Open a store, whose members are fetched when they are read."""
        return RemoteStoreFiles(
            lambda name, most: self.member(name).fetch(most), self.access.most_bytes
        )

    def member(self, name: str) -> RemoteSource:
        """Return a member of a store.

        Raises
        ------
        SourceError
            If the address holds for one file alone.
        """
        if self.is_on_the_web and urlsplit(self.address).query:
            raise SourceError("an address with a query leads to one file, and not to a store")
        inside = quote(name) if self.is_on_the_web else name
        address = f"{self.address.rstrip('/')}/{inside}"
        return RemoteSource(address, self.display_path, self.access, self.authorization)

    def stamp_of_member(self) -> Stamp:
        """Return what changes along with the content of a small file.

        Raises
        ------
        SourceError
            If it cannot be had.
        """
        if self.is_on_the_web:
            return http_ranges.stamp_of(self.address, self.authorization, self.access)
        return filesystem_ranges.look_up(self.address, self.access)[1]

    def fetch(self, most: int) -> bytes:
        """Return the whole of a small file.

        Raises
        ------
        SourceError
            If it has more bytes than ``most``, or cannot be had.
        """
        if not self.is_on_the_web:
            return filesystem_ranges.fetch(self.address, self.access, most)
        try:
            return http_ranges.fetch(self.address, self.authorization, self.access, most)
        except NoRangesError:
            with self._downloaded() as file:
                return file.read(most) or b""

    def open(self) -> io.RawIOBase:
        """Open it; where its server sends no ranges, download it to a temporary file.

        Raises
        ------
        SourceError
            If that fails.
        """
        access = self.access
        if not self.is_on_the_web:
            return self._ranged(filesystem_ranges.open_ranges(self.address, access))
        try:
            return self._ranged(http_ranges.open_ranges(self.address, self.authorization, access))
        except NoRangesError:
            return self._downloaded()

    def unfetched_key(self) -> str | None:
        """Return nothing: the content is where the address leads."""
        return None

    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        """Return what is at addresses beside it."""
        return RemoteSurroundings(self)

    @property
    def is_on_the_web(self) -> bool:
        """Whether a web server has it."""
        return scheme_of(self.address) in _WEB

    def _ranged(self, reader: RangeReader) -> RangedFile:
        return RangedFile(reader, most_bytes=self.access.most_bytes)

    def _downloaded(self) -> io.RawIOBase:
        with tempfile.NamedTemporaryFile(prefix="posecheck-", delete=False) as file:
            path = Path(file.name)
            try:
                http_ranges.download(self.address, self.authorization, self.access, file)
                file.flush()
                # Opened again, without a buffer: Windows removes it only once it is closed.
                opened = _TemporaryFile(path)
            except BaseException:
                file.close()
                path.unlink(missing_ok=True)
                raise
        return opened


class _TemporaryFile(io.FileIO):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path

    def close(self) -> None:
        super().close()
        self._path.unlink(missing_ok=True)


class RemoteSurroundings(Surroundings):
    """The addresses beside a file.

    Parameters
    ----------
    file
        The file.
    """

    def __init__(self, file: RemoteSource) -> None:
        self._file = file
        self._address = urlsplit(file.address)
        self.dandiset = None
        # What stands before the first slash is left out. Empty components count: a//b is no a/b.
        self.folder, self.file_name = tuple(_components(file.address)[1:-1]), file.name

    def resolve(self, reference: Reference) -> tuple[str, ...] | None:
        """Return the place of a relative reference; ``None`` above the root of the server."""
        place = collapse((*self.folder, *reference.parts))
        return None if place[:1] == ("..",) else place

    def locate(self, reference: Reference) -> tuple[str, ...]:
        """Return the place of an address of the same server; nothing for any other."""
        if reference.kind is not ReferenceKind.URL:
            return ()
        server = f"{self._address.scheme}://{self._address.netloc}"
        return reference.parts if reference.anchor.lower() == server.lower() else ()

    def look_up(self, place: tuple[str, ...], *, bounded: bool = True) -> Target:
        """Ask whether something is at a place."""
        return self._look_up(place)

    @functools.cache  # noqa: B019 - it lives as long as one file is read
    def _look_up(self, place: tuple[str, ...]) -> Target:
        if self._address.query:
            # What signs one address signs no other.
            return Target(state=TargetState.UNKNOWN, path=place)
        try:
            status = self.source_at(place).status()
        except NotThereError:
            return Target(state=TargetState.MISSING, path=place)
        except SourceError:
            return Target(state=TargetState.UNKNOWN, path=place)
        is_file = status.kind is FileKind.FILE
        return Target(
            state=TargetState.PRESENT if is_file else TargetState.NOT_A_FILE,
            path=place,
            size=status.stamp.size,
            identity="/".join(place),
        )

    def names_in(self, folder: tuple[str, ...]) -> Sequence[str]:
        """Return nothing: a folder of thousands is not listed for the sake of one name."""
        return ()

    def source_at(self, place: tuple[str, ...]) -> RemoteSource:
        """Return the file at a place, which need not be there."""
        names = map(quote, place) if self._file.is_on_the_web else place
        address = f"{self._address.scheme}://{self._address.netloc}/{'/'.join(names)}"
        display_path = redacted(address)
        return RemoteSource(address, display_path, self._file.access, self._file.authorization)


def _components(address: str) -> list[str]:
    """Return the components of the path in an address.

    Only web addresses are percent-encoded. A key of S3 is taken as it is.
    """
    if scheme_of(address) in _WEB:
        return [unquote(part) for part in urlsplit(address).path.split("/")]
    return ["", *address.partition("://")[2].split("/")[1:]]
