"""A file elsewhere as a file object: byte ranges are fetched, several at once, and kept in pages.

HDF5 reads a few bytes here and there, one after the other; over a network each read would cost a
round trip. Whoever knows what will be read next asks for it beforehand with `RangedFile.prefetch`,
all of it in one go.
"""

from __future__ import annotations

import io
import os
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

Range = tuple[int, int]
"""Where bytes begin, and the position after the last of them."""

PAGE = 8 * 1024
FIRST = 128 * 1024
"""Bytes at the beginning of a file that are fetched with the first read."""

_GAP = 4 * PAGE
"""Pages that lie this near to each other are fetched in one range: a request costs more."""
_LONGEST_RANGE = 2 * 1024 * 1024
"""Longer ranges are fetched in parts, side by side."""
_MOST_AHEAD = 256
"""Pages that are fetched at once for whoever reads a file from end to end."""
_KEPT = 192 * 1024 * 1024
_SMALL = 1024 * 1024
"""Up to this size a file is fetched whole."""
_FEW, _BLOCK = 2, 8
"""With so few pages, the block around each is fetched: what was written together lies together."""


class SourceError(OSError):
    """The bytes of a file elsewhere cannot be had; a sentence says why, without any secret."""


class NotThereError(SourceError):
    """No file is at the address."""


class SourceChangedError(SourceError):
    """The file is not what it was when it was opened."""


class RangeReader(ABC):
    """Reads byte ranges of one file, several at once.

    Attributes
    ----------
    size
        The size of the file in bytes.
    """

    size: int

    @abstractmethod
    def read(self, ranges: Sequence[Range]) -> Sequence[bytes]:
        """Return the bytes of each range.

        Raises
        ------
        SourceError
            If one of them cannot be had.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing to give back
        """Give back what is open."""


class RangedFile(io.RawIOBase):
    """A file that is read in ranges, with a sparse cache of pages.

    Parameters
    ----------
    reader
        What reads the ranges.
    most_bytes
        How many bytes may be fetched; ``None`` if there is no bound.

    Attributes
    ----------
    size
        The size of the file in bytes.
    fetched
        How many bytes were fetched.
    failure
        Why bytes could not be had: a file that failed once fails at every further read, or whoever
        reads it would take the rest for damaged. ``None`` as long as all is well.
    """

    def __init__(self, reader: RangeReader, *, most_bytes: int | None = None) -> None:
        self.size = reader.size
        self.fetched = 0
        self.failure: SourceError | None = None
        self._reader = reader
        self._most_bytes = most_bytes
        self._pages: OrderedDict[int, bytes] = OrderedDict()
        self._position = 0
        self._expected = -1
        self._ahead = 1

    def prefetch(self, ranges: Iterable[Range]) -> None:
        """Fetch ranges that will be read next, all at once.

        A failure is kept for the read that comes: this is only a hint.
        """
        wanted = {
            page
            for start, stop in ranges
            for page in _pages_of(max(0, start), min(stop, self.size))
            if page not in self._pages
        }
        try:
            self._fetch(sorted(self._widened(wanted)))
        except SourceError:
            return

    def _widened(self, wanted: set[int]) -> set[int]:
        """Add what is had for the same round trip and may spare another one.

        A small file comes whole, and so does one of which most is wanted: the rest lies in gaps.
        """
        if not wanted or self._most_bytes is not None:
            return wanted
        last = -(-self.size // PAGE)
        fetched = self.fetched + sum(stop - start for start, stop in _joined(sorted(wanted)))
        is_mostly_fetched = fetched > self.size // 2 and self.size <= _KEPT // 2
        if self.size <= _SMALL or is_mostly_fetched:
            added: Iterable[int] = range(last)
        elif len(wanted) <= _FEW:
            blocks = {page // _BLOCK * _BLOCK for page in wanted}
            added = (page for block in blocks for page in range(block, min(block + _BLOCK, last)))
        else:
            return wanted
        return wanted.union(page for page in added if page not in self._pages)

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def seekable(self) -> bool:
        """Whether a position can be chosen: it can."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Choose a position.

        Raises
        ------
        ValueError
            If it lies before the beginning.
        """
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"a position before the beginning: {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read into a buffer; return how many bytes there were.

        Raises
        ------
        SourceError
            If they cannot be had.
        """
        view = memoryview(buffer).cast("B")
        kept = self._from_one_page(len(view))
        if kept is not None:
            view[: len(kept)] = kept
            return len(kept)
        start = self._position
        stop = min(start + len(view), self.size)
        if stop <= start:
            return 0
        pages = _pages_of(start, stop)
        if len(pages) * PAGE > _KEPT // 2:
            # What would push everything else out of the cache passes it by.
            self._read_past_cache(view, start, stop)
        else:
            missing = [page for page in pages if page not in self._pages]
            if missing:
                ahead = self._following(start, missing[-1])
                self._fetch([*missing, *(page for page in ahead if page not in self._pages)])
            self._expected = stop
            for page in pages:
                self._pages.move_to_end(page)
                offset = page * PAGE
                begin, end = max(start, offset), min(stop, offset + PAGE)
                view[begin - start : end - start] = self._pages[page][begin - offset : end - offset]
            self._forget()
        self._position = stop
        return stop - start

    def read(self, size: int | None = -1, /) -> bytes | None:
        """Read and return as many bytes, or fewer at the end; all that follow if none is named.

        Raises
        ------
        SourceError
            If they cannot be had.
        """
        if size is None or size < 0:
            return super().read()
        kept = self._from_one_page(size)
        return super().read(size) if kept is None else kept

    def _from_one_page(self, size: int) -> bytes | None:
        """Return what is read if it lies in one page that is here: nine of ten reads do."""
        page, offset = divmod(self._position, PAGE)
        content = self._pages.get(page)
        if content is None or offset + size > len(content):
            return None
        self._pages.move_to_end(page)
        self._position = self._expected = self._position + size
        return content[offset : offset + size]

    def close(self) -> None:
        """Give back the pages, and what the reader has open."""
        if not self.closed:
            self._pages.clear()
            self._reader.close()
        super().close()

    def _following(self, start: int, last: int) -> range:
        """Return the pages after the last wanted one that are fetched along.

        Whoever goes on where the last read ended will go on: the longer, the more is fetched.
        """
        self._ahead = min(self._ahead * 2, _MOST_AHEAD) if start == self._expected else 1
        end = min(last + self._ahead, -(-self.size // PAGE))
        return range(last + 1, end)

    def _read_past_cache(self, view: memoryview, start: int, stop: int) -> None:
        step = _KEPT // 4
        for begin in range(start, stop, step):
            end = min(begin + step, stop)
            position = begin - start
            for content in self._ask(list(_parts(begin, end))):
                view[position : position + len(content)] = content
                position += len(content)

    def _fetch(self, pages: Sequence[int]) -> None:
        """Fetch pages, given in order; neighbours in one range."""
        if not pages:
            return
        ranges = [
            part for start, stop in _joined(pages) for part in _parts(start, min(stop, self.size))
        ]
        for (start, _), content in zip(ranges, self._ask(ranges), strict=True):
            for offset in range(0, len(content), PAGE):
                self._pages[(start + offset) // PAGE] = content[offset : offset + PAGE]

    def _ask(self, ranges: Sequence[Range]) -> Sequence[bytes]:
        if self.failure is not None:
            raise self.failure
        total = sum(stop - start for start, stop in ranges)
        try:
            self._check_bound(total)
            answers = self._reader.read(ranges)
        except SourceError as error:
            self.failure = error
            raise
        self.fetched += total
        return answers

    def _check_bound(self, more: int) -> None:
        most = self._most_bytes
        if most is not None and self.fetched + more > most:
            raise SourceError(f"more than {most:,} bytes of it would have to be fetched")

    def _forget(self) -> None:
        """Drop the pages that were not read for the longest time."""
        while len(self._pages) * PAGE > _KEPT:
            self._pages.popitem(last=False)


def _pages_of(start: int, stop: int) -> range:
    return range(start // PAGE, -(-stop // PAGE)) if stop > start else range(0)


def _joined(pages: Sequence[int]) -> Iterator[Range]:
    """Yield the ranges that hold the pages, and what lies in small gaps between them."""
    first = last = pages[0]
    for page in pages[1:]:
        if (page - last - 1) * PAGE > _GAP:
            yield first * PAGE, (last + 1) * PAGE
            first = page
        last = page
    yield first * PAGE, (last + 1) * PAGE


def _parts(start: int, stop: int) -> Iterator[Range]:
    for begin in range(start, stop, _LONGEST_RANGE):
        yield begin, min(begin + _LONGEST_RANGE, stop)
