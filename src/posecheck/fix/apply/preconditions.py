"""Whether a file takes the edits of a plan, and comes to what was planned; nothing is written."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable
from dataclasses import dataclass

import h5py

from posecheck.fix.collect.value_texts import text_at
from posecheck.fix.plan.values import PlannedChange
from posecheck.hdf5_editing.copy_on_write import CopyOnWrite
from posecheck.hdf5_editing.edit_execution import make_edits
from posecheck.hdf5_editing.edit_verification import expect_states
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError, Trouble
from posecheck.transaction.items import Item


@dataclass(frozen=True, slots=True)
class FitJob:
    """A file that is to take its edits.

    Attributes
    ----------
    item
        The file.
    changes
        What was shown of it.
    """

    item: Item
    changes: tuple[PlannedChange, ...]


def why_unfit(job: FitJob) -> str:
    """Say why a file does not take its edits, as a clause; empty if it does. For a worker.

    What was shown is compared as well: whoever agreed to a saved plan agreed to that.

    Raises
    ------
    MemoryError
        If the memory limit does not suffice.
    """
    item, objects = job.item, job.item.step.objects
    if objects is None:
        return ""
    try:
        content = CopyOnWrite(functools.partial(io.FileIO, item.source))
        try:
            with storage_errors("/"):
                with h5py.File(content.open(), "r") as file:
                    _expect_texts(file, [(one, one.before) for one in job.changes])
                with h5py.File(content.open(writable=True), "r+") as file:
                    make_edits(file, objects.edits)
                with h5py.File(content.open(), "r") as file:
                    expect_states(file, objects.edits, dict(objects.states))
                    _expect_texts(file, [(one, one.after) for one in job.changes])
        finally:
            content.close()
    except StorageError as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _expect_texts(file: h5py.File, wanted: Iterable[tuple[PlannedChange, str]]) -> None:
    """Check that places hold what was shown of them.

    Raises
    ------
    StorageError
        If one does not.
    """
    for change, text in wanted:
        found = text_at(file, change.place)
        if found != text:
            shown, there = text or "nothing", found or "nothing"
            raise StorageError(
                Trouble.CHANGED, f"the plan shows {shown}, and it is {there}", str(change.place)
            )
