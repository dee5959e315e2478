"""Send the files of a plan: videos before their NWB file, and identical bytes once.

Each file is a task (`posecheck.upload.send.tasks`) that a thread takes once it waits for nothing.
Of tasks with identical bytes the first one sends; the others wait until its blob is known. A task
that failed in a way that may heal gets a second turn when all others are done.
"""

from __future__ import annotations

import contextlib
import heapq
import queue
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from posecheck.archive.errors import AccessError, ArchiveError, StoppedError
from posecheck.model.errors import PosecheckError
from posecheck.model.progress import ProgressListener
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.collect.digests import kept_from_writers
from posecheck.upload.metadata import (
    Extracted,
    NotExtracted,
    with_checksum,
)
from posecheck.upload.outcomes import Outcome, TransferStatus
from posecheck.upload.plan.files import Digests
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.send.assets import AssetWriter
from posecheck.upload.send.blobs import Content, SentBlobs
from posecheck.upload.send.early_sender import EarlySender
from posecheck.upload.send.tasks import METADATA, Task, tasks_of
from posecheck.upload.send.transfer import Transfer
from posecheck.upload.threads import LONGEST_WAIT
from posecheck.validators.asset_metadata import describe_asset

_JOIN_TIMEOUT = 3.0
"""Seconds that threads get to notice that they are to stop."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of `Sender.run`.

    Attributes
    ----------
    outcomes
        The outcome of each file, in the order of the plan.
    stopped_by
        Why all sending stopped, as a sentence.
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
    assets
        Makes assets of what was sent.
    transfer
        Sends the bytes of a file.
    plan
        What to send.
    checksums
        Computes those of the files.
    described
        The paths of files whose metadata `set_metadata` will set; that of others is made here.
    early_sender
        Has begun to send large files; ``None`` if nothing was sent early.
    files
        How many files are sent at a time.
    stop
        Ends all sending when set.
    progress
        Receives how far it is.
    on_arrived
        Receives the outcome of each file that has arrived, at once and in the thread that sent it.
    """

    def __init__(  # noqa: PLR0913 - what it works with, and for whom
        self,
        assets: AssetWriter,
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
        self._assets = assets
        self._send_bytes = transfer.send_bytes if early_sender is None else early_sender.send_bytes
        self._checksums = checksums
        self._root = plan.root
        self._files = files
        self._stop = stop
        self._progress = progress
        self._tasks = tasks_of(plan, described)
        self._ready: list[tuple[bool, bool, int, str]] = []
        self._is_ready = threading.Condition()
        self._blobs = SentBlobs()
        self._outcomes: dict[str, Outcome] = {}
        self._events: queue.SimpleQueue[Outcome | tuple[str, Extracted]] = queue.SimpleQueue()
        self._stopped_by = ""
        self._over = threading.Event()

    def run(self) -> Sent:
        """Send everything, and return the outcomes."""
        for task in self._tasks.values():
            if not task.dependencies:
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
                self._receive(LONGEST_WAIT)
        except KeyboardInterrupt as error:
            interruption = error
            self._stop.set()
        self._over.set()
        with self._is_ready:
            self._is_ready.notify_all()
        with contextlib.suppress(KeyboardInterrupt):  # a second one only shortens the wait
            for thread in threads:
                thread.join(_JOIN_TIMEOUT / len(threads))
        while self._receive(0.0):
            pass
        outcomes = tuple(self._outcomes.get(path) or _not_begun(path) for path in self._tasks)
        return Sent(outcomes, self._stopped_by, interruption)

    def set_metadata(self, path: str, found: Extracted) -> None:
        """Set the metadata of a file, or why it has none, from any thread."""
        self._events.put((path, found))

    def _receive(self, seconds: float) -> bool:
        """Handle the next event, if there is one within some seconds."""
        try:
            event = self._events.get(timeout=seconds) if seconds else self._events.get_nowait()
        except queue.Empty:
            return False
        if isinstance(event, Outcome):
            self._record(event)
        else:
            self._describe(*event)
        return True

    def _record(self, outcome: Outcome) -> None:
        """Record the outcome of a file, and let the files that depend on it go, or not."""
        self._outcomes[outcome.path] = outcome
        for path in self._tasks[outcome.path].dependents:
            if path in self._outcomes:
                continue
            if outcome.arrived:
                self._remove_dependency(self._tasks[path], outcome.path)
            else:
                reason = f"{path} was not sent, because {outcome.path} did not arrive"
                self._record(Outcome(path=path, status=TransferStatus.NOT_BEGUN, reason=reason))

    def _describe(self, path: str, found: Extracted) -> None:
        """Let a file go that waited for its metadata; without metadata it is not sent."""
        if path in self._outcomes:
            return
        task = self._tasks[path]
        if isinstance(found, NotExtracted):
            reason = (
                f"{path} was not sent, because dandi extracts no metadata from it: "
                f"{found.reason.rstrip('.')}. Look at it with `dandi validate`; "
                "`dandi upload` fails alike."
            )
            self._record(Outcome(path=path, status=TransferStatus.FAILED, reason=reason))
        else:
            task.metadata = found
            self._remove_dependency(task, METADATA)

    def _remove_dependency(self, task: Task, what: str) -> None:
        task.dependencies.discard(what)
        if not task.dependencies:
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
                self._events.put(outcome)

    def _ends(self) -> bool:
        return self._over.is_set() or self._stop.is_set()

    def _outcome_of(self, task: Task) -> Outcome | None:
        """Send a file; return ``None`` if it is tried again later."""
        path = task.asset.path
        content: Content | None = None
        comes_again = False
        self._progress.begin_file(path, task.asset.local.size)
        try:
            digests = task.digests or self._checksums.of(task.asset.local)
            task.digests = digests
            claim = self._blobs.claim((digests.etag, task.asset.local.size), task)
            if not claim.blob and not claim.may_send:
                return None
            content = digests.etag, task.asset.local.size
            return self._send(task, digests, content, claim.blob)
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
        except Exception as error:  # noqa: BLE001 - other files must not wait for a failed one
            reason = f"{path}: posecheck failed while it sent it: {type(error).__name__}: {error}"
            return Outcome(
                path=path, status=TransferStatus.FAILED, reason=reason, digests=task.digests
            )
        finally:
            if content is not None:
                for waiting in self._blobs.release(content):
                    self._push(waiting)
            self._progress.end_file(path)
            if comes_again:
                self._push(task)

    def _send(self, task: Task, digests: Digests, content: Content, blob: str) -> Outcome:
        asset = task.asset
        has_sent = threading.Event()
        if not blob:
            with kept_from_writers(asset.local):
                blob = self._send_bytes(
                    asset.local,
                    digests,
                    lambda count: self._progress.advance_file(asset.path, count),
                    on_start=has_sent.set,
                )
            self._blobs.add(content, blob)
        if not has_sent.is_set():
            self._progress.advance_file(asset.path, asset.local.size)
        metadata = task.metadata or describe_asset(asset.local.location, self._root)
        asset_id = self._assets.assign(asset, blob, with_checksum(metadata, digests))
        outcome = Outcome(
            path=asset.path,
            status=TransferStatus.SENT if has_sent.is_set() else TransferStatus.ASSIGNED,
            asset_id=asset_id,
            blob=blob,
            digests=digests,
        )
        self._on_arrived(outcome)
        return outcome


def _not_begun(path: str, digests: Digests | None = None) -> Outcome:
    reason = f"{path} was not sent before the upload ended"
    return Outcome(path=path, status=TransferStatus.NOT_BEGUN, reason=reason, digests=digests)
