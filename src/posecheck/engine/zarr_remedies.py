"""What is said about a finding where the recording is a Zarr store, and h5py does not open it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from posecheck.model.finding import Finding
from posecheck.model.recording import Recording
from posecheck.model.storage_format import StorageFormat

_WITH_ZARR = (
    "The recording is a Zarr store, which {who}. Make the same change with "
    'zarr.open_group("session.nwb.zarr", mode="r+"): groups and arrays have the same names there, '
    "and a link is an entry of the attribute zarr_link of its group. Afterwards call "
    'zarr.consolidate_metadata("session.nwb.zarr").'
)

_WHO = {"h5py": "h5py does not open", "the fix": "`posecheck fix` leaves as it is"}
"""What a remedy speaks of, and why that does not help here."""


def for_storage(findings: Iterable[Finding], recording: Recording) -> Iterator[Finding]:
    """Yield findings with remedies that can be followed for the storage of a recording.

    Of a Zarr store there are no edits, which are made in HDF5 alone, and what a remedy does with
    h5py, or says that the fix does, is to be done with zarr.
    """
    for finding in findings:
        if recording.storage is not StorageFormat.ZARR:
            yield finding
            continue
        remedy = finding.remedy
        who = next((each for word, each in _WHO.items() if word in remedy), "")
        if who:
            separator = "\n\n" if "\n" in remedy else " "
            remedy = f"{remedy.rstrip()}{separator}{_WITH_ZARR.format(who=who)}"
        yield replace(finding, edits=(), fix=None, remedy=remedy)
