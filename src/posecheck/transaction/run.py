"""A run: from the journal to the last file in its place, from wherever the journal says it is."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.execution.pool import WorkerPool
from posecheck.files.publication import (
    missing_folders,
    remove,
    rename_noreplace,
    sync_files,
    sync_folders,
)
from posecheck.files.trees import remove_any
from posecheck.model.errors import ApplyError
from posecheck.model.progress import Phase, ProgressListener
from posecheck.transaction.byte_count import ByteCount
from posecheck.transaction.items import Item, is_placed, list_items
from posecheck.transaction.journal import Journal
from posecheck.transaction.journal_state import PlacedRecord
from posecheck.transaction.new_files import write_new_files
from posecheck.transaction.preconditions import check_folder
from posecheck.transaction.preparation import (
    EditJob,
    edit_in_worker,
    edit_item,
    expect_unchanged,
    materialize_item,
    removable,
)
from posecheck.transaction.source_removal import keep_source, remove_sources
from posecheck.transaction.steps import TransferMode
from posecheck.transaction.store_editing import NEW, replace_edited, sync_store
from posecheck.transaction.store_removal import is_between

_BATCH = 64
"""The most files whose intent is synced at once."""
_MOST_BYTES = 4 * 1024**3
"""Bytes of copies after which no other one is made before these are edited."""
_LONGEST_WAIT = 0.25
"""Seconds for which a file that is ready may wait for others."""
_LONGEST_EDIT = 24 * 3600.0
"""Seconds that one file may take to be edited or remuxed: only what hangs takes longer."""
_MEMORY = 4 * 1024**3
_PRELOADED = (
    "posecheck.transaction.preparation",
    "posecheck.transaction.file_editing",
    "posecheck.video.remux",
)
T = TypeVar("T")


class _InterruptedError(Exception):
    """The run was interrupted, so a copy ends half way."""


class Run:
    """A run that is carried out by this process, which holds the lock of the root.

    Parameters
    ----------
    journal
        Its journal, in which it has begun.
    jobs
        How many files are worked on at once. With one, all is done by this process and thread.
    listener
        Receives how far it is.

    Attributes
    ----------
    journal
        Its journal.
    items
        Its files.
    """

    def __init__(self, journal: Journal, *, jobs: int, listener: ProgressListener) -> None:
        self.journal = journal
        self.items = list_items(journal.changes, journal.run)
        self._root = Path(journal.changes.root)
        self._jobs = jobs
        self._interrupted = threading.Event()
        self._pool: WorkerPool | None = None
        self._listener = listener
        self._count = ByteCount(listener)

    def carry_out(self) -> None:
        """Do all that is left to do.

        Raises
        ------
        ApplyError, OSError
            If something stands in the way. What is in its place stays there.
        """
        total = sum(item.step.stamp.size for item in self.items)
        self._listener.begin(Phase.PLACING, total, in_bytes=True)
        if not self.journal.state.is_placed:
            self._place_all()
        remove_sources(self.journal, self.items)
        self.journal.append(step="done")
        self._listener.end()

    def items_in_place(self) -> list[Item]:
        """Return the items that are in their places."""
        placed = self.journal.state.placed
        return [
            item for item in self.items if item.number in placed and os.path.lexists(item.target)
        ]

    def _place_all(self) -> None:
        self._make_folders()
        write_new_files(self.journal)
        items = iter(self.items)
        try:
            with contextlib.ExitStack() as workers:
                if self._jobs > 1 and any(item.step.is_rewritten for item in self.items):
                    # They import what they need while the first files are copied.
                    self._pool = workers.enter_context(WorkerPool(_PRELOADED))
                for phase in self.journal.changes.phases:
                    self._place_phase([next(items) for _ in phase])
        except BaseException:
            self._remove_prepared()
            raise
        self.journal.append(step="placed")

    def _make_folders(self) -> None:
        known = set(self.journal.state.folders)
        missing: dict[tuple[str, ...], None] = {}
        for item in self.items:
            missing.update(dict.fromkeys(missing_folders(self._root, item.step.target[:-1])))
        new = sorted((parts for parts in missing if parts not in known), key=len)
        if new:
            self.journal.append(step="folders", paths=new)
        for parts in sorted(missing, key=len):
            self._root.joinpath(*parts).mkdir()
        sync_folders(self._root.joinpath(*parts[:-1]) for parts in missing)

    def _place_phase(self, items: Sequence[Item]) -> None:
        """Prepare items, several at once, and place each when it is ready."""
        waiting = []
        for item in items:
            if is_placed(item, self.journal.state):
                remove_any(item.temporary)
                self._listener.advance(item.step.stamp.size)
                continue
            if self._is_between(item):
                replace_edited(item, self.journal.patch(item.number) / NEW)
                self._listener.advance(item.step.stamp.size)
                continue
            self._expect_free(item)
            waiting.append(item)
        touched: set[Path] = set()
        # Closed at once if placing fails: no thread must go on copying.
        with contextlib.closing(self._prepared(waiting)) as prepared:
            for records in prepared:
                self._sync(records)
                self.journal.append(step="place", items=[asdict(record) for record in records])
                for record in records:
                    self._place(self.items[record.item])
                    touched.add(self.items[record.item].target.parent)
        sync_folders(touched)

    def _place(self, item: Item) -> None:
        check_folder(self._root, item.step.target)
        if item.is_in_place and item.step.is_zarr:
            expect_unchanged(item)
            replace_edited(item, self.journal.patch(item.number) / NEW)
        elif item.is_in_place:
            with removable(item, item.target):
                expect_unchanged(item)
                if item.step.is_repacked:
                    keep_source(item, self.journal.kept(item.number))
                item.temporary.replace(item.target)
        else:
            rename_noreplace(item.temporary, item.target)

    def _sync(self, records: Sequence[PlacedRecord]) -> None:
        """Wait until what is about to be placed is on the disk, with the patches that undo it."""
        copies = {TransferMode.COPY, TransferMode.REFLINK}
        files = [record for record in records if not record.tree]
        items = [self.items[record.item] for record in files if record.how in copies]
        patches = [self.journal.patch(one.item) for one in files if self._needs_patch(one)]
        sync_files([*(item.temporary for item in items), *patches])
        if patches:
            sync_folders([self.journal.patches])
        for record in records:
            if record.tree:
                item = self.items[record.item]
                sync_store(item, record.how, self.journal.patch(record.item))

    def _needs_patch(self, record: PlacedRecord) -> bool:
        item = self.items[record.item]
        return bool(record.sha256) and not item.step.is_repacked and item.is_kept

    def _is_between(self, item: Item) -> bool:
        """Whether a store that is edited in place was left when some of its files were replaced."""
        record = self.journal.state.placed.get(item.number)
        if record is None or not (item.is_in_place and item.step.is_zarr):
            return False
        return is_between(item, record, self.journal.patch(item.number))

    def _expect_free(self, item: Item) -> None:
        expect_unchanged(item)
        if not item.is_in_place and os.path.lexists(item.target):
            raise ApplyError(f"{item.target} was put there by someone else meanwhile.")

    def _prepared(self, items: Sequence[Item]) -> Generator[list[PlacedRecord]]:
        """Yield what is ready to be placed, some at a time."""
        plain = [item for item in items if not item.step.is_rewritten]
        rewritten = [item for item in items if item.step.is_rewritten]
        if self._jobs == 1:
            for item in items:
                yield [edit_item(self._edit_job(item, self._materialize(item)))]
                self._count.end(item)
            return
        if plain:
            for ready in self._materialized(
                plain, lambda item, how: edit_item(self._edit_job(item, how))
            ):
                yield [record for _, record in ready]
        if self._pool is not None:
            # Copies of a few lie beside their originals at a time: the disk may not hold them all.
            for several in batches(rewritten):
                yield from self._edited(self._pool, several)

    def _edited(self, pool: WorkerPool, items: Sequence[Item]) -> Iterator[list[PlacedRecord]]:
        """Copy items by threads, and have them edited or remuxed by processes.

        HDF5 lets one thread of a process in at a time, and a file may crash it.
        """
        jobs = [job for ready in self._materialized(items, self._edit_job) for _, job in ready]
        ready: list[PlacedRecord] = []
        since = time.monotonic()
        answers = pool.run(
            edit_in_worker, jobs, workers=self._jobs, limits=Limits(_LONGEST_EDIT, _MEMORY)
        )
        for index, answer in answers:
            item = jobs[index].item
            if isinstance(answer, WorkerFailure):
                answer.raise_if_fault(f"{item.source} could not be worked on")
                raise ApplyError(f"{item.source} could not be worked on: {answer.reason}.")
            if isinstance(answer, str):
                raise ApplyError(answer)
            ready.append(answer)
            self._count.end(item)
            if len(ready) == _BATCH or time.monotonic() - since > _LONGEST_WAIT:
                yield ready
                ready, since = [], time.monotonic()
        if ready:
            yield ready

    def _materialized(
        self, items: Sequence[Item], then: Callable[[Item, str], T]
    ) -> Iterator[list[tuple[Item, T]]]:
        """Give items their hidden names by threads, and yield those that have them, in batches."""
        done: queue.SimpleQueue[Future[tuple[Item, T]]] = queue.SimpleQueue()

        def materialize_one(item: Item) -> tuple[Item, T]:
            return item, then(item, self._materialize(item))

        with ThreadPoolExecutor(self._jobs) as threads:
            try:
                for item in items:
                    threads.submit(materialize_one, item).add_done_callback(done.put)
                left = len(items)
                while left:
                    ready = _collect(done)
                    left -= len(ready)
                    results = [future.result() for future in ready]
                    yield results
                    for item, _ in results:
                        if not item.step.is_rewritten:
                            self._count.end(item)
            except BaseException:
                self._interrupted.set()
                threads.shutdown(cancel_futures=True)
                raise

    def _materialize(self, item: Item) -> TransferMode:
        def count(size: int) -> None:
            if self._interrupted.is_set():
                raise _InterruptedError
            self._count.copy(item, size)

        self._count.begin(item)
        return materialize_item(item, count)

    def _edit_job(self, item: Item, how: str) -> EditJob:
        needs_patch = item.is_kept and not item.step.is_repacked
        return EditJob(
            item=item,
            how=str(how),
            patch=self.journal.patch(item.number) if needs_patch else None,
            now_ns=self.journal.state.now_ns,
        )

    def _remove_prepared(self) -> None:
        """Remove what was prepared and not placed: the disk may be full of it."""
        for item in self.items:
            try:
                remove_any(item.temporary)
                remove(item.again)
            except OSError:
                continue  # it will be removed when the run is resumed or undone


def batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Yield the items whose copies are made together before any of them is edited."""
    several: list[Item] = []
    size = 0
    for item in items:
        several.append(item)
        size += item.step.stamp.size
        if len(several) == _BATCH or size > _MOST_BYTES:
            yield several
            several, size = [], 0
    if several:
        yield several


def _collect(done: queue.SimpleQueue[Future[T]]) -> list[Future[T]]:
    """Wait for one that is done, and return it with all others that are."""
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
