"""A file that lies nowhere on this machine: its bytes are in memory."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from posecheck.model.external_file import Target, TargetState
from posecheck.model.reference import Reference, join
from posecheck.model.stamp import Stamp
from posecheck.sources.source import FileKind, FileStatus, Source, Surroundings


@dataclass(frozen=True, slots=True)
class MemorySource(Source):
    """One of several files that are kept by their names, as in one folder."""

    address: str
    files: Mapping[str, bytes]
    is_local: ClassVar[bool] = False

    @property
    def display_path(self) -> str:  # type: ignore[override]
        return f"memory:{self.address}"

    @property
    def path(self) -> Path:
        raise ValueError(f"{self.display_path} is not on this machine")

    def status(self) -> FileStatus:
        if self.address not in self.files:
            raise FileNotFoundError(self.address)
        size = len(self.files[self.address])
        stamp = Stamp(size=size, modified_ns=0, identity=self.address)
        return FileStatus(kind=FileKind.FILE, stamp=stamp)

    def open(self) -> io.RawIOBase:
        return _Bytes(self.files[self.address])

    def unfetched_key(self) -> str | None:
        return None

    def surroundings(self, linked_from: Sequence[Path] = ()) -> Surroundings:
        return _MemorySurroundings(self)


class _MemorySurroundings(Surroundings):
    def __init__(self, file: MemorySource) -> None:
        self._file = file
        self.dandiset, self.folder, self.file_name = None, (), file.address

    def resolve(self, reference: Reference) -> tuple[str, ...] | None:
        return join((), reference)

    def locate(self, reference: Reference) -> tuple[str, ...]:
        return ()

    def look_up(self, place: tuple[str, ...], *, bounded: bool = True) -> Target:
        content = self._file.files.get("/".join(place))
        if content is None:
            return Target(state=TargetState.MISSING, path=place)
        return Target(path=place, size=len(content), identity="/".join(place))

    def names_in(self, folder: tuple[str, ...]) -> Sequence[str]:
        return () if folder else tuple(self._file.files)

    def source_at(self, place: tuple[str, ...]) -> MemorySource:
        return MemorySource("/".join(place), self._file.files)


class _Bytes(io.RawIOBase):
    """Bytes as a raw file, which reads into what it is given."""

    def __init__(self, content: bytes) -> None:
        self._buffer = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._buffer.seek(offset, whence)

    def tell(self) -> int:
        return self._buffer.tell()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        return self._buffer.readinto(buffer)
