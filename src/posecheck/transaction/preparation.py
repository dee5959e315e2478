"""Prepare a file under a hidden name beside its place: its content placed, edited and verified."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.copies import OnBytes, copy, share_blocks
from posecheck.files.file_lock import FileInUseError, held_for_reading, use_of
from posecheck.files.file_stamp import has_stamp
from posecheck.files.publication import remove
from posecheck.files.trees import remove_any
from posecheck.model.errors import ApplyError
from posecheck.transaction.items import Item, newer_than
from posecheck.transaction.journal_state import PlacedRecord
from posecheck.transaction.materialization import materialize
from posecheck.transaction.steps import Remux, TransferMode
from posecheck.transaction.store_editing import copy_store, edit_store

_COPIES = frozenset({TransferMode.COPY, TransferMode.REFLINK})


@dataclass(frozen=True, slots=True, kw_only=True)
class EditJob:
    """What is done with one item after its content has its hidden name.

    Attributes
    ----------
    item
        The item.
    how
        How its content came there.
    patch
        Where its patch is written; ``None`` if it needs none.
    now_ns
        The modification time of what is rewritten, in nanoseconds.
    """

    item: Item
    how: str
    patch: Path | None
    now_ns: int


def materialize_item(item: Item, on_bytes: OnBytes) -> TransferMode:
    """Give an item's content its hidden name, as its mode says, and return how.

    Raises
    ------
    ApplyError
        If the source is no longer what it was.
    OSError
        If it cannot be done.
    """
    with _naming(item):
        remove_any(item.temporary)
        with kept_from_writers(item):
            expect_unchanged(item)
            how = _materialize(item, on_bytes)
        if how in _COPIES:
            expect_unchanged(item)
        return how


def edit_item(job: EditJob) -> PlacedRecord:
    """Edit or remux what has its hidden name, if that is to be, and return what lies there now.

    Raises
    ------
    ApplyError
        If the source changed meanwhile, or cannot be edited; then nothing is left behind.
    OSError
        If it cannot be written.
    """
    item = job.item
    sha256 = ""
    try:
        with _naming(item):
            if item.step.is_zarr:
                record = edit_store(item, job.how, job.patch, job.now_ns)
                expect_unchanged(item)
                return record
            if item.step.is_edited:
                with kept_from_writers(item):
                    sha256 = _edit(job)
            elif item.step.remux is not None:
                _remux(job, item.step.remux)
    except BaseException:
        remove_any(item.temporary)
        raise
    status = item.temporary.lstat()
    return PlacedRecord(
        item=item.number,
        how=job.how,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        link=os.fspath(item.temporary.readlink()) if item.temporary.is_symlink() else "",
        sha256=sha256,
    )


def edit_in_worker(job: EditJob) -> PlacedRecord | str:
    """Do the same in a worker process; what goes wrong is returned as a sentence."""
    try:
        return edit_item(job)
    except ApplyError as error:
        return str(error)
    except OSError as error:
        return describe_failure(error, job.item.target)


def describe_failure(error: OSError, path: Path | None = None) -> str:
    """Say in a sentence what the system could not do, and where."""
    where = error.filename2 or error.filename or path
    reason = error.strerror or str(error)
    return f"{where}: {reason}." if where else f"{reason}."


def expect_unchanged(item: Item) -> None:
    """Check that a source is what it was when the plan was made.

    Raises
    ------
    ApplyError
        If it is not.
    """
    try:
        unchanged = has_stamp(item.source, item.step.stamp)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ApplyError(f"{item.source} is no longer what it was: {reason}.") from error
    if not unchanged:
        raise ApplyError(f"{item.source} changed since the plan was made.")


def expect_unused(item: Item, path: Path | None = None) -> None:
    """Check that no other program is writing the source of an HDF5 file.

    Parameters
    ----------
    path
        Another place of the file that is checked: its target.

    Raises
    ------
    ApplyError
        If one is.
    """
    where = path or item.source
    if item.step.is_hdf5 and os.path.lexists(where):
        use = use_of(where)
        if use.is_in_use:
            raise ApplyError(_in_use(FileInUseError(where, use)))


@contextlib.contextmanager
def kept_from_writers(item: Item, path: Path | None = None) -> Iterator[None]:
    """Hold the lock of a reader on the source of an HDF5 file, so that no program writes it now.

    Parameters
    ----------
    path
        Another place of the file that is locked: its target.

    Raises
    ------
    ApplyError
        If a program is writing it already.
    """
    if not item.step.is_hdf5:
        yield
        return
    try:
        with held_for_reading(path or item.source):
            yield
    except FileInUseError as error:
        raise ApplyError(_in_use(error)) from error


@contextlib.contextmanager
def removable(item: Item, path: Path) -> Iterator[None]:
    """Keep writers away from an HDF5 file that is about to lose its name.

    Windows removes no file that is open: there the lock is only asked for.

    Raises
    ------
    ApplyError
        If a program is writing it.
    """
    if sys.platform == "win32":
        expect_unused(item, path)
        yield
    else:
        with kept_from_writers(item, path):
            yield


def _in_use(error: FileInUseError) -> str:
    return f"{error} Close it there: what is yet to be written would be lost."


@contextlib.contextmanager
def _naming(item: Item) -> Iterator[None]:
    """Add to an error of the system which file it is about: one of a full disk has no name."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = os.fspath(item.target)
        raise


def _materialize(item: Item, on_bytes: OnBytes) -> TransferMode:
    step = item.step
    if step.is_zarr:
        return copy_store(item, on_bytes)
    if step.remux is not None:
        return TransferMode.COPY  # it is read where it lies
    if step.is_hdf5 and (step.is_edited or step.mode is not TransferMode.MOVE):
        content = item.source.resolve()
        if share_blocks(content, item.temporary):
            return TransferMode.REFLINK
        copy(content, item.temporary, on_bytes)
        return TransferMode.COPY
    return materialize(
        item.source, item.temporary, step.mode, is_annexed=step.annexed, on_bytes=on_bytes
    )


def _edit(job: EditJob) -> str:
    """Edit what has its hidden name, verify that nothing else changed, and return its digest."""
    # h5py takes a third of a second to import: only where a file is edited.
    from posecheck.transaction.file_editing import edit_and_verify  # noqa: PLC0415

    item = job.item
    original = item.source.stat()
    _expect_whole(item, original)
    item.temporary.chmod(0o600)
    digest = edit_and_verify(item, job.patch, original)
    expect_unchanged(item)
    item.temporary.chmod(original.st_mode & 0o7777)
    _date(item.temporary, original, job)
    return digest


def _expect_whole(item: Item, original: os.stat_result) -> None:
    """Copy the source once more, if a worker died while it was editing the copy."""
    status = item.temporary.stat()
    if (status.st_size, status.st_mtime_ns) != (original.st_size, original.st_mtime_ns):
        remove(item.temporary)
        copy(item.source, item.temporary, lambda count: None)


def _remux(job: EditJob, wanted: Remux) -> None:
    from posecheck.video.remux import remux  # noqa: PLC0415 - av takes long to import

    item = job.item
    remove(item.temporary)
    original = item.source.stat()
    remux(item.source, item.temporary, rate=wanted.rate)
    expect_unchanged(item)
    item.temporary.chmod(original.st_mode & 0o7777)
    _date(item.temporary, original, job)


def _date(path: Path, original: os.stat_result, job: EditJob) -> None:
    """Make a file whose bytes are not its original's newer than that."""
    modified = newer_than(original.st_mtime_ns, job.now_ns)
    os.utime(path, ns=(original.st_atime_ns, modified))
