"""How many bytes have come: counted from several threads, told by one at a time."""

from __future__ import annotations

import threading

from posecheck.organize.apply.items import Item
from posecheck.organize.apply.outcomes import OnProgress, Progress


class Meter:
    """Counts bytes, from several threads."""

    def __init__(self, total: int, on_progress: OnProgress | None) -> None:
        self._total = total
        self._on_progress = on_progress
        self._done = self._copied = 0
        self._counted: dict[int, int] = {}
        self._lock = threading.Lock()

    def copy(self, size: int, item: Item) -> None:
        """Count bytes of an item that were copied."""
        with self._lock:
            self._copied += size
        self.add(size, item.name, item)

    def add(self, size: int, name: str, item: Item | None = None) -> None:
        """Count bytes of an item."""
        with self._lock:
            self._done += size
            if item is not None:
                self._counted[item.number] = self._counted.get(item.number, 0) + size
            if self._on_progress is not None:
                what = f"bringing {name}"
                self._on_progress(
                    Progress(done=self._done, total=self._total, what=what, copied=self._copied)
                )

    def finish(self, item: Item) -> None:
        """Count what was not counted of an item: all of it, if it came by a link."""
        rest = item.stamp.size - self._counted.get(item.number, 0)
        self.add(rest, item.name, item)
