"""Send the bytes of large files while recordings are still checked.

Only bytes are sent. They become a blob that no path of the dandiset names, so they are not visible,
and the archive removes such blobs. No asset is made or replaced before its recording has passed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.plan.files import Digests, LocalFile
from posecheck.upload.send.parts import OnBytes
from posecheck.upload.send.transfer import Transfer
from posecheck.upload.threads import wait_for

LEAST_SIZE = 64 * 1024 * 1024
"""Bytes from which on a file goes ahead: smaller files are sent faster than they are checked."""

_Content = tuple[str, int]


class EarlySender:
    """Sends files in the order in which they were given, one at a time, in a thread of its own.

    Parameters
    ----------
    transfer
        Sends one file.
    checksums
        Where those of the files come from.
    stop
        Ends all of it when set.

    Attributes
    ----------
    began
        When it began, by `time.monotonic`.
    """

    def __init__(self, transfer: Transfer, checksums: DigestQueue, stop: threading.Event) -> None:
        self.began = time.monotonic()
        self._transfer = transfer
        self._checksums = checksums
        self._stop = stop
        self._lock = threading.Lock()
        self._waiting: deque[_OnItsWay] = deque()
        self._known: dict[_Content, _OnItsWay] = {}
        self._begun: tuple[_OnItsWay, ...] = ()
        self._is_over = False

    def begin(self, files: Iterable[LocalFile]) -> None:
        """Begin to send those of some files that are large, in a background thread.

        The bytes of a Zarr store are visible as soon as they arrive, so none goes ahead.
        """
        large = (file for file in files if file.size >= LEAST_SIZE and not file.is_store)
        self._begun = tuple(_OnItsWay(file) for file in large)
        self._waiting.extend(self._begun)
        if self._waiting:
            threading.Thread(target=self._work, daemon=True).start()

    def keep(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Send nothing more of what lies under other paths, be it under way already.

        Returns
        -------
        tuple of str
            Those of the other paths of which bytes have gone out.
        """
        kept = set(paths)
        with self._lock:
            unwanted = [each for each in self._begun if each.file.path not in kept]
            for each in unwanted:
                each.is_unwanted.set()
            self._waiting = deque(each for each in self._waiting if not each.is_unwanted.is_set())
        return tuple(each.file.path for each in unwanted if each.went_out.is_set())

    def begin_no_more(self) -> None:
        """Leave what is not under way yet to whoever sends the rest."""
        with self._lock:
            self._waiting.clear()
            self._is_over = True

    def send_bytes(
        self, file: LocalFile, digests: Digests, on_bytes: OnBytes, *, on_start: Callable[[], None]
    ) -> str:
        """Return the blob of what went ahead as soon as it is there; send the file if it did not.

        Parameters
        ----------
        file, digests, on_bytes, on_start
            As for `Transfer.send_bytes`. What went out before is counted at once.

        Raises
        ------
        ChangedError, AccessError, ArchiveError, StoppedError
            As `Transfer.send_bytes` raises them.
        """
        with self._lock:
            ahead = self._known.pop((digests.etag, file.size), None)
        if ahead is not None and not ahead.is_unwanted.is_set():
            ahead.watch(on_bytes)
            try:
                blob = wait_for(ahead.blob, self._stop)
            except AccessError:
                raise
            except ArchiveError:
                pass  # what arrived of it need not go out again
            else:
                if ahead.went_out.is_set():
                    on_start()
                return blob
            finally:
                ahead.watch(None)
        return self._transfer.send_bytes(file, digests, on_bytes, on_start=on_start)

    def _work(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                if not self._waiting:
                    return
                ahead = self._waiting.popleft()
            self._send(ahead)

    def _send(self, ahead: _OnItsWay) -> None:
        try:
            digests = self._checksums.of(ahead.file)
            content = digests.etag, ahead.file.size
            with self._lock:
                if self._is_over or content in self._known or ahead.is_unwanted.is_set():
                    return
                self._known[content] = ahead
            blob = self._transfer.send_bytes(
                ahead.file,
                digests,
                ahead.count,
                on_start=ahead.went_out.set,
                is_unwanted=ahead.is_unwanted.is_set,
            )
        except BaseException as error:
            ahead.blob.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            ahead.blob.set_result(blob)


class _OnItsWay:
    """A file that goes ahead, or will."""

    def __init__(self, file: LocalFile) -> None:
        self.file = file
        self.blob: Future[str] = Future()
        self.went_out = threading.Event()
        self.is_unwanted = threading.Event()
        self._done = 0
        self._watcher: OnBytes | None = None
        self._lock = threading.Lock()

    def watch(self, on_bytes: OnBytes | None) -> None:
        """Report how much was sent, and from now on each block; ``None`` takes it all back.

        Who sends the file itself counts from the beginning.
        """
        with self._lock:
            before, self._watcher = self._watcher, on_bytes
            if on_bytes is not None:
                on_bytes(self._done)
            elif before is not None and not self._is_sent:
                before(-self._done)

    def count(self, number: int) -> None:
        """Take note of bytes that went out, or that are taken back."""
        with self._lock:
            self._done += number
            if self._watcher is not None:
                self._watcher(number)

    @property
    def _is_sent(self) -> bool:
        return self.blob.done() and self.blob.exception() is None
