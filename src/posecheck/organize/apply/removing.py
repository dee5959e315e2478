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
from posecheck.organize.apply.items import Item, has_landed
from posecheck.organize.apply.journal import Journal
from posecheck.organize.apply.preparing import expect_unchanged, expect_unused, removable
from posecheck.transaction.journal_state import Removal


def remove_sources(journal: Journal, items: Sequence[Item]) -> None:
    """Remove the names of all sources that were moved, and the folders that this empties.

    A source is looked at once more before, and so is its target. One whose target cannot bring it
    back, since it was remuxed, is kept in the run's folder until the run is final.

    Raises
    ------
    ApplyError
        If a source changed or is being written, or a target is not what it should be.
    OSError
        If one cannot be removed.
    """
    moved = [item for item in items if item.is_moved]
    waiting = [item for item in moved if os.path.lexists(item.source)]
    for item in waiting:
        expect_unused(item)
        expect_unchanged(item)
        if not has_landed(item.target, journal.story.landings[item.number]):
            raise ApplyError(f"{item.target} changed meanwhile, so {item.source} is not removed.")
    new = [item for item in waiting if item.number not in journal.story.removals]
    if new:
        journal.append(step="remove", items=[asdict(_describe(item)) for item in new])
    for item in waiting:
        if item.is_rewritten and journal.story.removals[item.number].is_kept:
            _keep(item, journal.kept(item.number))
        with removable(item, item.source):
            expect_unchanged(item)
            remove(item.source)
    sync_folders(item.source.parent for item in waiting)
    _prune(journal, moved)


def _describe(item: Item) -> Removal:
    status = item.source.lstat()
    is_link = item.source.is_symlink()
    return Removal(
        item=item.number,
        link=os.fspath(item.source.readlink()) if is_link else "",
        modified_ns=status.st_mtime_ns,
        is_kept=getattr(item.planned, "remux", False) and not is_link,
    )


def _keep(item: Item, kept: Path) -> None:
    kept.parent.mkdir(exist_ok=True)
    remove(kept)
    try:
        os.link(item.source, kept)
    except OSError:
        copy(item.source, kept, lambda count: None)
        sync_file(kept)
    sync_folders([kept.parent, kept.parent.parent])


def _prune(journal: Journal, moved: Sequence[Item]) -> None:
    """Remove the folders inside the dandiset that are empty since their files moved."""
    root = Path(os.path.realpath(journal.plan.dandiset))
    for folder in dict.fromkeys(item.source.parent for item in moved):
        here = Path(os.path.realpath(folder))
        while root in here.parents and (is_real_folder(here) or not here.exists()):
            if here.exists():
                if any(here.iterdir()):
                    break
                parts = here.relative_to(root).parts
                mode = stat.S_IMODE(here.stat().st_mode)
                if all(told != parts for told, _ in journal.story.pruned):
                    journal.append(step="prune", folders=[(parts, mode)])
                here.rmdir()
                sync_folders([here.parent])
            here = here.parent
