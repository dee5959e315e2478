"""Whether NWB files say what a plan takes them to say, looked at before anything is touched.

A plan may be old, or have been edited. A string that says something else stops its recording, and
if that were found only when its videos have come, the run could never be finished.
"""

from __future__ import annotations

from collections.abc import Sequence

from posecheck.model.errors import UsageError
from posecheck.organize.apply.items import Item
from posecheck.organize.plan.values import PlannedRecording


def check_strings(items: Sequence[Item]) -> None:
    """Open each NWB file that is to be rewritten, and look what its references say.

    It takes less than a millisecond each. To start workers for it would take longer.

    Raises
    ------
    UsageError
        If one says something else than the plan, or cannot be read.
    """
    # h5py takes a third of a second to import: only where a file is opened.
    from posecheck.hdf5_editing.string_edits import StringChange, expect_strings  # noqa: PLC0415
    from posecheck.storage.store import StorageError  # noqa: PLC0415

    for item in items:
        if not isinstance(item.planned, PlannedRecording) or not item.planned.rewrites:
            continue
        changes = [
            StringChange(dataset=change.dataset, index=change.index, old=change.old, new=change.new)
            for change in item.planned.rewrites
        ]
        try:
            expect_strings(item.source, changes)
        except (StorageError, OSError) as error:
            raise UsageError(
                f"{item.source} cannot be edited: {str(error).rstrip('.')}. Nothing was touched. "
                "Plan again."
            ) from error
