"""Edit the prepared copy of an HDF5 file, and verify that nothing else of it changed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from posecheck.files.content import hash_file
from posecheck.files.publication import remove
from posecheck.hdf5_editing.difference import Difference
from posecheck.hdf5_editing.edit_execution import make_edits
from posecheck.hdf5_editing.edit_verification import verify_edits
from posecheck.hdf5_editing.editable_file import opened_for_editing
from posecheck.hdf5_editing.repacking import repack, verify_repacked
from posecheck.hdf5_editing.string_edit_verification import verify_string_edit
from posecheck.hdf5_editing.string_edits import rewrite_strings
from posecheck.model.errors import ApplyError
from posecheck.storage.store import StorageError
from posecheck.transaction.items import Item
from posecheck.transaction.patch import compare_and_keep

_FULL = frozenset(
    getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG") if hasattr(errno, name)
)


def edit_and_verify(item: Item, patch: Path | None, original: os.stat_result) -> str:
    """Change what is to be changed in what has its hidden name, and return its digest.

    Parameters
    ----------
    item
        The file, of which a copy has its hidden name.
    patch
        Where the patch is written that restores the original; ``None`` if it needs none.
    original
        What the system says of the source.

    Raises
    ------
    ApplyError
        If it cannot be edited, or something else changed.
    OSError
        If it cannot be written.
    """
    try:
        verify = _edit_objects(item) if item.step.objects is not None else _edit_strings(item)
        difference = compare_and_keep(item.source, item.temporary, patch, original)
        verify(difference)
        return _repack(item) if item.step.is_repacked else difference.edited_sha256
    except StorageError as error:
        if _is_full(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(item.target)) from error
        raise ApplyError(f"{item.source} cannot be edited: {error}.") from error


def _repack(item: Item) -> str:
    """Write what was edited and verified again, verify that, and return its digest."""
    again = item.again
    remove(again)
    try:
        repack(item.temporary, again)
        verify_repacked(item.temporary, again)
        again.replace(item.temporary)
    finally:
        remove(again)
    return hash_file(item.temporary)


def _edit_strings(item: Item) -> Callable[[Difference], None]:
    """Change strings, and return what verifies that."""
    changes = item.step.changes
    recreated = rewrite_strings(item.temporary, changes)
    return lambda difference: verify_string_edit(
        item.source, item.temporary, changes, difference, recreated=recreated
    )


def _edit_objects(item: Item) -> Callable[[Difference], None]:
    """Make the edits of a fix, and return what verifies them."""
    objects = item.step.objects
    assert objects is not None  # noqa: S101 - who calls this asked
    with opened_for_editing(item.temporary) as file:
        make_edits(file, objects.edits)
    return lambda difference: verify_edits(
        item.source, item.temporary, objects.edits, dict(objects.states), difference
    )


def _is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
