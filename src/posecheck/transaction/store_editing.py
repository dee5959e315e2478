"""A Zarr store on its way to its place: copied as a whole, a few of its files edited.

Where its place is where it lies, these files alone are replaced, each in one step. What they were
and what they become is kept in the run's folder, so that a run that was killed between two of them
can be finished or undone.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from posecheck.files.copies import OnBytes, copy, keep_status, share_blocks, try_hard_link
from posecheck.files.publication import remove, sync_files, sync_folders
from posecheck.files.trees import list_tree, remove_any
from posecheck.model.errors import ApplyError
from posecheck.transaction.items import Item, newer_than
from posecheck.transaction.journal_state import PlacedRecord
from posecheck.transaction.steps import TransferMode

OLD, NEW = "old", "new"
"""The folders of what edited files were, and of what they become."""


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
    for folder in (*reversed(tree.folders), ""):
        keep_status((item.source / folder).stat(), item.temporary / folder)
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
        members = read_edited(item)
        if kept is not None:
            _keep_edits(item, members, kept, now_ns)
        if not item.is_in_place:
            _edit_copy(item, members, now_ns)
    tree = list_tree(item.source if item.is_in_place else item.temporary)
    if item.is_in_place and kept is not None:
        tree = tree.with_files(list_tree(kept / NEW).files)
    return PlacedRecord(
        item=item.number,
        how=how,
        size=tree.size,
        modified_ns=tree.modified_ns,
        tree=tree.digest,
    )


def read_edited(item: Item) -> Mapping[str, bytes]:
    """Return the new content of each file of a store that changes, by its path in the store.

    The source is read, and nothing is written: a copy may have been edited by a worker that then
    died.

    Raises
    ------
    ApplyError
        If the store cannot be edited, or says something else than was planned.
    """
    # numcodecs takes a tenth of a second to import: only where a store is edited.
    from posecheck.storage.store import StorageError  # noqa: PLC0415
    from posecheck.storage.zarr_texts import edited_members  # noqa: PLC0415

    try:
        return edited_members(item.source, item.step.changes)
    except StorageError as error:
        detail = str(error).rstrip(".")
        raise ApplyError(f"{item.source} cannot be edited: {detail}.") from error


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
            names = edited_names(kept)
        else:
            names = [file.name for file in tree.files]
        sync_files(item.temporary / name for name in names)
        sync_folders(item.temporary / folder for folder in ("", *tree.folders))
    if kept is not None and kept.exists():
        tree = list_tree(kept)
        sync_files(kept / file.name for file in tree.files)
        sync_folders([kept.parent, *(kept / folder for folder in ("", *tree.folders))])


def replace_edited(item: Item, folder: Path) -> None:
    """Put files into a store that is edited in place, each in one step; some may be there already.

    Parameters
    ----------
    item
        The store.
    folder
        Where the files lie, below `OLD` or `NEW`.

    Raises
    ------
    OSError
        If it cannot be done.
    """
    tree = list_tree(folder)
    for file in tree.files:
        remove(item.temporary)
        copy(folder / file.name, item.temporary, lambda count: None)
        sync_files([item.temporary])
        item.temporary.replace(item.target / file.name)
    sync_folders((item.target / file.name).parent for file in tree.files)


def edited_names(kept: Path | None) -> list[str]:
    """Return the paths in the store of the files that a run edits."""
    if kept is None or not (kept / NEW).exists():
        return []
    return [file.name for file in list_tree(kept / NEW).files]


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


def _keep_edits(item: Item, members: Mapping[str, bytes], kept: Path, now_ns: int) -> None:
    remove_any(kept)
    for name, content in members.items():
        source = item.source / name
        for folder in (OLD, NEW):
            (kept / folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(source, kept / OLD / name, lambda count: None)
        _write(kept / NEW / name, content, source.stat(), now_ns)


def _edit_copy(item: Item, members: Mapping[str, bytes], now_ns: int) -> None:
    for name, content in members.items():
        # Beside the copy first: what lies in it may be one file with the source, under two names.
        fresh = item.again
        remove(fresh)
        try:
            _write(fresh, content, (item.source / name).stat(), now_ns)
            edited = item.temporary / name
            with _writable(edited.parent):
                fresh.replace(edited)
        finally:
            remove(fresh)


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Let a folder that is read-only, as its source is, be written to; its times stay."""
    status = folder.stat()
    folder.chmod(status.st_mode | stat.S_IRWXU)
    try:
        yield
    finally:
        keep_status(status, folder)


def _write(path: Path, content: bytes, original: os.stat_result, now_ns: int) -> None:
    with path.open("xb") as file:
        file.write(content)
    path.chmod(original.st_mode & 0o7777)
    os.utime(path, ns=(original.st_atime_ns, newer_than(original.st_mtime_ns, now_ns)))
