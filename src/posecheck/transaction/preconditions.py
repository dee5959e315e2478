"""What must hold before anything is touched: every source unchanged, every target free."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from posecheck.files.annex import keeps_annex
from posecheck.files.copies import share_blocks
from posecheck.files.folders import is_real_folder
from posecheck.files.publication import missing_folders, remove
from posecheck.model.errors import ApplyError, Argument, UsageError
from posecheck.sources.local_store import is_store
from posecheck.transaction.items import Item
from posecheck.transaction.operation import Operation
from posecheck.transaction.preparation import expect_unchanged, expect_unused
from posecheck.transaction.steps import ChangeSet, TransferMode
from posecheck.transaction.store_editing import read_edited

AGAIN = "Nothing was touched. Plan again."


def check_items(operation: Operation, changes: ChangeSet, items: Sequence[Item]) -> None:
    """Check every source and every target.

    Raises
    ------
    UsageError
        If one changed, is taken, or cannot be reached.
    """
    root = Path(changes.root)
    for file in changes.new_files:
        if os.path.lexists(root.joinpath(*file.target)):
            raise UsageError(f"{root} has a {'/'.join(file.target)} by now. {AGAIN}")
    for item in items:
        try:
            _expect_kind(item)
            expect_unused(item)
            expect_unchanged(item)
            missing_folders(root, item.step.target[:-1])
        except ApplyError as error:
            raise UsageError(f"{error} {AGAIN}") from error
        if item.is_in_place:
            if item.source.is_symlink():
                raise UsageError(f"{item.source} is a link, which is not rewritten in place.")
            if not item.step.is_edited:
                raise UsageError(f"{item.source} is in its place already. {AGAIN}")
        elif os.path.lexists(item.target):
            raise UsageError(f"{item.target} exists by now. {AGAIN}")
        if item.is_moved and not os.access(item.source.parent, os.W_OK):
            raise UsageError(
                f"{item.source} cannot be moved: its folder is read-only. Copy it instead, with ",
                *_joined(operation.copy_modes),
                ".",
            )


def _expect_kind(item: Item) -> None:
    """Check that a Zarr store is one, and an HDF5 file a file: a plan may have been edited."""
    if item.step.is_zarr and not is_store(os.fspath(item.source)):
        raise ApplyError(f"{item.source} is no Zarr store.")
    if item.step.is_hdf5 and item.source.is_dir():
        raise ApplyError(f"{item.source} is a folder.")


def check_modes(operation: Operation, runs: Path, items: Sequence[Item]) -> None:
    """Check that the file system knows the mode in which files are to be placed.

    Each mode is tried once for each device, beside the journal.

    Raises
    ------
    UsageError
        If it does not.
    """
    tried: set[tuple[TransferMode, str]] = set()
    for item in items:
        step = item.step
        if step.is_recording or step.is_rewritten:
            continue
        if step.mode is TransferMode.HARDLINK and keeps_annex(item.target.parent.resolve()):
            raise UsageError(
                f"{item.target} comes into a repository of git-annex, which would make the file "
                f"itself, and so {item.source}, read-only. Nothing was touched.",
                *_advice(operation),
            )
        key = (step.mode, step.stamp.device)
        if key not in tried:
            tried.add(key)
            reason = _refusal(item.source.resolve(), runs, step.mode)
            if reason:
                raise UsageError(
                    f"{reason}: {item.source}. Nothing was touched.", *_advice(operation)
                )


def _advice(operation: Operation) -> Iterator[Argument | str]:
    if operation.auto_mode is not None:
        yield from (" Try ", operation.auto_mode, ".")


def _joined(arguments: Sequence[Argument]) -> Iterator[Argument | str]:
    for position, argument in enumerate(arguments):
        yield from (" or ", argument) if position else (argument,)


def _refusal(content: Path, runs: Path, mode: TransferMode) -> str:
    trial = runs / f"trial-{secrets.token_hex(4)}"
    try:
        if mode is TransferMode.REFLINK and not share_blocks(content, trial):
            return "the file system cannot share blocks with the source"
        if mode is TransferMode.HARDLINK:
            os.link(content, trial)
        if mode is TransferMode.SYMLINK:
            trial.symlink_to(content)
    except OSError as error:
        return f"a {mode} is not possible here ({error.strerror or error})"
    finally:
        remove(trial)
    return ""


def check_strings(items: Sequence[Item]) -> None:
    """Open each NWB file of which strings are to be changed, and check what is stored there.

    A plan may be old, or have been edited. A string that differs stops its file, and if that were
    found only when other files are in their places, the run could never be finished. It takes less
    than a millisecond each; to start workers for it would take longer.

    Raises
    ------
    UsageError
        If a string differs from the plan, or cannot be read.
    """
    # h5py takes a third of a second to import: only where a file is opened.
    from posecheck.hdf5_editing.string_edits import expect_strings  # noqa: PLC0415
    from posecheck.storage.store import StorageError  # noqa: PLC0415

    for item in items:
        if not item.step.changes:
            continue
        try:
            if item.step.is_zarr:
                _expect_writable(item, read_edited(item))
            else:
                expect_strings(item.source, item.step.changes)
        except ApplyError as error:
            raise UsageError(f"{error} {AGAIN}") from error
        except (StorageError, OSError) as error:
            raise UsageError(
                f"{item.source} cannot be edited: {str(error).rstrip('.')}. {AGAIN}"
            ) from error


def _expect_writable(item: Item, names: Iterable[str]) -> None:
    """Check that files of a store can be replaced, if it is edited in place."""
    for name in names if item.is_in_place else ():
        folder = (item.source / name).parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ApplyError(f"{folder} is read-only, and {name} in it is to be replaced.")


def check_folder(root: Path, target: Sequence[str]) -> None:
    """Check once more, just before writing, that nothing leads elsewhere on the way to a target.

    Raises
    ------
    ApplyError
        If a folder on the way is none, or a link.
    """
    if not is_real_folder(Path(os.path.realpath(root))) or missing_folders(root, target[:-1]):
        raise ApplyError(f"the folder of {'/'.join(target)} is gone.")
