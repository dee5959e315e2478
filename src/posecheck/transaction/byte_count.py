"""How many bytes are in their places: counted from several threads."""

from __future__ import annotations

import threading

from posecheck.model.progress import ProgressListener
from posecheck.transaction.items import Item


class ByteCount:
    """Reports bytes to a listener: those that are copied as a file's, all others as the phase's."""

    def __init__(self, listener: ProgressListener) -> None:
        self._listener = listener
        self._copied: dict[int, int] = {}
        self._lock = threading.Lock()

    def begin(self, item: Item) -> None:
        """Report that work on an item begins."""
        self._listener.begin_file(item.name, item.step.stamp.size)

    def copy(self, item: Item, size: int) -> None:
        """Count bytes of an item that were copied."""
        with self._lock:
            self._copied[item.number] = self._copied.get(item.number, 0) + size
        self._listener.advance_file(item.name, size)

    def end(self, item: Item) -> None:
        """Count what was not copied of an item: all of it, if it was linked."""
        with self._lock:
            rest = item.step.stamp.size - self._copied.get(item.number, 0)
        self._listener.advance(rest)
        self._listener.end_file(item.name)
