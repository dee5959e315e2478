"""A run: from the plan to the last file in its place, from wherever the journal says it stands."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from posecheck.engine.workers import open_pool
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.execution.pool import WorkerPool
from posecheck.files.publication import (
    missing_folders,
    place,
    remove,
    sync_files,
    sync_folders,
)
from posecheck.model.errors import ApplyError
from posecheck.organize.apply.checking import check_folder
from posecheck.organize.apply.identifier import write_identifier
from posecheck.organize.apply.items import Item, is_item_placed, list_items
from posecheck.organize.apply.journal import Journal
from posecheck.organize.apply.metering import Meter
from posecheck.organize.apply.outcomes import OnProgress
from posecheck.organize.apply.preparing import (
    Work,
    bring_item,
    expect_unchanged,
    finish_in_worker,
    finish_item,
    removable,
)
from posecheck.organize.plan.values import PlannedMedia, VideoMode
from posecheck.transaction.journal_state import Landing

_BATCH = 64
"""The most files whose intent is synced at once."""
_PATIENCE = 0.25
"""Seconds for which one that is ready may wait for others."""
_LONGEST = 24 * 3600.0
"""Seconds that one file may take to be edited or remuxed: only what hangs takes longer."""
_MEMORY = 4 * 1024**3
T = TypeVar("T")


class _StoppedError(Exception):
    """The run was interrupted, so a copy ends half way."""


@dataclass(slots=True)
class Counted:
    """How many files have come, by the way they came."""

    recordings: int = 0
    media: int = 0
    bytes: int = 0


class Run:
    """A run that is carried out by this process, which holds the dandiset's lock.

    Parameters
    ----------
    journal
        Its journal, in which it has begun.
    jobs
        How many files are worked on at once. With one, all is done by this process and thread.
    on_progress
        Is told how far it is.
    """

    def __init__(self, journal: Journal, *, jobs: int, on_progress: OnProgress | None) -> None:
        self.journal = journal
        self.items = list_items(journal.plan, journal.run)
        self._root = Path(journal.plan.dandiset)
        self._jobs = jobs
        self._stop = threading.Event()
        self._pool: WorkerPool | None = None
        self._meter = Meter(sum(item.stamp.size for item in self.items), on_progress)

    def bring_all(self) -> None:
        """Bring everything to its place; no source is removed yet.

        Raises
        ------
        ApplyError, OSError
            If something stands in the way. What is in its place stays there.
        """
        if self.journal.story.is_placed:
            return
        self._make_folders()
        write_identifier(self.journal, self._root)
        media = [item for item in self.items if isinstance(item.planned, PlannedMedia)]
        recordings = self.items[len(media) :]
        try:
            with contextlib.ExitStack() as workers:
                if self._jobs > 1 and any(item.is_rewritten for item in self.items):
                    # They import what they need while the first files are copied.
                    self._pool = workers.enter_context(open_pool())
                self._bring(media)
                self._bring(recordings)
        except BaseException:
            self._clear_away()
            raise
        self.journal.append(step="placed")

    def count(self) -> Counted:
        """Count what is in its place."""
        counted = Counted()
        for item in self.items:
            if item.number in self.journal.story.landings and os.path.lexists(item.target):
                counted.media += isinstance(item.planned, PlannedMedia)
                counted.recordings += not isinstance(item.planned, PlannedMedia)
                counted.bytes += item.stamp.size
        return counted

    def _make_folders(self) -> None:
        told = set(self.journal.story.folders)
        missing: dict[tuple[str, ...], None] = {}
        for item in self.items:
            missing.update(dict.fromkeys(missing_folders(self._root, item.planned.target[:-1])))
        new = sorted((parts for parts in missing if parts not in told), key=len)
        if new:
            self.journal.append(step="folders", paths=new)
        for parts in sorted(missing, key=len):
            self._root.joinpath(*parts).mkdir()
        sync_folders(self._root.joinpath(*parts[:-1]) for parts in missing)

    def _bring(self, items: Sequence[Item]) -> None:
        """Prepare items, several at once, and place them as they come."""
        waiting = []
        for item in items:
            if is_item_placed(item, self.journal.story):
                remove(item.temporary)
                self._meter.add(item.stamp.size, item.name)
                continue
            self._expect_free(item)
            waiting.append(item)
        touched: set[Path] = set()
        # Closed at once if placing fails: no thread must go on copying.
        with contextlib.closing(self._prepared(waiting)) as prepared:
            for landings in prepared:
                self._sync(landings)
                self.journal.append(step="place", items=[asdict(landing) for landing in landings])
                for landing in landings:
                    self._place(self.items[landing.item])
                    touched.add(self.items[landing.item].target.parent)
        sync_folders(touched)

    def _place(self, item: Item) -> None:
        check_folder(self._root, item.planned.target)
        if item.is_in_place:
            with removable(item, item.target):
                expect_unchanged(item)
                item.temporary.replace(item.target)
        else:
            place(item.temporary, item.target)

    def _sync(self, landings: Sequence[Landing]) -> None:
        """Wait until what is about to be placed is on the disk, with what would bring it back."""
        copies = {VideoMode.COPY, VideoMode.REFLINK}
        items = [self.items[told.item] for told in landings if told.how in copies]
        patches = [self.journal.patch(told.item) for told in landings if self._needs_patch(told)]
        sync_files([*(item.temporary for item in items), *patches])
        if patches:
            sync_folders([self.journal.patches])

    def _needs_patch(self, landing: Landing) -> bool:
        item = self.items[landing.item]
        return bool(landing.sha256) and (item.is_moved or item.is_in_place)

    def _expect_free(self, item: Item) -> None:
        expect_unchanged(item)
        if not item.is_in_place and os.path.lexists(item.target):
            raise ApplyError(f"{item.target} was put there by someone else meanwhile.")

    def _prepared(self, items: Sequence[Item]) -> Generator[list[Landing]]:
        """Yield what is ready to be placed, some at a time."""
        plain = [item for item in items if not item.is_rewritten]
        harder = [item for item in items if item.is_rewritten]
        if self._jobs == 1:
            for item in items:
                how = bring_item(item, self._counter(item))
                yield [finish_item(self._work(item, how))]
                self._meter.finish(item)
            return
        if plain:
            for ready in self._brought(plain, lambda item, how: finish_item(self._work(item, how))):
                yield [landing for _, landing in ready]
        if harder and self._pool is not None:
            yield from self._worked_on(self._pool, harder)

    def _worked_on(self, pool: WorkerPool, items: Sequence[Item]) -> Iterator[list[Landing]]:
        """Bring items by threads, and have them edited or remuxed by processes.

        HDF5 lets one thread of a process in at a time, and a file may crash it.
        """
        works = [work for ready in self._brought(items, self._work) for _, work in ready]
        ready: list[Landing] = []
        since = time.monotonic()
        answers = pool.run(
            finish_in_worker, works, workers=self._jobs, limits=Limits(_LONGEST, _MEMORY)
        )
        for index, answer in answers:
            item = works[index].item
            if isinstance(answer, WorkerFailure):
                answer.raise_if_fault(f"{item.source} could not be worked on")
                raise ApplyError(f"{item.source} could not be worked on: {answer.reason}.")
            if isinstance(answer, str):
                raise ApplyError(answer)
            ready.append(answer)
            self._meter.finish(item)
            if len(ready) == _BATCH or time.monotonic() - since > _PATIENCE:
                yield ready
                ready, since = [], time.monotonic()
        if ready:
            yield ready

    def _brought(
        self, items: Sequence[Item], then: Callable[[Item, str], T]
    ) -> Iterator[list[tuple[Item, T]]]:
        """Bring items by threads, and yield those that are there, some at a time."""
        done: queue.SimpleQueue[Future[tuple[Item, T]]] = queue.SimpleQueue()

        def bring_one(item: Item) -> tuple[Item, T]:
            how = bring_item(item, self._counter(item))
            return item, then(item, how)

        with ThreadPoolExecutor(self._jobs) as threads:
            try:
                for item in items:
                    threads.submit(bring_one, item).add_done_callback(done.put)
                left = len(items)
                while left:
                    ready = _collect(done)
                    left -= len(ready)
                    yield [future.result() for future in ready]
                    for future in ready:
                        self._meter.finish(future.result()[0])
            except BaseException:
                self._stop.set()
                threads.shutdown(cancel_futures=True)
                raise

    def _work(self, item: Item, how: str) -> Work:
        needs_patch = item.is_moved or item.is_in_place
        return Work(
            item=item,
            how=str(how),
            patch=self.journal.patch(item.number) if needs_patch else None,
            now_ns=self.journal.story.now_ns,
        )

    def _counter(self, item: Item) -> Callable[[int], None]:
        def count(size: int) -> None:
            if self._stop.is_set():
                raise _StoppedError
            self._meter.copy(size, item)

        return count

    def _clear_away(self) -> None:
        """Remove what was prepared and not placed: the disk may be full of it."""
        for item in self.items:
            try:
                remove(item.temporary)
            except OSError:
                continue  # it will be removed when the run is resumed or undone


def _collect(done: queue.SimpleQueue[Future[T]]) -> list[Future[T]]:
    """Wait for one that is done, and take all others that are."""
    ready: list[Future[T]] = []
    while not ready:
        try:
            ready.append(done.get(timeout=0.25))  # Windows interrupts no longer wait
        except queue.Empty:
            continue
    while len(ready) < _BATCH:
        try:
            ready.append(done.get_nowait())
        except queue.Empty:
            break
    return ready
