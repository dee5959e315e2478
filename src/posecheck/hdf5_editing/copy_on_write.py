"""A file that can be written to without being changed: what is written is kept beside it.

HDF5 edits a file through it, and reads what came of that, while the file itself is only read. So a
plan can show what edits come to, and rules can look at the result, without a copy of the file.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from typing import IO

_PAGE = 64 * 1024


class CopyOnWrite:
    """The content of a file, and what was written over it.

    Parameters
    ----------
    open_original
        Opens the file for reading, each time a handle is wanted.
    folder
        Where the pages go that are written; by default where temporary files go.
    """

    def __init__(
        self, open_original: Callable[[], io.RawIOBase], folder: str | None = None
    ) -> None:
        self._original = open_original()
        self._size = self._original.seek(0, os.SEEK_END)
        self._original_size = self._size
        self._pages: dict[int, int] = {}
        self._kept: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed below

    def close(self) -> None:
        """Close the file, and forget what was written."""
        self._original.close()
        self._kept.close()

    def open(self, *, writable: bool = False) -> CopyOnWriteHandle:
        """Return a handle on it; closing that closes nothing else."""
        return CopyOnWriteHandle(self, writable=writable)

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self._size

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes, fewer at the end.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        stop = min(offset + size, self._size)
        parts = []
        while offset < stop:
            page, start = divmod(offset, _PAGE)
            if page in self._pages:
                end = min(stop, (page + 1) * _PAGE)
                self._kept.seek(self._pages[page] + start)
                parts.append(self._kept.read(end - offset))
            else:
                end = self._end_of_original(page, stop)
                parts.append(self._read_original(offset, end - offset))
            offset = end
        return b"".join(parts)

    def write(self, offset: int, content: bytes) -> None:
        """Write bytes, at the end or over others.

        Raises
        ------
        OSError
            If there is no space for what is written.
        """
        if not content:
            return
        done = 0
        while done < len(content):
            page, start = divmod(offset + done, _PAGE)
            part = content[done : done + _PAGE - start]
            self._kept.seek(self._own_page(page) + start)
            self._kept.write(part)
            done += len(part)
        self._size = max(self._size, offset + len(content))

    def truncate(self, size: int) -> None:
        """Make it as long as this; what is behind the end reads as zeros when it grows again."""
        if size < self._size:
            page, start = divmod(size, _PAGE)
            first_gone = page + 1 if start else page
            for other in [number for number in self._pages if number >= first_gone]:
                del self._pages[other]
            self._original_size = min(self._original_size, size)
            if page in self._pages:
                self._kept.seek(self._pages[page] + start)
                self._kept.write(bytes(_PAGE - start))
        self._size = size

    def _own_page(self, page: int) -> int:
        """Return where a page is kept, which becomes a copy of the original's if it is new."""
        place = self._pages.get(page)
        if place is None:
            content = self._read_original(page * _PAGE, _PAGE)
            place = self._kept.seek(0, os.SEEK_END)
            self._kept.write(content)
            self._pages[page] = place
        return place

    def _end_of_original(self, page: int, stop: int) -> int:
        """Return up to where the bytes from a page on are the original's."""
        end = page + 1
        while end * _PAGE < stop and end not in self._pages:
            end += 1
        return min(stop, end * _PAGE)

    def _read_original(self, offset: int, size: int) -> bytes:
        """Read from the file, and zeros behind its end."""
        wanted = max(0, min(size, self._original_size - offset))
        parts = []
        if wanted:
            self._original.seek(offset)
            while wanted:
                part = self._original.read(wanted)
                if not part:
                    break
                parts.append(part)
                wanted -= len(part)
        found = b"".join(parts)
        return found + bytes(size - len(found))


class CopyOnWriteHandle(io.RawIOBase):
    """A file object over a `CopyOnWrite`."""

    def __init__(self, content: CopyOnWrite, *, writable: bool) -> None:
        self._content = content
        self._writable = writable
        self._offset = 0

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def writable(self) -> bool:
        """Whether it can be written to."""
        return self._writable

    def seekable(self) -> bool:
        """Whether it can be read from anywhere: always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._offset, os.SEEK_END: self._content.size}
        self._offset = max(0, start[whence] + offset)
        return self._offset

    def tell(self) -> int:
        """Return the place."""
        return self._offset

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Read as many bytes as there are, up to the length of a buffer."""
        view = memoryview(buffer).cast("B")
        content = self._content.read(self._offset, len(view))
        view[: len(content)] = content
        self._offset += len(content)
        return len(content)

    def write(self, content: bytes, /) -> int:  # type: ignore[override]
        """Write bytes."""
        if not self._writable:
            raise io.UnsupportedOperation("not writable")
        raw = bytes(memoryview(content).cast("B"))
        self._content.write(self._offset, raw)
        self._offset += len(raw)
        return len(raw)

    def truncate(self, size: int | None = None, /) -> int:
        """Make it as long as this, or as far as the place."""
        wanted = self._offset if size is None else size
        self._content.truncate(wanted)
        return wanted
