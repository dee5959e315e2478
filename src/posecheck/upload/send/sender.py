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
from collections.abc import Collection
from dataclasses import dataclass

from posecheck.upload.metadata import (
    Extracted,
    NotExtracted,
)
from posecheck.upload.outcomes import Outcome, TransferStatus
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.send.task_sender import TaskSender, not_begun
from posecheck.upload.send.tasks import METADATA, Task, tasks_of
from posecheck.upload.threads import LONGEST_WAIT

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
    tasks
        Sends single files.
    plan
        What to send.
    described
        The paths of files whose metadata `set_metadata` will set; that of others is made here.
    files
        How many files are sent at a time.
    stop
        Ends all sending when set.
    """

    def __init__(
        self,
        tasks: TaskSender,
        plan: UploadPlan,
        described: Collection[str],
        *,
        files: int,
        stop: threading.Event,
    ) -> None:
        self._sender = tasks
        self._files = files
        self._stop = stop
        self._tasks = tasks_of(plan, described)
        self._ready: list[tuple[bool, bool, int, str]] = []
        self._is_ready = threading.Condition()
        self._outcomes: dict[str, Outcome] = {}
        self._events: queue.SimpleQueue[Outcome | tuple[str, Extracted]] = queue.SimpleQueue()
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
        outcomes = tuple(self._outcomes.get(path) or not_begun(path) for path in self._tasks)
        return Sent(outcomes, self._sender.stopped_by, interruption)

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
            outcome = self._sender.send(task, self._push)
            if outcome is not None:
                self._events.put(outcome)

    def _ends(self) -> bool:
        return self._over.is_set() or self._stop.is_set()
