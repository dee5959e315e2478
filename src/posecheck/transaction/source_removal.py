"""Remove the sources of what was moved, when everything is in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from posecheck.files.copies import copy
from posecheck.files.folders import is_real_folder
from posecheck.files.publication import remove, sync_file, sync_folders
from posecheck.model.errors import ApplyError
from posecheck.transaction.items import Item, is_as_recorded
from posecheck.transaction.journal import Journal
from posecheck.transaction.journal_state import RemovedRecord
from posecheck.transaction.preparation import expect_unchanged, expect_unused, removable
from posecheck.transaction.store_removal import put_back, remove_source


def remove_sources(journal: Journal, items: Sequence[Item]) -> None:
    """Remove the names of all sources that were moved, and the folders that this empties.

    A source is checked once more before, and so is its target. A remuxed one, which cannot be
    restored from its target, is kept in the run's folder until the run is final.

    Raises
    ------
    ApplyError
        If a source changed or is being written, or a target is not what it should be.
    OSError
        If one cannot be removed.
    """
    moved = [item for item in items if item.is_moved]
    stores = [item for item in moved if item.step.is_zarr]
    for item in stores:
        put_back(item, journal.run)
    waiting = [item for item in moved if os.path.lexists(item.source)]
    for item in waiting:
        expect_unused(item)
        expect_unchanged(item)
        if not is_as_recorded(item.target, journal.state.placed[item.number]):
            raise ApplyError(f"{item.target} changed meanwhile, so {item.source} is not removed.")
    new = [item for item in waiting if item.number not in journal.state.removed]
    if new:
        journal.append(step="remove", items=[asdict(_describe(item)) for item in new])
    for item in stores:
        remove_source(item, journal.run)
    for item in (one for one in waiting if not one.step.is_zarr):
        if item.step.is_rewritten and journal.state.removed[item.number].is_kept:
            keep_source(item, journal.kept(item.number))
        with removable(item, item.source):
            expect_unchanged(item)
            remove(item.source)
    sync_folders(item.source.parent for item in waiting)
    _prune(journal, moved)


def _describe(item: Item) -> RemovedRecord:
    status = item.source.lstat()
    is_link = item.source.is_symlink()
    return RemovedRecord(
        item=item.number,
        link=os.fspath(item.source.readlink()) if is_link else "",
        modified_ns=status.st_mtime_ns,
        is_kept=item.step.remux is not None and not is_link,
    )


def keep_source(item: Item, kept: Path) -> None:
    """Keep a source that cannot be restored from its target: by a second name, else as a copy.

    Raises
    ------
    OSError
        If it cannot be kept.
    """
    kept.parent.mkdir(exist_ok=True)
    remove(kept)
    try:
        os.link(item.source, kept)
    except OSError:
        copy(item.source, kept, lambda count: None)
        sync_file(kept)
    sync_folders([kept.parent, kept.parent.parent])


def _prune(journal: Journal, moved: Sequence[Item]) -> None:
    """Remove the folders below the root that are empty since their files moved."""
    root = Path(os.path.realpath(journal.changes.root))
    for folder in dict.fromkeys(item.source.parent for item in moved):
        here = Path(os.path.realpath(folder))
        while root in here.parents and (is_real_folder(here) or not here.exists()):
            if here.exists():
                if any(here.iterdir()):
                    break
                parts = here.relative_to(root).parts
                mode = stat.S_IMODE(here.stat().st_mode)
                if all(folder != parts for folder, _ in journal.state.pruned):
                    journal.append(step="prune", folders=[(parts, mode)])
                here.rmdir()
                sync_folders([here.parent])
            here = here.parent
