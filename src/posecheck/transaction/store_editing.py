"""A Zarr store on its way to its place: copied as a whole, a few of its files edited.

Where its place is where it lies, these files alone are replaced, each in one step. What they were
and what they become is kept in the run's folder, so that a run that was killed between two of them
can be finished or undone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from posecheck.files.content import hash_file
from posecheck.files.copies import OnBytes, copy, keep_status, share_blocks, try_hard_link
from posecheck.files.publication import remove, sync_files, sync_folders
from posecheck.files.trees import Tree, TreeError, list_tree, remove_any, remove_tree
from posecheck.model.errors import ApplyError
from posecheck.transaction.items import Item, newer_than, temporary_beside
from posecheck.transaction.journal_state import PlacedRecord
from posecheck.transaction.steps import TransferMode

_OLD, _NEW = "old", "new"


def copy_store(item: Item, on_bytes: OnBytes) -> TransferMode:
    """Give all files of a store a second name below its hidden one, and return how.

    Where it is moved, they are linked if the file system can; else they share blocks or are copied.

    Raises
    ------
    OSError
        If it cannot be done.
    """
    if item.is_in_place:
        return TransferMode.COPY  # of the files that change
    tree = list_tree(item.source)
    for folder in ("", *tree.folders):
        (item.temporary / folder).mkdir()
    ways = _ways(item)
    for file in tree.files:
        source, target = item.source / file.name, item.temporary / file.name
        while not _transfer(ways[0], source, target, on_bytes):
            del ways[0]  # what the file system refuses for one it refuses for all
    _keep_status_of_folders(item.source, item.temporary, tree)
    return ways[0]


def edit_store(item: Item, how: str, kept: Path | None, now_ns: int) -> PlacedRecord:
    """Change what is to be changed in a store, and return what will lie at its target.

    Parameters
    ----------
    item
        The store; unless it is edited in place, its copy has its hidden name.
    how
        How its files came there.
    kept
        The folder to keep what restores the original; ``None`` if nothing has to.
    now_ns
        The modification time of what is written, in nanoseconds.

    Raises
    ------
    ApplyError
        If it cannot be edited.
    OSError
        If it cannot be written.
    """
    if item.step.is_edited:
        _write_edits(item, kept, now_ns)
    tree = list_tree(item.source if item.is_in_place else item.temporary)
    if item.is_in_place and kept is not None:
        tree = tree.with_files(list_tree(kept / _NEW).files)
    return PlacedRecord(
        item=item.number,
        how=how,
        size=tree.size,
        modified_ns=tree.modified_ns,
        tree=tree.digest,
    )


def sync_store(item: Item, how: str, kept: Path | None) -> None:
    """Wait until what is about to be placed is on the disk, with what undoes it.

    Raises
    ------
    OSError
        If the disk fails.
    """
    if not item.is_in_place:
        tree = list_tree(item.temporary)
        if how == TransferMode.MOVE:  # their content is on the disk: it was not written here
            names = _edited_names(kept)
        else:
            names = [file.name for file in tree.files]
        sync_files(item.temporary / name for name in names)
        sync_folders(item.temporary / folder for folder in ("", *tree.folders))
    if kept is not None and kept.exists():
        tree = list_tree(kept)
        sync_files(kept / file.name for file in tree.files)
        sync_folders([kept.parent, *(kept / folder for folder in ("", *tree.folders))])


def replace_edited(item: Item, kept: Path) -> None:
    """Put the files that change into a store, each in one step; some may be there already.

    Raises
    ------
    OSError
        If it cannot be done.
    """
    _replace(item, kept / _NEW)


def is_between(item: Item, record: PlacedRecord, kept: Path) -> bool:
    """Whether a store that is edited in place has each file as it was or as it is to be.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        new = list_tree(kept / _NEW)
        tree = list_tree(item.target).with_files(new.files)
    except (FileNotFoundError, TreeError):
        return False
    return tree.digest == record.tree and all(
        _equals_one(item.target / file.name, (kept / _OLD / file.name, kept / _NEW / file.name))
        for file in new.files
    )


def is_store_original(item: Item, path: Path, kept: Path) -> bool:
    """Whether a store is there as it was: untouched, or restored under another inode."""
    try:
        tree = list_tree(path)
    except (FileNotFoundError, TreeError):
        return False
    digest = item.step.stamp.identity.rpartition(".")[2]
    return tree.digest == digest and all(
        _equals_one(path / name, (kept / _OLD / name,)) for name in _edited_names(kept)
    )


def expect_kept(item: Item, kept: Path) -> None:
    """Check that what restores the original of an edited store is there.

    Raises
    ------
    ApplyError
        If it is not.
    """
    if item.step.is_edited and not _edited_names(kept):
        raise ApplyError(f"{kept} is gone, without which the original cannot be restored.")


def restore_edited(item: Item, kept: Path) -> None:
    """Put the files that were changed in place back, as they were.

    Raises
    ------
    OSError
        If it cannot be done.
    """
    _replace(item, kept / _OLD)


def restore_store(item: Item, kept: Path, temporary: Path) -> None:
    """Make a store that was moved again, of what lies at its target and of what was kept.

    Raises
    ------
    OSError
        If it cannot be done.
    """
    tree = list_tree(item.target)
    edited = frozenset(_edited_names(kept))
    for folder in ("", *tree.folders):
        (temporary / folder).mkdir()
    for file in tree.files:
        source = (kept / _OLD if file.name in edited else item.target) / file.name
        if not try_hard_link(source, temporary / file.name):
            _copy(source, temporary / file.name, lambda count: None)
    _keep_status_of_folders(item.target, temporary, tree)
    sync_files(temporary / file.name for file in tree.files)
    sync_folders(temporary / folder for folder in ("", *tree.folders))


def remove_source(item: Item, run: str) -> None:
    """Remove a store that was moved, or what is left of it since the last attempt.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    remove_tree(item.source, _aside(item.source, item, run))


def remove_target(item: Item, run: str) -> None:
    """Remove a store from its target, or what is left of it since the last attempt.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    remove_tree(item.target, _aside(item.target, item, run))


def clear_aside(item: Item, run: str) -> None:
    """Remove what is left of a store that was taken apart.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    for path in (item.source, item.target):
        remove_any(_aside(path, item, run))


def _aside(path: Path, item: Item, run: str) -> Path:
    return temporary_beside(path, run, f"gone-{item.number}")


def _ways(item: Item) -> list[TransferMode]:
    ways = [TransferMode.REFLINK, TransferMode.COPY]
    return [TransferMode.MOVE, *ways] if item.is_moved else ways


def _transfer(way: TransferMode, source: Path, target: Path, on_bytes: OnBytes) -> bool:
    if way is TransferMode.MOVE:
        return try_hard_link(source, target)
    if way is TransferMode.REFLINK:
        return share_blocks(source, target)
    copy(source, target, on_bytes)
    return True


def _copy(source: Path, target: Path, on_bytes: OnBytes) -> None:
    if not share_blocks(source, target):
        copy(source, target, on_bytes)


def _keep_status_of_folders(source: Path, target: Path, tree: Tree) -> None:
    for folder in (*reversed(tree.folders), ""):
        keep_status((source / folder).stat(), target / folder)


def _write_edits(item: Item, kept: Path | None, now_ns: int) -> None:
    # numcodecs takes a tenth of a second to import: only where a store is edited.
    from posecheck.storage.store import StorageError  # noqa: PLC0415
    from posecheck.storage.zarr_texts import edited_members  # noqa: PLC0415

    try:
        # Of the source: the copy may have been edited by a worker that then died.
        members = edited_members(item.source, item.step.changes)
    except StorageError as error:
        raise ApplyError(f"{item.source} cannot be edited: {error}.") from error
    if kept is not None:
        remove_any(kept)
    for name, content in members.items():
        status = (item.source / name).stat()
        if kept is not None:
            _keep(item.source / name, kept / _OLD / name)
            _write(kept / _NEW / name, content, status, now_ns)
        if not item.is_in_place:
            edited = item.temporary / name
            folder = edited.parent.stat()
            # Beside it first: it may be one file with the source, under two names.
            fresh = edited.with_name(f"{edited.name}.new")
            _write(fresh, content, status, now_ns)
            fresh.replace(edited)
            keep_status(folder, edited.parent)


def _keep(path: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    copy(path, kept, lambda count: None)


def _write(path: Path, content: bytes, original: os.stat_result, now_ns: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(original.st_mode & 0o7777)
    os.utime(path, ns=(original.st_atime_ns, newer_than(original.st_mtime_ns, now_ns)))


def _replace(item: Item, folder: Path) -> None:
    tree = list_tree(folder)
    for file in tree.files:
        target = item.target / file.name
        remove(item.temporary)
        copy(folder / file.name, item.temporary, lambda count: None)
        sync_files([item.temporary])
        item.temporary.replace(target)
    sync_folders((item.target / file.name).parent for file in tree.files)


def _edited_names(kept: Path | None) -> list[str]:
    if kept is None or not (kept / _NEW).exists():
        return []
    return [file.name for file in list_tree(kept / _NEW).files]


def _equals_one(path: Path, others: Iterable[Path]) -> bool:
    digest = hash_file(path)
    return any(other.exists() and hash_file(other) == digest for other in others)
