"""Whether a file takes the edits of a plan, and comes to what was planned; nothing is written."""

from __future__ import annotations

import functools
import io

import h5py

from posecheck.hdf5_editing.copy_on_write import CopyOnWrite
from posecheck.hdf5_editing.edit_execution import make_edits
from posecheck.hdf5_editing.edit_verification import expect_states
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError
from posecheck.transaction.items import Item


def why_unfit(item: Item) -> str:
    """Say why a file does not take its edits, as a clause; empty if it does. For a worker.

    Raises
    ------
    MemoryError
        If the memory limit does not suffice.
    """
    objects = item.step.objects
    if objects is None:
        return ""
    try:
        content = CopyOnWrite(functools.partial(io.FileIO, item.source))
        try:
            with storage_errors("/"):
                with h5py.File(content.open(writable=True), "r+") as file:
                    make_edits(file, objects.edits)
                with h5py.File(content.open(), "r") as file:
                    expect_states(file, objects.edits, dict(objects.states))
        finally:
            content.close()
    except StorageError as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
    return ""
