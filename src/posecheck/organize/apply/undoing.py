"""Take a run back: sources as they were, byte for byte, and nothing of what it made."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from posecheck.files.annex import repository_of
from posecheck.files.content import hash_file
from posecheck.files.copies import copy, share_blocks
from posecheck.files.publication import place, remove, sync_file, sync_folders
from posecheck.model.errors import ApplyError, PublicFunction, UsageError
from posecheck.model.wording import counted
from posecheck.organize.apply.identifier import remove_identifier
from posecheck.organize.apply.items import (
    Item,
    has_landed,
    has_stamp,
    list_items,
    temporary_beside,
)
from posecheck.organize.apply.journal import Journal
from posecheck.organize.apply.outcomes import OnProgress, Progress, Undone
from posecheck.organize.apply.preparing import describe_failure, expect_unused, removable
from posecheck.organize.apply.runs import clear_leftovers, expect_ours, read_runs
from posecheck.organize.plan.values import PlannedMedia
from posecheck.transaction.journal_state import Landing
from posecheck.transaction.lock import list_runs, locked
from posecheck.transaction.patch import Patch, read_patch, restore


def undo(
    dandiset: Path, *, trust_journal: bool = False, on_progress: OnProgress | None = None
) -> Undone:
    """Take back this user's last run, finished or not.

    Every target is looked at before anything is touched. Broken off, it goes on where it stopped.

    Parameters
    ----------
    dandiset
        The dandiset's folder.
    trust_journal
        Whether to do what a journal says that another user began, or this one on another machine.
    on_progress
        Is told how far it is.

    Raises
    ------
    UsageError
        If there is no run, it is another user's, or something was changed since. Nothing was
        touched.
    ApplyError
        If something stood in the way later: undo it again.
    """
    started = time.monotonic()
    created: list[str] = []
    if not list_runs(dandiset):
        raise UsageError(f"there is no run to take back in {dandiset}.")
    with locked(dandiset):
        journal = _last(dandiset, trust=trust_journal)
        items = list_items(journal.plan, journal.run)
        undoing = _Undoing(journal, items, on_progress)
        undoing.check()
        try:
            undone = undoing.run(started)
        except (OSError, ApplyError) as error:
            raise ApplyError(
                describe_failure(error) if isinstance(error, OSError) else error,
                " Nothing is lost, but not all of it was undone. Correct that, and run ",
                PublicFunction("undo_organize").of(dandiset),
                " again.",
            ) from error
        created = journal.story.created
        journal.append(step="undone")
        notes = clear_leftovers([journal])
    for folder in reversed(created):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
    return replace(undone, notes=(*undone.notes, *notes))


def _last(dandiset: Path, *, trust: bool) -> Journal:
    journals = read_runs(dandiset, trust=trust)
    clear_leftovers(journals)
    begun = [journal for journal in journals if journal.is_ours and not journal.is_leftover]
    if not begun:
        expect_ours(journals)
        raise UsageError(f"there is no run to take back in {dandiset}.")
    return begun[-1]


_LISTED = 5
"""Files that a command names one by one."""


class _Undoing:
    """The way back of one run."""

    def __init__(
        self, journal: Journal, items: Sequence[Item], on_progress: OnProgress | None
    ) -> None:
        self._journal = journal
        self._story = journal.story
        self._root = Path(journal.plan.dandiset)
        self._items = items
        self._on_progress = on_progress
        self._notes: list[str] = []
        self._done = 0
        self._total = sum(item.stamp.size for item in items)

    def check(self) -> None:
        """Look at every target and every source, and touch nothing.

        Raises
        ------
        UsageError
            If one was changed since.
        """
        landed = [item for item in self._items if item.number in self._story.landings]
        files = [item for item in landed if not self._story.landings[item.number].link]
        _refuse_annexed([item.target for item in files], self._root)
        for item in landed:
            landing = self._story.landings[item.number]
            try:
                reason = self._objection(item, landing)
            except OSError as error:
                reason = describe_failure(error)
            except ApplyError as error:
                reason = str(error)
            if reason:
                raise UsageError(f"{reason} Nothing was touched.")

    def run(self, started: float) -> Undone:
        """Go back.

        Raises
        ------
        ApplyError, OSError
            If something stands in the way.
        """
        if not self._story.is_undoing:
            self._journal.append(step="undo")
        self._make_pruned()
        landed = [item for item in self._items if item.number in self._story.landings]
        media = [item for item in landed if isinstance(item.planned, PlannedMedia)]
        recordings = landed[len(media) :]
        # An NWB file never refers to a video that is not there, on the way back neither.
        for item in (*media, *recordings):
            self._bring_back(item)
        for item in (*recordings, *media):
            self._remove_target(item)
        for item in self._items:
            remove(item.temporary)
        left = remove_identifier(self._journal, self._root)
        if left:
            self._notes.append(left)
        self._remove_folders()
        return Undone(
            run=self._journal.run,
            recordings=len(recordings),
            media=len(media),
            seconds=time.monotonic() - started,
            notes=tuple(self._notes),
        )

    def _objection(self, item: Item, landing: Landing) -> str:
        """Say why an item cannot be taken back, as a sentence; empty if it can."""
        expect_unused(item, item.target)
        if item.is_in_place:
            return self._objection_in_place(item, landing)
        is_there = os.path.lexists(item.target)
        if is_there and not (has_landed(item.target, landing) and _has_bytes(item.target, landing)):
            return f"{item.target} was changed since."
        if item.number not in self._story.removals:
            return ""
        if os.path.lexists(item.source):
            return "" if self._is_original(item, item.source) else f"{item.source} is there again."
        if self._story.removals[item.number].is_kept:
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
        if item.is_rewritten:
            self._patch(item)
        return ""

    def _has_folder(self, item: Item) -> bool:
        """Whether a source can return to its folder, which may be one that the run removed."""
        pruned = {self._root.joinpath(*parts) for parts, _ in self._story.pruned}
        return item.source.parent in pruned or item.source.parent.is_dir()

    def _objection_in_place(self, item: Item, landing: Landing) -> str:
        if not os.path.lexists(item.target):
            return f"{item.target} is gone."
        if has_landed(item.target, landing) and _has_bytes(item.target, landing):
            self._patch(item)
            return ""
        unchanged = self._is_original(item, item.target)
        return "" if unchanged else f"{item.target} was changed since."

    def _is_original(self, item: Item, path: Path) -> bool:
        """Whether a source is there as it was: untouched, or brought back."""
        if has_stamp(path, item.stamp):
            return True
        patch = self._journal.patch(item.number)
        if item.is_rewritten and patch.exists():
            return hash_file(path) == read_patch(patch).sha256
        # Brought back by a copy, it has another inode.
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (item.stamp.size, item.stamp.modified_ns)

    def _make_pruned(self) -> None:
        for parts, mode in reversed(self._story.pruned):
            folder = self._root.joinpath(*parts)
            if not folder.exists():
                folder.mkdir()
                folder.chmod(mode)
                sync_folders([folder.parent])

    def _bring_back(self, item: Item) -> None:
        """Give a source its name and its content again, if it lost one of them."""
        self._tell(item)
        if item.is_in_place:
            if not self._is_original(item, item.target):
                remove(item.temporary)
                restore(item.target, self._patch(item), item.temporary)
                with removable(item, item.target):
                    item.temporary.replace(item.target)
                sync_folders([item.target.parent])
            return
        removal = self._story.removals.get(item.number)
        if removal is None:
            return
        temporary = temporary_beside(item.source, self._journal.run, f"back-{item.number}")
        remove(temporary)
        if os.path.lexists(item.source):
            return
        if removal.link:
            temporary.symlink_to(removal.link)
            if os.utime in os.supports_follow_symlinks:
                times = (removal.modified_ns, removal.modified_ns)
                os.utime(temporary, ns=times, follow_symlinks=False)
        elif removal.is_kept:
            _link_or_copy(self._journal.kept(item.number), temporary)
        elif item.is_rewritten:
            restore(item.target, self._patch(item), temporary)
        else:
            _link_or_copy(item.target, temporary)
        place(temporary, item.source)
        sync_folders([item.source.parent])

    def _remove_target(self, item: Item) -> None:
        if not item.is_in_place and os.path.lexists(item.target):
            with removable(item, item.target):
                remove(item.target)
            sync_folders([item.target.parent])

    def _patch(self, item: Item) -> Patch:
        return read_patch(self._journal.patch(item.number))

    def _tell(self, item: Item) -> None:
        self._done += item.stamp.size
        if self._on_progress is not None:
            what = f"taking back {item.name}"
            self._on_progress(Progress(done=self._done, total=self._total, what=what))

    def _remove_folders(self) -> None:
        for parts in sorted(self._story.folders, key=len, reverse=True):
            folder = self._root.joinpath(*parts)
            if not folder.is_dir():
                continue
            if any(folder.iterdir()):
                self._notes.append(f"{folder} is left, because something else lies in it.")
                continue
            folder.rmdir()
            sync_folders([folder.parent])


def _refuse_annexed(targets: Sequence[Path], root: Path) -> None:
    """Say how to get targets back that git-annex keeps itself since.

    Raises
    ------
    UsageError
        If there are any.
    """
    taken = [(repository_of(path.resolve()), path) for path in targets if path.is_symlink()]
    paths = [path for repository, path in taken if repository is not None]
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


def _has_bytes(path: Path, landing: Landing) -> bool:
    """Whether a rewritten file has the bytes that it had, whatever its times say."""
    return not landing.sha256 or hash_file(path) == landing.sha256


def _link_or_copy(content: Path, temporary: Path) -> None:
    try:
        os.link(content, temporary)
    except OSError:
        if not share_blocks(content, temporary):
            copy(content, temporary, lambda count: None)
        sync_file(temporary)
