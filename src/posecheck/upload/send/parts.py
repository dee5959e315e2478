"""A part of a file that is sent: read while it is sent, and counted."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from posecheck.archive.errors import StoppedError
from posecheck.upload.collect.digests import ChangedError

OnBytes = Callable[[int], None]


class PartReader:
    """A part of a file as the body of a request, which can be read again.

    Parameters
    ----------
    path, offset, size
        Which bytes.
    on_bytes
        Receives how many bytes were sent; a negative number undoes some.
    is_over
        Whether the request is to end.
    """

    def __init__(
        self, path: Path, offset: int, size: int, on_bytes: OnBytes, is_over: Callable[[], bool]
    ) -> None:
        self._path = path
        self._offset = offset
        self._size = size
        self._on_bytes = on_bytes
        self._is_over = is_over
        self._done = 0
        try:
            self._stream = path.open("rb", buffering=0)
        except OSError as error:
            raise ChangedError(f"{path} cannot be read: {error.strerror or error}") from error

    def __len__(self) -> int:
        return self._size

    def rewind(self) -> None:
        """Begin again, and undo what was counted.

        Raises
        ------
        StoppedError
            If the request is to end.
        """
        if self._is_over():
            raise StoppedError
        self._on_bytes(-self._done)
        self._done = 0
        self._stream.seek(self._offset)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the part; nothing at its end."""
        left = self._size - self._done
        if not left:
            return b""  # all is out, so the answer is worth waiting for
        if self._is_over():
            raise StoppedError
        block = self._stream.read(left if size < 0 else min(size, left))
        if not block:
            raise ChangedError(f"{self._path} became shorter while it was sent")
        self._done += len(block)
        self._on_bytes(len(block))
        return block

    def md5(self) -> str:
        """Read the part once more, from the disk, and return its checksum."""
        self._stream.seek(self._offset)
        digest = hashlib.md5(usedforsecurity=False)
        left = self._size
        while left and (block := self._stream.read(min(left, 1024 * 1024))):
            digest.update(block)
            left -= len(block)
        return digest.hexdigest()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class ByteCounter:
    """The bytes of one file that were sent; undone when the file begins again."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._lock = threading.Lock()
        self._total = 0
        self._is_closed = False

    def count(self, number: int) -> None:
        """Add some bytes, or undo some."""
        with self._lock:
            if self._is_closed:
                return
            self._total += number
            self._on_bytes(number)

    def undo(self) -> None:
        """Undo all bytes, and count no more: a thread may still be sending."""
        with self._lock:
            self._is_closed = True
            self._on_bytes(-self._total)
