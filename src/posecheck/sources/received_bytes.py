"""How many bytes came from elsewhere: counted where they arrive, and known everywhere at once.

The counts stand in a file that workers and the process that started them map into their memory. So
a worker sends no message for what it reads, and one that dies leaves behind what it counted.
"""

from __future__ import annotations

import contextlib
import mmap
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from posecheck.model.progress import Received

_TOTAL, _DOWNLOADED, _SIZE = range(3)
_NUMBERS = 3
"""For each file: what came in all, and of a download what came, and what is to come in all."""

_WIDTH = memoryview(b"").cast("Q").itemsize


@dataclass(frozen=True, slots=True)
class ReceivedBytes:
    """The counts of a run; a small value that is sent to workers.

    Attributes
    ----------
    path
        The file that holds them.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, files: int) -> ReceivedBytes:
        """Begin to count, for so many files."""
        path.write_bytes(bytes(files * _NUMBERS * _WIDTH))
        return cls(path)

    def of(self, place: int) -> FileCount:
        """Return the count of one file."""
        return FileCount(self.path, place)

    def so_far(self) -> Received:
        """Return how much came until now, for all files together."""
        with (
            self.path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as view,
            view.cast("Q") as counts,
        ):
            numbers = counts.tolist()
        return Received(
            total=sum(numbers[_TOTAL::_NUMBERS]),
            downloaded=sum(numbers[_DOWNLOADED::_NUMBERS]),
            to_download=sum(numbers[_SIZE::_NUMBERS]),
        )


@dataclass(frozen=True, slots=True)
class FileCount:
    """The count of one file, which one process at a time adds to.

    Attributes
    ----------
    path
        The file that holds the counts.
    place
        Which of them it is.
    """

    path: Path
    place: int

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count what this process receives as long as the block runs.

        Where the file cannot be reached, as on another machine, nothing is counted.
        """
        with contextlib.ExitStack() as stack:
            try:
                file = stack.enter_context(self.path.open("r+b"))
                mapped = stack.enter_context(mmap.mmap(file.fileno(), 0))
            except OSError:
                yield
                return
            view = stack.enter_context(memoryview(mapped))
            numbers = stack.enter_context(view.cast("Q"))
            first = self.place * _NUMBERS
            own = stack.enter_context(numbers[first : first + _NUMBERS])
            stack.enter_context(_counter.adding_to(own, self))
            yield


class _Counter:
    """What this process counts with. Bytes arrive in another thread than the one that reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: memoryview[int] | None = None
        self.count: FileCount | None = None

    @contextlib.contextmanager
    def adding_to(self, numbers: memoryview[int], count: FileCount) -> Iterator[None]:
        with self._lock:
            self._numbers, self.count = numbers, count
        self.set_download(0, 0)
        try:
            yield
        finally:
            with self._lock:
                self._numbers = self.count = None

    def add(self, count: int, *, downloaded: int = 0) -> None:
        with self._lock:
            if self._numbers is not None:
                self._numbers[_TOTAL] += count
                self._numbers[_DOWNLOADED] += downloaded

    def set_download(self, downloaded: int, size: int) -> None:
        with self._lock:
            if self._numbers is not None:
                self._numbers[_DOWNLOADED], self._numbers[_SIZE] = downloaded, size


_counter = _Counter()


def count_received(count: int) -> None:
    """Count bytes that came."""
    _counter.add(count)


def current_count() -> FileCount | None:
    """Return what this process counts with, for another one that reads the file meanwhile."""
    return _counter.count


class Download:
    """Counts the bytes of a file that is received whole; a context manager.

    Parameters
    ----------
    size
        How many there will be; ``None`` if the server does not say.
    """

    def __init__(self, size: int | None) -> None:
        self._size = size

    def __enter__(self) -> Download:
        _counter.set_download(0, self._size or 0)
        return self

    def __exit__(self, *_: object) -> None:
        _counter.set_download(0, 0)

    def add(self, count: int) -> None:
        """Count bytes that came."""
        _counter.add(count, downloaded=count if self._size else 0)
