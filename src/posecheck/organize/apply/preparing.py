"""Prepare a file beside its place: brought, edited and verified, but not yet to be seen."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.copies import OnBytes, copy, share_blocks
from posecheck.files.file_lock import FileInUseError, held_for_reading, use_of
from posecheck.files.publication import remove
from posecheck.model.errors import ApplyError
from posecheck.organize.apply.bringing import bring
from posecheck.organize.apply.items import Item, has_stamp
from posecheck.organize.plan.values import FileMode, PlannedMedia, PlannedRecording, VideoMode
from posecheck.transaction.journal_state import Landing
from posecheck.transaction.patch import Patch, write_patch

_FULL = frozenset(
    getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG") if hasattr(errno, name)
)
_LATER_NS = 1_000_000_000
"""How much newer than its source a rewritten file is, where that has a time to come."""
_COPIES = frozenset({VideoMode.COPY, VideoMode.REFLINK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a worker does with one item after its content was brought.

    Attributes
    ----------
    item
        The item.
    how
        How its content was brought.
    patch
        Where its patch belongs; ``None`` if it needs none.
    now_ns
        The modification time of what is rewritten, in nanoseconds.
    """

    item: Item
    how: str
    patch: Path | None
    now_ns: int


def bring_item(item: Item, on_bytes: OnBytes) -> VideoMode:
    """Bring an item's content to its hidden name, as its mode says.

    Raises
    ------
    ApplyError
        If the source is no longer what it was.
    OSError
        If it cannot be done.
    """
    with _naming(item):
        remove(item.temporary)
        with kept_from_writers(item):
            expect_unchanged(item)
            how = _bring(item, on_bytes)
        if how in _COPIES:
            expect_unchanged(item)
        return how


def finish_item(work: Work) -> Landing:
    """Edit or remux what was brought, if that is to be, and say what lies there now.

    Raises
    ------
    ApplyError
        If the source changed meanwhile, or cannot be edited; then nothing is left behind.
    OSError
        If it cannot be written.
    """
    item = work.item
    sha256 = ""
    try:
        with _naming(item):
            if isinstance(item.planned, PlannedRecording) and item.planned.rewrites:
                with kept_from_writers(item):
                    sha256 = _edit(item, item.planned, work)
            elif isinstance(item.planned, PlannedMedia) and item.planned.remux:
                _remux(item, item.planned, work)
    except BaseException:
        remove(item.temporary)
        raise
    return describe_landing(item, work.how, sha256)


def finish_in_worker(work: Work) -> Landing | str:
    """Do the same in a worker process; what goes wrong is returned as a sentence."""
    try:
        return finish_item(work)
    except ApplyError as error:
        return str(error)
    except OSError as error:
        return describe_failure(error, work.item.target)


def describe_failure(error: OSError, path: Path | None = None) -> str:
    """Say in a sentence what the system could not do, and where."""
    where = error.filename2 or error.filename or path
    reason = error.strerror or str(error)
    return f"{where}: {reason}." if where else f"{reason}."


def describe_landing(item: Item, how: str, sha256: str = "") -> Landing:
    """Say what lies under an item's hidden name."""
    status = item.temporary.lstat()
    return Landing(
        item=item.number,
        how=how,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        link=os.fspath(item.temporary.readlink()) if item.temporary.is_symlink() else "",
        sha256=sha256,
    )


def expect_unchanged(item: Item) -> None:
    """Look whether a source is what it was when the plan was made.

    Raises
    ------
    ApplyError
        If it is not.
    """
    try:
        unchanged = has_stamp(item.source, item.stamp)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ApplyError(f"{item.source} is no longer what it was: {reason}.") from error
    if not unchanged:
        raise ApplyError(f"{item.source} changed since the plan was made.")


def expect_unused(item: Item, path: Path | None = None) -> None:
    """Look whether another program is writing the source of a recording.

    Parameters
    ----------
    path
        Another place of the recording that is asked about: its target.

    Raises
    ------
    ApplyError
        If one is.
    """
    where = path or item.source
    if isinstance(item.planned, PlannedRecording) and os.path.lexists(where):
        use = use_of(where)
        if use.is_in_use:
            raise ApplyError(_in_use(FileInUseError(where, use)))


@contextlib.contextmanager
def kept_from_writers(item: Item, path: Path | None = None) -> Iterator[None]:
    """Hold the lock of a reader on the source of a recording: no program begins to write it now.

    Parameters
    ----------
    path
        Another place of the recording that is held: its target.

    Raises
    ------
    ApplyError
        If a program is writing it already.
    """
    if not isinstance(item.planned, PlannedRecording):
        yield
        return
    try:
        with held_for_reading(path or item.source):
            yield
    except FileInUseError as error:
        raise ApplyError(_in_use(error)) from error


@contextlib.contextmanager
def removable(item: Item, path: Path) -> Iterator[None]:
    """Keep writers away from a recording that is about to lose its name.

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
    """Let an error of the system tell which file it is about: a full disk does not."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = os.fspath(item.target)
        raise


def _bring(item: Item, on_bytes: OnBytes) -> VideoMode:
    planned = item.planned
    if isinstance(planned, PlannedMedia):
        if planned.remux:
            return VideoMode.COPY  # it is read where it lies
        mode, is_annexed = planned.mode, planned.annexed
        return bring(item.source, item.temporary, mode, is_annexed=is_annexed, on_bytes=on_bytes)
    if planned.mode is FileMode.MOVE and not planned.rewrites:
        mode = VideoMode.MOVE
        return bring(item.source, item.temporary, mode, is_annexed=False, on_bytes=on_bytes)
    content = item.source.resolve()
    if share_blocks(content, item.temporary):
        return VideoMode.REFLINK
    copy(content, item.temporary, on_bytes)
    return VideoMode.COPY


def _edit(item: Item, planned: PlannedRecording, work: Work) -> str:
    # h5py takes a third of a second to import: only where a file is edited.
    from posecheck.hdf5_editing.difference import compare_files  # noqa: PLC0415
    from posecheck.hdf5_editing.edit_verification import verify_edit  # noqa: PLC0415
    from posecheck.hdf5_editing.string_edits import StringChange, rewrite_strings  # noqa: PLC0415
    from posecheck.storage.store import StorageError  # noqa: PLC0415

    changes = [
        StringChange(dataset=change.dataset, index=change.index, old=change.old, new=change.new)
        for change in planned.rewrites
    ]
    original = item.source.stat()
    _expect_whole(item, original)
    item.temporary.chmod(0o600)
    try:
        anew = rewrite_strings(item.temporary, changes)
        difference = compare_files(item.source, item.temporary)
        verify_edit(item.source, item.temporary, changes, difference, anew=anew)
    except StorageError as error:
        if _is_full(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(item.target)) from error
        raise ApplyError(f"{item.source} cannot be edited: {error}.") from error
    expect_unchanged(item)
    if work.patch is not None:
        write_patch(work.patch, Patch.of(difference, original))
    item.temporary.chmod(original.st_mode & 0o7777)
    _date(item.temporary, original, work)
    return difference.edited_sha256


def _expect_whole(item: Item, original: os.stat_result) -> None:
    """Bring a copy once more, if a worker died while it was editing it."""
    status = item.temporary.stat()
    whole = (original.st_size, original.st_mtime_ns)
    if (status.st_size, status.st_mtime_ns) != whole:
        remove(item.temporary)
        copy(item.source, item.temporary, lambda count: None)


def _remux(item: Item, planned: PlannedMedia, work: Work) -> None:
    from posecheck.video.remux import remux  # noqa: PLC0415 - av takes long to import

    remove(item.temporary)
    original = item.source.stat()
    remux(item.source, item.temporary, rate=planned.rate)
    expect_unchanged(item)
    item.temporary.chmod(original.st_mode & 0o7777)
    _date(item.temporary, original, work)


def _date(path: Path, original: os.stat_result, work: Work) -> None:
    """Make a file whose bytes are not its original's newer than that: archives go by the time."""
    source = original.st_mtime_ns
    modified = work.now_ns if work.now_ns > source else source + _LATER_NS
    os.utime(path, ns=(original.st_atime_ns, modified))


def _is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
