"""A Zarr store that loses its place: removed as a whole, or made again from what is left of it.

A store is renamed before it is looked at for the last time and removed: nobody finds a part of it
meanwhile, and what a program wrote until then is not lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from posecheck.files.content import hash_file
from posecheck.files.copies import copy, keep_status, share_blocks, try_hard_link
from posecheck.files.file_stamp import has_stamp
from posecheck.files.publication import rename_noreplace, sync_files, sync_folders
from posecheck.files.trees import TreeError, list_tree, remove_any
from posecheck.model.errors import ApplyError
from posecheck.transaction.items import Item, is_as_recorded, temporary_beside
from posecheck.transaction.journal_state import PlacedRecord
from posecheck.transaction.store_editing import NEW, OLD, edited_names


def is_between(item: Item, record: PlacedRecord, kept: Path) -> bool:
    """Whether a store that is edited in place has each file as it was or as it is to be.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        new = list_tree(kept / NEW)
        tree = list_tree(item.target).with_files(new.files)
    except (FileNotFoundError, TreeError):
        return False
    return tree.digest == record.tree and all(
        _equals_one(item.target / file.name, (kept / OLD / file.name, kept / NEW / file.name))
        for file in new.files
    )


def is_store_original(item: Item, path: Path, kept: Path) -> bool:
    """Whether a store is there as it was: untouched, or restored under another inode."""
    try:
        tree = list_tree(path)
    except (FileNotFoundError, TreeError):
        return False
    return tree.digest == _digest_of_source(item) and all(
        _equals_one(path / name, (kept / OLD / name,)) for name in edited_names(kept)
    )


def expect_kept(item: Item, kept: Path) -> None:
    """Check that what restores the original of an edited store is there.

    Raises
    ------
    ApplyError
        If it is not.
    """
    if item.step.is_edited and not edited_names(kept):
        raise ApplyError(f"{kept} is gone, without which the original cannot be restored.")


def restore_store(item: Item, kept: Path, temporary: Path) -> None:
    """Make a store that was moved again, of what lies at its target and of what was kept.

    Raises
    ------
    ApplyError
        If what comes out is not the original; then nothing is left behind.
    OSError
        If it cannot be written.
    """
    try:
        _link_or_copy_all(item, kept, temporary)
        _expect_original(item, temporary)
    except BaseException as error:
        remove_any(temporary)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = os.fspath(item.source)  # one of a full disk has no name
        raise


def remove_source(item: Item, run: str) -> None:
    """Remove a store that was moved, or what is left of it since the last attempt.

    Raises
    ------
    ApplyError
        If it changed meanwhile: then it is where it was.
    OSError
        If it cannot be removed.
    """
    _remove(item, item.source, run, lambda path: has_stamp(path, item.step.stamp))


def remove_target(item: Item, record: PlacedRecord, run: str) -> None:
    """Remove a store from its target, or what is left of it since the last attempt.

    Raises
    ------
    ApplyError
        If it changed meanwhile: then it is where it was.
    OSError
        If it cannot be removed.
    """
    _remove(item, item.target, run, lambda path: is_as_recorded(path, record))


def clear_aside(item: Item, run: str) -> None:
    """Remove what is left of a store that was being removed.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    for path in (item.source, item.target):
        remove_any(temporary_beside(path, run, f"gone-{item.number}"))


def put_back(item: Item, run: str) -> None:
    """Give a store its name back that was about to be removed when the run was killed.

    Raises
    ------
    OSError
        If it cannot be renamed.
    """
    for path in (item.source, item.target):
        aside = temporary_beside(path, run, f"aside-{item.number}")
        if os.path.lexists(aside) and not os.path.lexists(path):
            rename_noreplace(aside, path)
            sync_folders([path.parent])


def _remove(item: Item, path: Path, run: str, is_right: Callable[[Path], bool]) -> None:
    aside = temporary_beside(path, run, f"aside-{item.number}")
    gone = temporary_beside(path, run, f"gone-{item.number}")
    remove_any(gone)
    if os.path.lexists(path):
        rename_noreplace(path, aside)
    if os.path.lexists(aside):
        if not is_right(aside):
            rename_noreplace(aside, path)
            raise ApplyError(f"{path} changed meanwhile, so it is not removed.")
        rename_noreplace(aside, gone)
    remove_any(gone)


def _link_or_copy_all(item: Item, kept: Path, temporary: Path) -> None:
    tree = list_tree(item.target)
    edited = frozenset(edited_names(kept))
    for folder in ("", *tree.folders):
        (temporary / folder).mkdir()
    for file in tree.files:
        source = (kept / OLD if file.name in edited else item.target) / file.name
        if not try_hard_link(source, temporary / file.name) and not share_blocks(
            source, temporary / file.name
        ):
            copy(source, temporary / file.name, lambda count: None)
    sync_files(temporary / file.name for file in tree.files)
    for folder in (*reversed(tree.folders), ""):
        keep_status((item.target / folder).stat(), temporary / folder)
    sync_folders(temporary / folder for folder in ("", *tree.folders))


def _expect_original(item: Item, restored: Path) -> None:
    if list_tree(restored).digest != _digest_of_source(item):
        raise ApplyError(f"{item.target} changed meanwhile.")


def _digest_of_source(item: Item) -> str:
    return item.step.stamp.identity.rpartition(".")[2]


def _equals_one(path: Path, others: Iterable[Path]) -> bool:
    digest = hash_file(path)
    return any(other.exists() and hash_file(other) == digest for other in others)
