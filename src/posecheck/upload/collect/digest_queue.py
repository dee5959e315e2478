"""The checksums of files, computed in the background; each content is read once.

Checksums need only the disk and a processor. So they begin as soon as it is likely what will be
sent, in threads, while recordings are read and checked. A caller that needs one gets it here: it is
known, or is waited for, or, if no thread has begun it, is computed at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from posecheck.execution.limits import available_processors
from posecheck.upload.collect.digest_memory import DigestMemory
from posecheck.upload.collect.digests import check_unchanged, digest_file
from posecheck.upload.plan.files import Digests, LocalFile
from posecheck.upload.threads import wait_for

_MOST_THREADS = 4

_Content = tuple[str, int, int]
OnBytes = Callable[[int], None]


class _Reading:
    """A content that is read, or will be, under one of its names."""

    def __init__(self, file: LocalFile) -> None:
        self.file = file
        self.begun = threading.Lock()
        self.digests: Future[Digests] = Future()
        self.is_wanted = True
        self._done = 0
        self._watchers: list[OnBytes] = []
        self._lock = threading.Lock()

    def watch(self, on_bytes: OnBytes) -> None:
        """Report how much was read, and from now on each block."""
        with self._lock:
            self._watchers.append(on_bytes)
            done = self._done
        if done:
            on_bytes(done)

    def count(self, size: int) -> None:
        """Take note of a block that was read."""
        with self._lock:
            self._done += size
            watchers = tuple(self._watchers)
        for on_bytes in watchers:
            on_bytes(size)


class DigestQueue:
    """The checksums of files, from any thread.

    Parameters
    ----------
    stop
        Ends all reading when set.
    memory
        What earlier sessions computed; ``None`` if nothing is taken from them, and nothing kept.
    """

    def __init__(self, stop: threading.Event, memory: DigestMemory | None = None) -> None:
        self._stop = stop
        self._memory = memory
        self._readings: dict[_Content, _Reading] = {}
        self._ahead: deque[_Reading] = deque()
        self._threads = 0
        self._lock = threading.Lock()

    def begin(self, files: Iterable[LocalFile], on_bytes: OnBytes = lambda _: None) -> None:
        """Begin to compute checksums in background threads.

        Parameters
        ----------
        files
            Those that will be needed, or may be, in that order.
        on_bytes
            Receives the number of bytes after each block, from any thread, and at once that of
            what was read before. A content with two names counts for both.
        """
        with self._lock:
            readings = []
            for file in files:
                known = self._readings.get(_content_of(file))
                if known is None:
                    known = self._add(file)
                    self._ahead.append(known)
                readings.append(known)
            wanted = min(_MOST_THREADS, available_processors(), len(self._ahead))
            missing = max(0, wanted - self._threads)
            self._threads += missing
        for reading in readings:
            reading.watch(on_bytes)
        for _ in range(missing):
            threading.Thread(target=self._work, daemon=True).start()

    def keep(self, files: Iterable[LocalFile]) -> None:
        """Stop reading what is not among these; to be called before anybody asks for more.

        What could not be read is forgotten: under another name it may be readable.
        """
        kept = {_content_of(file) for file in files}
        with self._lock:
            for content, reading in tuple(self._readings.items()):
                done = reading.digests.done()
                failed = done and reading.digests.exception() is not None
                if failed or (not done and content not in kept):
                    reading.is_wanted = False
                    del self._readings[content]
            self._ahead = deque(reading for reading in self._ahead if reading.is_wanted)

    def begin_no_more(self) -> None:
        """Stop the background threads; what is not begun is computed when it is needed.

        While files are sent, each is read for its checksum right before: then its bytes are still
        in the system's memory when they go out.
        """
        with self._lock:
            self._ahead.clear()

    def of(self, file: LocalFile) -> Digests:
        """Return the checksums of a file.

        Raises
        ------
        ChangedError
            If it changed since it was found, or while it was read.
        StoppedError
            If the upload ends before they are known.
        """
        with self._lock:
            reading = self._readings.get(_content_of(file)) or self._add(file)
        self._read(reading)
        return wait_for(reading.digests, self._stop)

    def _add(self, file: LocalFile) -> _Reading:
        reading = self._readings[_content_of(file)] = _Reading(file)
        return reading

    def _work(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                if not self._ahead:
                    self._threads -= 1
                    return
                reading = self._ahead.popleft()
            self._read(reading)

    def _read(self, reading: _Reading) -> None:
        """Compute the checksums of a content, unless somebody does or did."""
        if not reading.begun.acquire(blocking=False):
            return  # never released: a content is read once

        def is_over() -> bool:
            return self._stop.is_set() or not reading.is_wanted

        try:
            digests = self._digests_of(reading, is_over)
        except BaseException as error:
            reading.digests.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            reading.digests.set_result(digests)

    def _digests_of(self, reading: _Reading, is_over: Callable[[], bool]) -> Digests:
        """Return the checksums of a content: those that are known of it, or computed."""
        file, memory = reading.file, self._memory
        state = memory.state_of(file) if memory is not None else ""
        known = memory.known(file, state) if memory is not None else None
        if known is not None:
            check_unchanged(file)
            reading.count(file.size)
            return known
        digests = digest_file(file, is_over, reading.count)
        if memory is not None:
            memory.keep(file, state, digests)
        return digests


def _content_of(file: LocalFile) -> _Content:
    return file.identity or file.location, file.size, file.modified_ns
