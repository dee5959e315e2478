"""Who sends what when: videos before their NWB file, and identical bytes once.

Each file is a task (`posecheck.upload.send.tasks`) that a thread takes once it waits for nothing.
Of tasks with identical bytes the first one sends; the others wait until its blob is known. A task
that failed in a way that may heal gets a second turn when all others are done.
"""

from __future__ import annotations

import contextlib
import heapq
import queue
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from posecheck.archive.errors import AccessError, ArchiveError, StoppedError
from posecheck.files.file_lock import held_for_reading
from posecheck.model.errors import PosecheckError
from posecheck.model.progress import ProgressListener
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.collect.digests import ChangedError
from posecheck.upload.metadata import (
    Extracted,
    NotExtracted,
    with_checksum,
)
from posecheck.upload.outcomes import Outcome, TransferStatus
from posecheck.upload.plan.files import Digests, LocalFile
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.send.early_sender import EarlySender
from posecheck.upload.send.tasks import METADATA, Task, tasks_of
from posecheck.upload.send.transfer import Transfer
from posecheck.upload.threads import LONGEST_WAIT
from posecheck.validators.asset_metadata import describe_asset

_GRACE = 3.0
"""Seconds that running threads are given to notice that they are to stop."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What `Sender.run` did.

    Attributes
    ----------
    outcomes
        What became of each file, in the order of the plan.
    stopped_by
        What made it stop for all, as a sentence.
    interruption
        The user's Ctrl-C, if there was one.
    """

    outcomes: tuple[Outcome, ...]
    stopped_by: str = ""
    interruption: KeyboardInterrupt | None = None


class Sender:
    """Sends what a plan says.

    Parameters
    ----------
    transfer
        Sends one file.
    plan
        What to send.
    checksums
        Where those of the files come from.
    described
        The paths of files whose metadata `set_metadata` will bring; of others it is made here.
    early_sender
        Has begun to send large files; ``None`` if nothing was sent early.
    files
        How many files are sent at a time.
    stop
        Ends it all when set.
    progress
        Receives how far it is.
    on_arrived
        Receives the outcome of each file that has arrived, at once and in the thread that sent it.
    """

    def __init__(  # noqa: PLR0913 - what it works with, and for whom
        self,
        transfer: Transfer,
        plan: UploadPlan,
        checksums: DigestQueue,
        described: Collection[str],
        *,
        early_sender: EarlySender | None = None,
        files: int,
        stop: threading.Event,
        progress: ProgressListener,
        on_arrived: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self._on_arrived = on_arrived
        self._transfer = transfer
        self._send_bytes = transfer.send_bytes if early_sender is None else early_sender.send_bytes
        self._checksums = checksums
        self._root = plan.root
        self._files = files
        self._stop = stop
        self._progress = progress
        self._tasks = tasks_of(plan, described)
        self._ready: list[tuple[bool, bool, int, str]] = []
        self._is_ready = threading.Condition()
        self._blobs: dict[tuple[str, int], str] = {}
        self._sending: dict[tuple[str, int], list[Task]] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._news: queue.SimpleQueue[Outcome | tuple[str, Extracted]] = queue.SimpleQueue()
        self._stopped_by = ""
        self._over = threading.Event()

    def run(self) -> Sent:
        """Send everything, and return what became of it."""
        for task in self._tasks.values():
            if not task.waits_for:
                self._push(task)
        threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(min(self._files, len(self._tasks)))
        ]
        for thread in threads:
            thread.start()
        interruption = None
        try:
            while len(self._outcomes) < len(self._tasks) and not self._stop.is_set():
                self._hear(LONGEST_WAIT)
        except KeyboardInterrupt as error:
            interruption = error
            self._stop.set()
        self._over.set()
        with self._is_ready:
            self._is_ready.notify_all()
        with contextlib.suppress(KeyboardInterrupt):  # a second one only cuts the grace short
            for thread in threads:
                thread.join(_GRACE / len(threads))
        while self._hear(0.0):
            pass
        outcomes = tuple(self._outcomes.get(path) or _not_begun(path) for path in self._tasks)
        return Sent(outcomes, self._stopped_by, interruption)

    def set_metadata(self, path: str, found: Extracted) -> None:
        """Take the metadata of a file, or why it has none, from any thread."""
        self._news.put((path, found))

    def _hear(self, seconds: float) -> bool:
        """Take note of the next news, if there is any within some time."""
        try:
            news = self._news.get(timeout=seconds) if seconds else self._news.get_nowait()
        except queue.Empty:
            return False
        if isinstance(news, Outcome):
            self._settle(news)
        else:
            self._describe(*news)
        return True

    def _settle(self, outcome: Outcome) -> None:
        """Take note of what became of a file, and let those that waited for it go, or not."""
        self._outcomes[outcome.path] = outcome
        for path in self._tasks[outcome.path].waiters:
            if path in self._outcomes:
                continue
            if outcome.arrived:
                self._wait_no_more(self._tasks[path], outcome.path)
            else:
                reason = f"{path} was not sent, because {outcome.path} did not arrive"
                self._settle(Outcome(path=path, status=TransferStatus.NOT_BEGUN, reason=reason))

    def _describe(self, path: str, found: Extracted) -> None:
        """Let a file go that waited for its metadata; without any, it is not sent."""
        if path in self._outcomes:
            return
        task = self._tasks[path]
        if isinstance(found, NotExtracted):
            reason = (
                f"{path} was not sent, because dandi extracts no metadata from it: "
                f"{found.reason.rstrip('.')}. Look at it with `dandi validate`; "
                "`dandi upload` fails alike."
            )
            self._settle(Outcome(path=path, status=TransferStatus.FAILED, reason=reason))
        else:
            task.metadata = found
            self._wait_no_more(task, METADATA)

    def _wait_no_more(self, task: Task, what: str) -> None:
        task.waits_for.discard(what)
        if not task.waits_for:
            self._push(task)

    def _push(self, task: Task) -> None:
        # An NWB file that is ready goes before the videos of the next recording.
        with self._is_ready:
            place = task.is_second_turn, not task.asset.local.is_nwb, task.order, task.asset.path
            heapq.heappush(self._ready, place)
            self._is_ready.notify()

    def _work(self) -> None:
        while True:
            with self._is_ready:
                while not self._ready and not self._ends():
                    self._is_ready.wait(LONGEST_WAIT)
                if self._ends():
                    return
                task = self._tasks[heapq.heappop(self._ready)[-1]]
            outcome = self._outcome_of(task)
            if outcome is not None:
                self._news.put(outcome)

    def _ends(self) -> bool:
        return self._over.is_set() or self._stop.is_set()

    def _outcome_of(self, task: Task) -> Outcome | None:
        """Send a file; return nothing if its turn comes again."""
        path = task.asset.path
        key, comes_again = None, False
        self._progress.begin_file(path, task.asset.local.size)
        try:
            digests = task.digests or self._checksums.of(task.asset.local)
            task.digests = digests
            key = (digests.etag, task.asset.local.size)
            blob, may_send = self._claim(key, task)
            if not blob and not may_send:
                key = None
                return None
            return self._send(task, digests, key, blob)
        except StoppedError:
            return _not_begun(path, task.digests)
        except AccessError as error:
            self._stopped_by = self._stopped_by or str(error)
            self._stop.set()
            return Outcome(
                path=path, status=TransferStatus.FAILED, reason=str(error), digests=task.digests
            )
        except PosecheckError as error:
            if isinstance(error, ArchiveError) and error.is_temporary and not task.is_second_turn:
                task.is_second_turn = True
                comes_again = True
                return None
            reason = str(error) if path in str(error) else f"{path}: {error}"
            return Outcome(
                path=path, status=TransferStatus.FAILED, reason=reason, digests=task.digests
            )
        except Exception as error:  # noqa: BLE001 - one file's fault must not leave others waiting
            reason = f"{path}: posecheck failed while it sent it: {type(error).__name__}: {error}"
            return Outcome(
                path=path, status=TransferStatus.FAILED, reason=reason, digests=task.digests
            )
        finally:
            if key is not None:
                self._release(key)
            self._progress.end_file(path)
            if comes_again:
                self._push(task)

    def _send(self, task: Task, digests: Digests, key: tuple[str, int], blob: str) -> Outcome:
        asset = task.asset
        went_out = threading.Event()
        if not blob:
            with _kept_from_writers(asset.local):
                blob = self._send_bytes(
                    asset.local,
                    digests,
                    lambda count: self._progress.advance_file(asset.path, count),
                    on_start=went_out.set,
                )
            with self._is_ready:
                self._blobs[key] = blob
        if not went_out.is_set():
            self._progress.advance_file(asset.path, asset.local.size)
        metadata = task.metadata or describe_asset(asset.local.location, self._root)
        asset_id = self._transfer.assign(asset, blob, with_checksum(metadata, digests))
        outcome = Outcome(
            path=asset.path,
            status=TransferStatus.SENT if went_out.is_set() else TransferStatus.ASSIGNED,
            asset_id=asset_id,
            blob=blob,
            digests=digests,
        )
        self._on_arrived(outcome)
        return outcome

    def _claim(self, key: tuple[str, int], task: Task) -> tuple[str, bool]:
        """Return the blob of some bytes if it is known, and else whether this task may send them.

        A task that may not is taken up again once the one that does is through.
        """
        with self._is_ready:
            if key in self._blobs:
                return self._blobs[key], False
            if key in self._sending:
                self._sending[key].append(task)
                return "", False
            self._sending[key] = []
            return "", True

    def _release(self, key: tuple[str, int]) -> None:
        with self._is_ready:
            waiting = self._sending.pop(key, [])
        for task in waiting:
            self._push(task)


@contextlib.contextmanager
def _kept_from_writers(file: LocalFile) -> Iterator[None]:
    """While an NWB file is read to be sent, no other program begins to write it.

    Raises
    ------
    FileInUseError
        If one is writing it already.
    ChangedError
        If it cannot be opened.
    """
    if not file.is_nwb:
        yield
        return
    try:
        with held_for_reading(Path(file.location)):
            yield
    except OSError as error:
        if error.filename != file.location:
            raise
        raise ChangedError(f"{file.path} cannot be read: {error.strerror or error}") from error


def _not_begun(path: str, digests: Digests | None = None) -> Outcome:
    reason = f"{path} was not sent before the upload ended"
    return Outcome(path=path, status=TransferStatus.NOT_BEGUN, reason=reason, digests=digests)
