"""Who sends what when: videos before their NWB file, and identical bytes once.

Each file is a task that some thread takes up. A task is ready at once for a video, and for an NWB
file as soon as all that it references has arrived; if any of that failed, it is never sent. Of
tasks with identical bytes the first sends and the others, taken up meanwhile, are put aside until
its blob is known.
"""

from __future__ import annotations

import contextlib
import heapq
import queue
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from posecheck.model.errors import PosecheckError
from posecheck.upload.digests import digest_file
from posecheck.upload.failures import AccessError, StoppedError
from posecheck.upload.metadata import MetadataJob, describe
from posecheck.upload.outcomes import Fate, Outcome
from posecheck.upload.plan.values import Action, Digests, PlannedAsset, UploadPlan
from posecheck.upload.threads import LONGEST_WAIT
from posecheck.upload.transfer import Transfer
from posecheck.upload.watching import Watcher

_GRACE = 3.0
"""Seconds that running threads are given to notice that they are to stop."""


@dataclass(slots=True)
class _Task:
    """A file to send.

    Attributes
    ----------
    order
        Its place in the plan.
    waits_for
        The paths that must arrive before.
    waiters
        The NWB files that wait for it.
    digests, metadata
        Known before for NWB files, computed on the way for videos.
    """

    asset: PlannedAsset
    order: int
    waits_for: set[str] = field(default_factory=set)
    waiters: list[str] = field(default_factory=list)
    digests: Digests | None = None
    metadata: Mapping[str, Any] | None = None


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
    digests
        Checksums that are known, by path.
    metadata
        The metadata of the NWB files, by path.
    files
        How many files are sent at a time.
    stop
        Ends it all when set.
    watcher
        Looks on.
    """

    def __init__(  # noqa: PLR0913 - what it works with, and for whom
        self,
        transfer: Transfer,
        plan: UploadPlan,
        digests: Mapping[str, Digests],
        metadata: Mapping[str, Mapping[str, Any]],
        *,
        files: int,
        stop: threading.Event,
        watcher: Watcher,
    ) -> None:
        self._transfer = transfer
        self._root = plan.root
        self._files = files
        self._stop = stop
        self._watcher = watcher
        self._tasks = _tasks_of(plan, digests, metadata)
        self._ready: list[tuple[int, int, str]] = []
        self._is_ready = threading.Condition()
        self._blobs: dict[tuple[str, int], str] = {}
        self._sending: dict[tuple[str, int], list[_Task]] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._settled: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
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
                self._settle_next(LONGEST_WAIT)
        except KeyboardInterrupt as error:
            interruption = error
            self._stop.set()
        self._over.set()
        with self._is_ready:
            self._is_ready.notify_all()
        with contextlib.suppress(KeyboardInterrupt):  # a second one only cuts the grace short
            for thread in threads:
                thread.join(_GRACE / len(threads))
        while self._settle_next(0.0):
            pass
        outcomes = tuple(self._outcomes.get(path) or _not_begun(path) for path in self._tasks)
        return Sent(outcomes, self._stopped_by, interruption)

    def _settle_next(self, seconds: float) -> bool:
        try:
            outcome = self._settled.get(timeout=seconds) if seconds else self._settled.get_nowait()
        except queue.Empty:
            return False
        self._settle(outcome)
        return True

    def _settle(self, outcome: Outcome) -> None:
        """Take note of what became of a file, and let those that waited for it go, or not."""
        self._outcomes[outcome.path] = outcome
        for path in self._tasks[outcome.path].waiters:
            waiter = self._tasks[path]
            if path in self._outcomes:
                continue
            if outcome.arrived:
                waiter.waits_for.discard(outcome.path)
                if not waiter.waits_for:
                    self._push(waiter)
            else:
                reason = f"{path} was not sent, because {outcome.path} did not arrive"
                self._settle(Outcome(path=path, fate=Fate.NOT_BEGUN, reason=reason))

    def _push(self, task: _Task) -> None:
        # An NWB file that is ready goes before the videos of the next recording.
        with self._is_ready:
            heapq.heappush(self._ready, (not task.asset.local.is_nwb, task.order, task.asset.path))
            self._is_ready.notify()

    def _work(self) -> None:
        while True:
            with self._is_ready:
                while not self._ready and not self._ends():
                    self._is_ready.wait(LONGEST_WAIT)
                if self._ends():
                    return
                task = self._tasks[heapq.heappop(self._ready)[2]]
            outcome = self._outcome_of(task)
            if outcome is not None:
                self._settled.put(outcome)

    def _ends(self) -> bool:
        return self._over.is_set() or self._stop.is_set()

    def _outcome_of(self, task: _Task) -> Outcome | None:
        """Send a file; return nothing if another task sends the same bytes just now."""
        path = task.asset.path
        key = None
        self._watcher.begin_file(path, task.asset.local.size)
        try:
            digests = task.digests or digest_file(task.asset.local, self._stop)
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
            return Outcome(path=path, fate=Fate.FAILED, reason=str(error), digests=task.digests)
        except PosecheckError as error:
            reason = str(error) if path in str(error) else f"{path}: {error}"
            return Outcome(path=path, fate=Fate.FAILED, reason=reason, digests=task.digests)
        except Exception as error:  # noqa: BLE001 - one file's fault must not leave others waiting
            reason = f"{path}: posecheck failed while it sent it: {type(error).__name__}: {error}"
            return Outcome(path=path, fate=Fate.FAILED, reason=reason, digests=task.digests)
        finally:
            if key is not None:
                self._release(key)
            self._watcher.end_file(path)

    def _send(self, task: _Task, digests: Digests, key: tuple[str, int], blob: str) -> Outcome:
        asset = task.asset
        went_out = threading.Event()
        if not blob:
            blob = self._transfer.send_bytes(
                asset.local,
                digests,
                lambda count: self._watcher.advance_file(asset.path, count),
                on_start=went_out.set,
            )
            with self._is_ready:
                self._blobs[key] = blob
        if not went_out.is_set():
            self._watcher.advance_file(asset.path, asset.local.size)
        metadata = task.metadata or describe(
            MetadataJob(file=asset.local, root=self._root, etag=digests.etag)
        )
        asset_id = self._transfer.assign(asset, blob, metadata)
        return Outcome(
            path=asset.path,
            fate=Fate.SENT if went_out.is_set() else Fate.ASSIGNED,
            asset_id=asset_id,
            blob=blob,
            digests=digests,
        )

    def _claim(self, key: tuple[str, int], task: _Task) -> tuple[str, bool]:
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


def _not_begun(path: str, digests: Digests | None = None) -> Outcome:
    reason = f"{path} was not sent before the upload ended"
    return Outcome(path=path, fate=Fate.NOT_BEGUN, reason=reason, digests=digests)


def _tasks_of(
    plan: UploadPlan,
    digests: Mapping[str, Digests],
    metadata: Mapping[str, Mapping[str, Any]],
) -> dict[str, _Task]:
    """Order the files of a plan: recording by recording, the NWB file after what it references."""
    wanted = {asset.path: asset for asset in plan.to_send}
    ordered = [path for recording in plan.going for path in recording.paths if path in wanted]
    tasks = {
        path: _Task(
            asset=wanted[path],
            order=order,
            digests=digests.get(path) or wanted[path].digests,
            metadata=metadata.get(path),
        )
        for order, path in enumerate(dict.fromkeys([*ordered, *wanted]))
    }
    for recording in plan.going:
        if recording.path in tasks:
            for path in _sent(recording.media, tasks):
                tasks[recording.path].waits_for.add(path)
                tasks[path].waiters.append(recording.path)
    return tasks


def _sent(paths: Iterable[str], tasks: Mapping[str, _Task]) -> Iterable[str]:
    return (path for path in paths if path in tasks and tasks[path].asset.action is not Action.SAME)
