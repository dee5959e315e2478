"""What undoes a run, file by file: none ever refers to another that is not there."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from posecheck.files.annex import repository_of
from posecheck.files.content import hash_file
from posecheck.files.copies import copy, share_blocks
from posecheck.files.file_stamp import has_stamp
from posecheck.files.publication import remove, rename_noreplace, sync_file, sync_folders
from posecheck.files.trees import remove_any
from posecheck.model.errors import ApplyError, UsageError
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.wording import counted
from posecheck.transaction.items import Item, is_as_recorded, list_items, temporary_beside
from posecheck.transaction.journal import Journal
from posecheck.transaction.journal_state import PlacedRecord
from posecheck.transaction.new_files import remove_new_files
from posecheck.transaction.outcomes import Reverted
from posecheck.transaction.patch import Patch, read_patch, restore
from posecheck.transaction.preparation import describe_failure, expect_unused, removable
from posecheck.transaction.store_editing import OLD, replace_edited
from posecheck.transaction.store_removal import (
    clear_aside,
    expect_kept,
    is_between,
    is_store_original,
    put_back,
    remove_target,
    restore_store,
)

_LISTED = 5
"""Files that a command names one by one."""


class Reversal:
    """What undoes one run, or some of its files.

    Parameters
    ----------
    journal
        The run's journal, of which the lock is held.
    listener
        Receives how far it is.
    """

    def __init__(self, journal: Journal, listener: ProgressListener) -> None:
        self._journal = journal
        self._state = journal.state
        self._root = Path(journal.changes.root)
        self._items = list_items(journal.changes, journal.run)
        self._listener = listener
        self._notes: list[str] = []

    def check(self, numbers: Collection[int] | None = None) -> None:
        """Check every target and every source, or some of them, and touch nothing.

        Raises
        ------
        UsageError
            If one was changed since.
        """
        placed = [item for phase in self._placed_phases() for item in phase]
        if numbers is not None:
            placed = [item for item in placed if item.number in numbers]
        files = [item for item in placed if not self._state.placed[item.number].link]
        _refuse_annexed([item.target for item in files], self._root)
        for item in placed:
            if item.step.is_zarr:
                put_back(item, self._journal.run)
            record = self._state.placed[item.number]
            try:
                reason = self._objection(item, record)
            except OSError as error:
                reason = describe_failure(error)
            except ApplyError as error:
                reason = str(error)
            if reason:
                raise UsageError(f"{reason} Nothing was touched.")

    def run(self, started: float) -> Reverted:
        """Undo the run.

        Raises
        ------
        ApplyError, OSError
            If something stands in the way.
        """
        total = sum(item.step.stamp.size for item in self._items)
        self._listener.begin(Phase.UNDOING, total, in_bytes=True)
        if not self._state.is_undoing:
            self._journal.append(step="undo")
        self._make_pruned()
        # A file never refers to another that is not there, also while a run is undone: sources
        # come back in the order of the phases, and targets go in the opposite order.
        phases = self._placed_phases()
        for item in (item for phase in phases for item in phase):
            self._restore_source(item)
            self._listener.advance(item.step.stamp.size)
        for item in (item for phase in reversed(phases) for item in phase):
            self._remove_target(item)
        for item in self._items:
            remove_any(item.temporary)
            remove(item.again)
            if item.step.is_zarr:
                clear_aside(item, self._journal.run)
        self._notes += remove_new_files(self._journal)
        self._remove_folders()
        self._listener.end()
        return Reverted(
            run=self._journal.run,
            items=tuple(item for phase in phases for item in phase),
            seconds=time.monotonic() - started,
            notes=tuple(self._notes),
        )

    def restore(self, numbers: Collection[int]) -> None:
        """Restore some of the files that were edited in place.

        Raises
        ------
        ApplyError, OSError
            If something stands in the way.
        """
        for item in self._items:
            if item.number in numbers and item.is_in_place:
                self._restore_source(item)

    def _placed_phases(self) -> list[list[Item]]:
        items = iter(self._items)
        phases = [[next(items) for _ in phase] for phase in self._journal.changes.phases]
        return [[item for item in phase if item.number in self._state.placed] for phase in phases]

    def _objection(self, item: Item, record: PlacedRecord) -> str:
        """Say why an item cannot be undone, as a sentence; empty if it can."""
        expect_unused(item, item.target)
        if item.is_in_place:
            return self._objection_in_place(item, record)
        is_there = os.path.lexists(item.target)
        if is_there and not (
            is_as_recorded(item.target, record) and _has_bytes(item.target, record)
        ):
            return f"{item.target} was changed since."
        if item.number not in self._state.removed:
            return ""
        if os.path.lexists(item.source):
            if self._is_original(item, item.source):
                return ""
            return f"{item.source} is there, and not as it was. Move it away, and undo again."
        if self._state.removed[item.number].is_kept:
            return (
                "" if self._journal.kept(item.number).exists() else f"{item.source} was not kept."
            )
        if not self._has_folder(item):
            return (
                f"{item.source.parent} is not there, to which {item.source.name} belongs. Make it, "
                "or mount what holds it."
            )
        if not is_there:
            return f"{item.target} is gone, and so is {item.source} of which it was made."
        self._expect_kept(item)
        return ""

    def _has_folder(self, item: Item) -> bool:
        """Whether the folder of a source is there, or is one that the run removed."""
        pruned = {self._root.joinpath(*parts) for parts, _ in self._state.pruned}
        return item.source.parent in pruned or item.source.parent.is_dir()

    def _objection_in_place(self, item: Item, record: PlacedRecord) -> str:
        if not os.path.lexists(item.target):
            return f"{item.target} is gone."
        if is_as_recorded(item.target, record) and _has_bytes(item.target, record):
            if not item.step.is_repacked:
                self._expect_kept(item)
            elif not self._journal.kept(item.number).exists():
                return f"what {item.target} was is not kept."
            return ""
        unchanged = self._is_original(item, item.target) or (
            item.step.is_zarr and is_between(item, record, self._journal.patch(item.number))
        )
        return "" if unchanged else f"{item.target} was changed since."

    def _is_original(self, item: Item, path: Path) -> bool:
        """Whether a source is there as it was: untouched, or restored."""
        if has_stamp(path, item.step.stamp):
            return True
        patch = self._journal.patch(item.number)
        if item.step.is_zarr:
            return is_store_original(item, path, patch)
        if item.step.is_rewritten and patch.exists():
            return hash_file(path) == read_patch(patch).sha256
        # Restored by a copy, it has another inode.
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (
            item.step.stamp.size,
            item.step.stamp.modified_ns,
        )

    def _make_pruned(self) -> None:
        for parts, mode in reversed(self._state.pruned):
            folder = self._root.joinpath(*parts)
            if not folder.exists():
                folder.mkdir()
                folder.chmod(mode)
                sync_folders([folder.parent])

    def _restore_source(self, item: Item) -> None:
        """Restore the name and the content of a source, if it lost one of them."""
        if item.is_in_place:
            if not self._is_original(item, item.target):
                self._restore_content(item)
            return
        removal = self._state.removed.get(item.number)
        if removal is None:
            return
        temporary = temporary_beside(item.source, self._journal.run, f"back-{item.number}")
        remove_any(temporary)
        if os.path.lexists(item.source):
            return
        if removal.link:
            temporary.symlink_to(removal.link)
            if os.utime in os.supports_follow_symlinks:
                times = (removal.modified_ns, removal.modified_ns)
                os.utime(temporary, ns=times, follow_symlinks=False)
        elif removal.is_kept:
            _link_or_copy(self._journal.kept(item.number), temporary)
        elif item.step.is_zarr:
            restore_store(item, self._journal.patch(item.number), temporary)
        elif item.step.is_rewritten:
            restore(item.target, self._patch(item), temporary)
        else:
            _link_or_copy(item.target, temporary)
        rename_noreplace(temporary, item.source)
        sync_folders([item.source.parent])

    def _restore_content(self, item: Item) -> None:
        """Restore what was edited in place."""
        if item.step.is_zarr:
            replace_edited(item, self._journal.patch(item.number) / OLD)
            return
        remove(item.temporary)
        if item.step.is_repacked:
            _link_or_copy(self._journal.kept(item.number), item.temporary)
        else:
            restore(item.target, self._patch(item), item.temporary)
        with removable(item, item.target):
            item.temporary.replace(item.target)
        sync_folders([item.target.parent])

    def _remove_target(self, item: Item) -> None:
        if item.is_in_place:
            return
        if item.step.is_zarr:
            remove_target(item, self._state.placed[item.number], self._journal.run)
            sync_folders([item.target.parent])
        elif os.path.lexists(item.target):
            with removable(item, item.target):
                remove(item.target)
            sync_folders([item.target.parent])

    def _expect_kept(self, item: Item) -> None:
        """Check that what restores a rewritten file is there."""
        if item.step.is_zarr:
            expect_kept(item, self._journal.patch(item.number))
        elif item.step.is_rewritten:
            self._patch(item)

    def _patch(self, item: Item) -> Patch:
        return read_patch(self._journal.patch(item.number))

    def _remove_folders(self) -> None:
        for parts in sorted(self._state.folders, key=len, reverse=True):
            folder = self._root.joinpath(*parts)
            if not folder.is_dir():
                continue
            if any(folder.iterdir()):
                self._notes.append(f"{folder} is left, because something else lies in it.")
                continue
            folder.rmdir()
            sync_folders([folder.parent])


def _refuse_annexed(targets: Sequence[Path], root: Path) -> None:
    """Say how to get targets back that were added to git-annex since.

    Raises
    ------
    UsageError
        If there are any.
    """
    annexed = [(repository_of(path.resolve()), path) for path in targets if path.is_symlink()]
    paths = [path for repository, path in annexed if repository is not None]
    if not paths:
        return
    if len(paths) > _LISTED:
        paths_or_folders = sorted({root / path.relative_to(root).parts[0] for path in paths})
    else:
        paths_or_folders = paths
    named = " ".join(shlex.quote(str(path)) for path in paths_or_folders)
    raise UsageError(
        f"git-annex took {counted(len(paths), 'file')} since, and keeps the content itself. "
        "Nothing was touched. Let it give back what it took: "
        f"`git -C {shlex.quote(str(root))} annex unannex {named}`."
    )


def _has_bytes(path: Path, record: PlacedRecord) -> bool:
    """Whether an edited file has the bytes that it had, whatever its times are."""
    return not record.sha256 or hash_file(path) == record.sha256


def _link_or_copy(content: Path, temporary: Path) -> None:
    try:
        os.link(content, temporary)
    except OSError:
        if not share_blocks(content, temporary):
            copy(content, temporary, lambda count: None)
        sync_file(temporary)
